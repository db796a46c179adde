import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Errors, linearInterval, riskInterval } from './interval.ts';

const errors: Errors = { value: 0.1, variance: 1e-6, members: [0.1], logitSd: 0.2, kappa: 1.3 };
const logit = (risk: number): number => Math.log(risk / (1 - risk));
const expit = (value: number): number => 1 / (1 + Math.exp(-value));
/** The formula of the model's contract for one member. */
const byContract = ({ value, variance, logitSd, kappa }: Errors, sign: number): number => {
  const mc = Math.sqrt(variance) / (value * (1 - value));
  return expit(logit(value) + sign * 1.6448536269514722 * kappa * Math.sqrt(mc ** 2 + logitSd ** 2));
};
const near = (got: number, want: number, what: string): void =>
  assert.ok(Math.abs(got - want) <= 1e-9, `${what}: ${got}, not ${want}`);

describe('riskInterval', () => {
  const cases: readonly { name: string; given: Partial<Errors>; want: readonly [number, number] }[] = [
    {
      name: 'a risk of 0.8 % with the error that mi has in the shipped bundle',
      given: { value: 0.008, variance: 1e-10, logitSd: 0.194 },
      want: [0.005298, 0.012063],
    },
    {
      name: 'an even risk',
      given: { value: 0.5, variance: 0, logitSd: 0.3 },
      want: [0.344909, 0.655091],
    },
    {
      name: 'no known parameter error: Monte-Carlo only, without kappa',
      given: { value: 0.5, variance: 0.0001, logitSd: 0 },
      want: [0.483557, 0.516443],
    },
    { name: 'never happens, for certain', given: { value: 0, variance: 0 }, want: [0, 0] },
    { name: 'always happens, for certain', given: { value: 1, variance: 0 }, want: [1, 1] },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => {
      const { low, high } = riskInterval({ ...errors, ...given });
      assert.deepEqual([Number(low.toFixed(6)), Number(high.toFixed(6))], want);
    });
  }
  it('is the formula of the contract wherever the risk is told from 0 and 1', () => {
    for (const value of [0.001, 0.008, 0.3, 0.5, 0.97]) {
      const given = { ...errors, value, variance: (value * (1 - value) * 0.1) ** 2 };
      near(riskInterval(given).low, byContract(given, -1), `low of ${value}`);
      near(riskInterval(given).high, byContract(given, 1), `high of ${value}`);
    }
  });
  it('leaves 0 and 1 open where few samples saw no event, or only events', () => {
    const none = riskInterval({ ...errors, value: 0, variance: 0.001 ** 2 });
    assert.ok(none.low === 0 && none.high > 0.003 && none.high < 0.02, `${none.high}`);
    const all = riskInterval({ ...errors, value: 1, variance: 0.001 ** 2 });
    near(all.low, 1 - none.high, 'the mirror image');
    assert.equal(all.high, 1);
  });
  const anyRisk = fc.record({
    value: fc.double({ min: 0, max: 1, noNaN: true }),
    variance: fc.double({ min: 0, max: 0.25, noNaN: true }),
    members: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
    logitSd: fc.double({ min: 0, max: 3, noNaN: true }),
    kappa: fc.double({ min: 0.5, max: 3, noNaN: true }),
  });
  it('holds the risk and stays within 0 and 1, whatever it is given', () =>
    fc.assert(
      fc.property(anyRisk, (given) => {
        const { low, high } = riskInterval(given);
        assert.ok(0 <= low && low <= given.value && given.value <= high && high <= 1, `${low} ${high}`);
      }),
    ));
  it('never narrows when the known error grows', () =>
    fc.assert(
      fc.property(anyRisk, fc.double({ min: 0, max: 3, noNaN: true }), (given, more) => {
        const narrow = riskInterval(given);
        const wide = riskInterval({ ...given, logitSd: given.logitSd + more });
        assert.ok(wide.low <= narrow.low && wide.high >= narrow.high);
      }),
    ));
  it('is the mirror image for the complement', () => {
    const event = riskInterval({ ...errors, value: 0.03 });
    const free = riskInterval({ ...errors, value: 0.97 });
    near(free.low, 1 - event.high, 'low');
    near(free.high, 1 - event.low, 'high');
  });
  it('covers the truth nine times of ten when the model is off by as much as it says', () => {
    let state = 42;
    const uniform = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const rounds = 4_000;
    let hits = 0;
    for (let i = 0; i < rounds; i += 1) {
      const truth = expit(-4 + 4 * uniform());
      const model = expit(logit(truth) + 0.25 * normal());
      const deviation = Math.sqrt((model * (1 - model)) / 20_000);
      const value = Math.min(1, Math.max(0, model + deviation * normal()));
      const given = { value, variance: deviation ** 2, members: [value], logitSd: 0.25, kappa: 1 };
      const { low, high } = riskInterval(given);
      hits += low <= truth && truth <= high ? 1 : 0;
    }
    assert.ok(hits > 0.88 * rounds && hits < 0.92 * rounds, `${hits} of ${rounds}`);
  });
  it('takes the spread of five members with four degrees of freedom', () => {
    const spread = [-0.2, -0.1, 0, 0.1, 0.2];
    const members = spread.map((each) => expit(logit(0.1) + each));
    const { low, high } = riskInterval({ ...errors, variance: 0, members, logitSd: 0 });
    const half = 2.1318 * 1.3 * Math.sqrt(0.1 / 4);
    near(low, expit(logit(0.1) - half), 'low');
    near(high, expit(logit(0.1) + half), 'high');
  });
  it('keeps the measured error where members happen to agree', () => {
    const alike = riskInterval({ ...errors, members: [0.1, 0.1, 0.1, 0.1, 0.1] });
    const one = riskInterval(errors);
    assert.ok(alike.low <= one.low && alike.high >= one.high);
  });
});

describe('linearInterval', () => {
  it('is Monte-Carlo only for one member', () => {
    const { low, high } = linearInterval({ value: 1.5, variance: 0.01, members: [1.5], kappa: 1.3 });
    near(low, 1.5 - 0.16448536269514, 'low');
    near(high, 1.5 + 0.16448536269514, 'high');
  });
  it('is exactly a point where nothing differs', () =>
    assert.deepEqual(linearInterval({ value: 0, variance: 0, members: [0], kappa: 1.3 }), {
      low: 0,
      high: 0,
    }));
  it('holds the spread between members', () => {
    const { low, high } = linearInterval({ value: 0, variance: 0, members: [-0.01, 0.01], kappa: 1 });
    near(high, 6.3138 * Math.sqrt(0.0002), 'high');
    near(low, -high, 'low');
  });
});
