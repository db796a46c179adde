import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createUcum } from './ucum.ts';
import { createUnits } from './unit.ts';

const units = createUnits(
  createUcum(),
  new Map([
    ['8867-4', ['/min', '{beats}/min']],
    ['8310-5', ['Cel', '[degF]']],
    ['2339-0', ['mg/dL', 'mmol/L']],
  ]),
);

describe('reading units', () => {
  const cases = [
    {
      name: 'UCUM',
      given: { system: 'http://unitsofmeasure.org', code: 'mm[Hg]', unit: 'mmHg' },
      want: 'mm[Hg]',
    },
    { name: 'bpm', given: { unit: 'bpm' }, want: '/min' },
    { name: 'degF', given: { unit: 'degF' }, want: '[degF]' },
    { name: 'mm Hg', given: { unit: 'mm Hg' }, want: 'mm[Hg]' },
    { name: 'MG/DL', given: { code: 'MG/DL' }, want: 'mg/dL' },
    { name: 'a code of another system', given: { system: 'http://other', code: 'kg', unit: 'g' }, want: 'g' },
    { name: 'a known remark', given: { code: '{beats}/min' }, want: '{beats}/min' },
    { name: 'a name in a remark', given: { code: 'mg{John Smith}/dL' }, want: 'mg/dL' },
    { name: 'only a name in a remark', given: { code: '{JohnSmith}' }, want: '1' },
    { name: 'a name', given: { unit: 'John Smith' }, want: '' },
    { name: 'nothing', given: {}, want: '' },
  ];
  for (const { name, given, want } of cases) {
    it(`reads ${name} as ${want || 'no unit'}`, () => assert.equal(units.read(given), want));
  }

  it('prints nothing of what it cannot read', (context) => {
    const print = context.mock.method(console, 'log', () => undefined);
    units.read({ unit: 'Canary12345' });
    units.read({ unit: '<<<Canary12345>>>' });
    assert.equal(print.mock.callCount(), 0);
  });
});

describe('units that fit', () => {
  const cases = [
    { name: 'the canonical one', codes: ['8867-4'], ucum: '/min', want: true },
    { name: 'a commensurable one', codes: ['8867-4'], ucum: '/h', want: true },
    { name: 'one accepted beside the canonical', codes: ['2339-0'], ucum: 'mmol/L', want: true },
    { name: 'commensurable with an accepted one', codes: ['2339-0'], ucum: 'umol/L', want: true },
    { name: 'another dimension', codes: ['8310-5'], ucum: 'mg/dL', want: false },
    { name: 'another dimension of a rate', codes: ['8867-4'], ucum: 'mm[Hg]', want: false },
    { name: 'a measurement that is not listed', codes: ['1-8'], ucum: 'kg', want: true },
    { name: 'no unit', codes: ['8310-5'], ucum: '', want: true },
  ];
  for (const { name, codes, ucum, want } of cases) {
    it(`${name}: ${want}`, () => assert.equal(units.fits(codes, ucum), want));
  }
});
