import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durationDays, readCourse, readSetting } from './interventions.ts';

describe('interventions of the command line', () => {
  it('start at once', () => {
    assert.deepEqual(readCourse('rxnorm|314231', 'start'), {
      system: 'http://www.nlm.nih.gov/research/umls/rxnorm',
      code: '314231',
      action: 'ACTION_START',
      atDays: 0,
    });
  });

  it('stop after a year, by the URI of the system', () => {
    assert.deepEqual(readCourse('http://snomed.info/sct|8517006@P1Y', 'stop'), {
      system: 'http://snomed.info/sct',
      code: '8517006',
      action: 'ACTION_STOP',
      atDays: 365.25,
    });
  });

  it('set a value with its unit', () => {
    assert.deepEqual(readSetting('loinc|8480-6=120.5 mm[Hg]@P30D'), {
      system: 'http://loinc.org',
      code: '8480-6',
      action: 'ACTION_SET',
      atDays: 30,
      value: 'number',
      number: 120.5,
      ucum: 'mm[Hg]',
    });
  });

  const wrong = [
    ['no system', () => readCourse('314231', 'start')],
    ['an unknown system', () => readCourse('mine|314231', 'start')],
    ['no code', () => readCourse('rxnorm|', 'start')],
    ['no number', () => readSetting('loinc|8480-6=high')],
    ['an offset that is no duration', () => readCourse('rxnorm|1@PX', 'start')],
    ['a horizon that is no duration', () => durationDays('5 years', 'horizon')],
  ] as const;
  for (const [name, read] of wrong) {
    it(`refuse ${name}`, () => assert.throws(read, { code: 'Usage', exitCode: 2 }));
  }
});
