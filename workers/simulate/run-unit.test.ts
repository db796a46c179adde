import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metadata, status } from '@grpc/grpc-js';
import type { SimulateRequest__Output } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import { statusError } from '#proto/status.ts';
import { systemClock } from '#runtime/clock.ts';
import { EngineMixedError, EngineUnavailableError, LeaseLostError } from './errors.ts';
import type { Engine, EnginePart, Unit, Units } from './ports.ts';
import { runUnit } from './run-unit.ts';
import { Slots } from './slots.ts';

type Script = (request: SimulateRequest__Output, call: number) => readonly (EnginePart | Error)[];

const refused = (code: status, reason: string): Error =>
  Object.assign(statusError(code, reason, 'no'), {
    metadata: statusError(code, reason, 'no').metadata ?? new Metadata(),
  });

const header = (engine = 'ort/cpu'): EnginePart => ({
  kind: 'header',
  header: {
    ...{ bundleDigest: '', engine, requestDigest: Buffer.from('digest'), coverage: null, warnings: [] },
    outcomes: ['death'],
  },
});
const leaf = (from: number): EnginePart => ({
  kind: 'leaf',
  leaf: { range: { from, to: from + 64 }, member: 0, cells: [], paths: null },
});

/** An engine that plays a script per call and remembers which ranges it was asked for. */
const playing = (script: Script): { engine: Engine; asked: string[] } => {
  const asked: string[] = [];
  const engine: Engine = {
    simulate: async function* (request) {
      asked.push(request.ranges.map(({ from, to }) => `${from}-${to}`).join());
      for (const part of script(request, asked.length)) {
        if (part instanceof Error) throw part;
        yield part;
      }
    },
    isServing: async () => true,
  };
  return { engine, asked };
};

const unitOf = (subjects: number, leaseSeconds = 30): Unit => ({
  ...{ unit: '1', lease: '5', leaseSeconds },
  subjects: Array.from({ length: subjects }, (_, at) => ({
    ordinal: String(at),
    request: { ranges: [{ from: 0, to: 256 }] } as SimulateRequest__Output,
  })),
});

const context = (
  engine: Engine,
  extend: Units['extend'] = async () => 30,
  signal = new AbortController().signal,
) => ({
  ...{ engine, signal, clock: systemClock(), random: () => 0, patienceMs: 300, slots: new Slots(4) },
  onRetry: () => undefined,
  units: {
    claim: async () => ({ kind: 'finished' }),
    extend,
    commit: async () => ({ duplicate: false }),
  } as Units,
});

const whole: Script = () => [header(), leaf(128), leaf(0), leaf(192), leaf(64)];

describe('a unit', () => {
  it('brings the leaves of every subject in ascending order', async () => {
    const outcome = await runUnit(unitOf(9), context(playing(whole).engine));
    assert.equal(outcome.kind, 'result');
    if (outcome.kind !== 'result') return;
    assert.deepEqual(
      outcome.subjects.map(({ ordinal }) => ordinal),
      [...'012345678'],
    );
    assert.deepEqual(
      outcome.subjects[8]?.leaves?.map(({ range }) => range?.from),
      [0, 64, 128, 192],
    );
    assert.equal(outcome.engine, 'ort/cpu');
  });

  it('keeps what came before a broken call and asks only for the rest', async () => {
    const { engine, asked } = playing((_request, call) =>
      call === 1
        ? [header(), leaf(64), refused(status.UNAVAILABLE, 'DRAINING')]
        : [header(), leaf(0), leaf(128), leaf(192)],
    );
    const outcome = await runUnit(unitOf(1), context(engine));
    assert.equal(outcome.kind, 'result');
    assert.deepEqual(asked, ['0-256', '0-64,128-256']);
  });

  it('asks again for what a deadline left unfinished', async () => {
    const { engine, asked } = playing((request) => [header(), leaf(request.ranges[0]?.from ?? 0)]);
    await runUnit(unitOf(1), context(engine));
    assert.deepEqual(asked, ['0-256', '64-256', '128-256', '192-256']);
  });

  for (const reason of ['COVERAGE_TOO_LOW', 'OUT_OF_SCOPE']) {
    it(`excludes a subject that is refused with ${reason}`, async () => {
      let calls = 0;
      const { engine } = playing((request) =>
        ++calls === 2 ? [refused(status.FAILED_PRECONDITION, reason)] : whole(request, 1),
      );
      const outcome = await runUnit(unitOf(3), { ...context(engine), slots: new Slots(1) });
      assert.equal(outcome.kind, 'result');
      if (outcome.kind !== 'result') return;
      assert.deepEqual(
        outcome.subjects.map(({ excluded }) => excluded),
        [undefined, reason, undefined],
      );
    });
  }

  for (const [code, reason] of [
    [status.FAILED_PRECONDITION, 'OUTCOME_NOT_MODELLED'],
    [status.FAILED_PRECONDITION, 'DIGEST_MISMATCH'],
    [status.INVALID_ARGUMENT, 'INTERVENTION_UNKNOWN'],
    [status.RESOURCE_EXHAUSTED, 'REQUEST_TOO_LARGE'],
  ] as const) {
    it(`ends the run when the engine refuses it with ${reason}`, async () => {
      const outcome = await runUnit(unitOf(3), context(playing(() => [refused(code, reason)]).engine));
      assert.deepEqual(outcome, { kind: 'failure', reason, message: 'no' });
    });
  }

  it('gives up when the engine stays away', async () => {
    const { engine, asked } = playing(() => [refused(status.UNAVAILABLE, 'LOADING')]);
    await assert.rejects(runUnit(unitOf(1), context(engine)), EngineUnavailableError);
    assert.ok(asked.length > 2);
  });

  it('waits for a busy engine for as long as it takes', async () => {
    const { engine, asked } = playing((request, call) =>
      call < 5 ? [refused(status.UNAVAILABLE, 'QUEUE_FULL')] : whole(request, call),
    );
    const outcome = await runUnit(unitOf(1), { ...context(engine), patienceMs: 1 });
    assert.equal(outcome.kind, 'result');
    assert.equal(asked.length, 5);
  });

  it('refuses leaves of engines of different classes', async () => {
    const { engine } = playing((_request, call) => [header(`engine-${call}`), leaf(64 * (call - 1))]);
    await assert.rejects(runUnit(unitOf(1), context(engine)), EngineMixedError);
  });

  it('is dropped as soon as its lease is lost', async () => {
    const { engine } = playing(() => [refused(status.UNAVAILABLE, 'LOADING')]);
    const extend = async (): Promise<number> => {
      throw refused(status.FAILED_PRECONDITION, 'LEASE_LOST');
    };
    await assert.rejects(
      runUnit(unitOf(2, 0.15), { ...context(engine, extend), patienceMs: 60_000 }),
      LeaseLostError,
    );
  });

  it('keeps its lease alive while it runs, and lets it go afterwards', async () => {
    let extended = 0;
    const slow: Engine = {
      ...playing(whole).engine,
      simulate: async function* (request, signal) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        yield* playing(whole).engine.simulate(request, signal);
      },
    };
    const extend = async (): Promise<number> => {
      extended++;
      return 0.15;
    };
    await runUnit(unitOf(1, 0.15), context(slow, extend));
    const during = extended;
    assert.ok(during >= 3, `${during} extensions`);
    await new Promise((resolve) => setTimeout(resolve, 150));
    assert.equal(extended, during);
  });
});
