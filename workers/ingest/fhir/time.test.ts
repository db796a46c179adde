import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readTime } from './time.ts';
import { createZone } from './zone.ts';

const receivedAt = Date.parse('2026-11-24T00:00:00Z');
const inZone = (name: string) => ({ zone: createZone(name), receivedAt });
const utc = inZone('UTC');

describe('readTime', () => {
  const times = [
    { given: '2011', want: { instant: '2011-01-01T00:00:00Z', precision: 'year' } },
    { given: '2011-02', want: { instant: '2011-02-01T00:00:00Z', precision: 'month' } },
    { given: '2011-02-03', want: { instant: '2011-02-03T00:00:00Z', precision: 'day' } },
    {
      given: '2011-02-02T16:30:49-05:00',
      want: { instant: '2011-02-02T21:30:49Z', precision: 'second', offsetMinutes: -300 },
    },
    {
      given: '2011-02-02T16:30:49.825+05:30',
      want: { instant: '2011-02-02T11:00:49.825Z', precision: 'second', offsetMinutes: 330 },
    },
    {
      given: '2016-12-31T23:59:60Z',
      want: { instant: '2016-12-31T23:59:59Z', precision: 'second', offsetMinutes: 0 },
    },
    { given: '2024-02-29', want: { instant: '2024-02-29T00:00:00Z', precision: 'day' } },
    { given: '2011-02-02T16:30', want: { instant: '2011-02-02T16:30:00Z', precision: 'second' } },
  ];
  for (const { given, want } of times) {
    it(`reads ${given}`, () => {
      const read = readTime(given, utc);
      assert.deepEqual(read.ok && read.time, want);
    });
  }

  const impossible = [
    ['a day that the month does not have', '2024-02-30'],
    ['a leap day of a common year', '2023-02-29'],
    ['the year 1', '0001-01-01'],
    ['the thirteenth month', '2024-13-01'],
    ['month zero', '2024-00-10'],
    ['a far future', '2999-01-01'],
    ['more than a year ahead', '2027-12-01'],
    ['hour 24', '2024-01-01T24:00:00Z'],
    ['an offset that no place has', '2024-01-01T00:00:00+19:00'],
    ['a text', 'yesterday'],
    ['an American date', '02/03/2024'],
    ['nothing', ''],
  ] as const;
  for (const [name, given] of impossible) {
    it(`refuses ${name}`, () => assert.equal(readTime(given, utc).ok, false));
  }

  it('keeps a date that ends up in another UTC day as the date it is', () => {
    const read = readTime('2024-05-05', inZone('Pacific/Auckland'));
    assert.equal(read.ok && read.time.instant, '2024-05-05T00:00:00Z');
  });

  const local = [
    { name: 'winter', given: '2024-01-15T08:00:00', want: '2024-01-15T07:00:00Z', rule: 'exact' },
    { name: 'summer', given: '2024-07-15T08:00:00', want: '2024-07-15T06:00:00Z', rule: 'exact' },
    {
      name: 'the gap, moved forward',
      given: '2024-03-31T02:30:00',
      want: '2024-03-31T01:30:00Z',
      rule: 'gap',
    },
    {
      name: 'the fold, the earlier one',
      given: '2024-10-27T02:30:00',
      want: '2024-10-27T00:30:00Z',
      rule: 'fold',
    },
  ];
  for (const { name, given, want, rule } of local) {
    it(`reads a local time of Berlin in ${name}`, () => {
      const read = readTime(given, inZone('Europe/Berlin'));
      assert.ok(read.ok);
      assert.equal(read.time.instant, want);
      assert.equal(read.rule, rule);
      assert.equal(read.time.offsetMinutes, undefined);
    });
  }

  const anyInstant = fc.date({
    min: new Date('1900-01-01T00:00:00Z'),
    max: new Date('2026-11-01T00:00:00Z'),
    noInvalidDate: true,
  });

  it('reads back every instant at every offset', () => {
    fc.assert(
      fc.property(anyInstant, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
        const seconds = new Date(Math.floor(date.getTime() / 1000) * 1000);
        const shown = new Date(seconds.getTime() + offset * 60_000).toISOString().slice(0, 19);
        const hours = String(Math.trunc(Math.abs(offset) / 60)).padStart(2, '0');
        const minutes = String(Math.abs(offset) % 60).padStart(2, '0');
        const read = readTime(`${shown}${offset < 0 ? '-' : '+'}${hours}:${minutes}`, utc);
        assert.ok(read.ok);
        assert.equal(Date.parse(read.time.instant), seconds.getTime());
        assert.equal(read.time.offsetMinutes, offset);
      }),
    );
  });

  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'];
  it('reads the local time of an instant as that instant, or as its twin of an hour earlier in a fold', () => {
    for (const name of zones) {
      const context = inZone(name);
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone: name,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      fc.assert(
        fc.property(anyInstant, (date) => {
          const seconds = Math.floor(date.getTime() / 1000) * 1000;
          const text = format.format(seconds).replace(' ', 'T');
          const read = readTime(text, context);
          assert.ok(read.ok && read.rule !== 'gap', text);
          const back = Date.parse(read.time.instant);
          assert.equal(format.format(back), format.format(seconds));
          if (read.rule === 'exact') assert.equal(back, seconds);
          else assert.ok(back === seconds || seconds - back <= 3_600_000);
        }),
        { numRuns: 50 },
      );
    }
  });

  it('never invents a day: every date of the calendar is kept and every other one refused', () => {
    const field = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(fc.integer({ min: 1851, max: 2026 }), field(13), field(32), (year, month, day) => {
        const text = [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
        const exists = new Date(`${text}T00:00:00Z`);
        const isReal = !Number.isNaN(exists.getTime()) && exists.toISOString().startsWith(text);
        const read = readTime(text, { zone: createZone('UTC'), receivedAt: Date.parse('2027-01-01') });
        assert.equal(read.ok, isReal);
        if (read.ok) assert.equal(read.time.instant, `${text}T00:00:00Z`);
      }),
    );
  });
});
