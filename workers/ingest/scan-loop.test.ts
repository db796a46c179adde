import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock } from '#runtime/clock.ts';
import { TerminalError } from '#runtime/errors.ts';
import { createLog } from '#runtime/log.ts';
import { SourceError, withoutPath } from './errors.ts';
import { ScanFailure } from './reasons.ts';
import type { ScanReport } from './run-scan.ts';
import { type LoopOptions, scanLoop } from './scan-loop.ts';

const report: ScanReport = {
  received: 1,
  stored: 1,
  unchanged: 0,
  quarantined: 0,
  subjectsChanged: 1,
  unreadable: 0,
};

/** A clock on which sleeping only moves the time. */
function jumpingClock(): Clock & { readonly slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => new Date(now),
    monotonic: () => now,
    schedule: (milliseconds, run) => {
      slept.push(milliseconds);
      now += milliseconds;
      queueMicrotask(run);
      return () => undefined;
    },
  };
}

function loop(scans: readonly (() => ScanReport)[], more: Partial<LoopOptions> = {}) {
  const clock = jumpingClock();
  const controller = new AbortController();
  const states: (string | undefined)[] = [];
  const failures: string[] = [];
  const lines: string[] = [];
  let next = 0;
  const end = scanLoop({
    clock,
    random: () => 1,
    log: createLog({ name: 'test', level: 'debug', destination: { write: (line) => void lines.push(line) } }),
    signal: controller.signal,
    intervalMs: undefined,
    patienceMs: 10_000,
    scan: async () => {
      const scan = scans[Math.min(next, scans.length - 1)];
      next += 1;
      if (next >= 8) controller.abort();
      return scan?.() ?? report;
    },
    reportFailure: async (failure) => void failures.push(failure),
    setState: (reason) => void states.push(reason),
    ...more,
  });
  return { end, clock, states, failures, lines };
}

const fails = (error: Error) => () => {
  throw error;
};

describe('the scan loop', () => {
  it('ends after one scan when no interval is given', async () => {
    const { end, states } = loop([() => report]);
    assert.deepEqual(await end, { kind: 'done' });
    assert.deepEqual(states, [undefined]);
  });

  it('waits the interval between scans', async () => {
    const { end, clock } = loop([() => report], { intervalMs: 5_000 });
    await end;
    assert.ok(clock.slept.every((pause) => pause === 5_000) && clock.slept.length >= 6);
  });

  it('tries a failed scan again with growing pauses, and is ready again afterwards', async () => {
    const { end, clock, states } = loop([fails(new Error('x')), fails(new Error('x')), () => report]);
    assert.deepEqual(await end, { kind: 'done' });
    assert.deepEqual(states, ['INTERNAL', 'INTERNAL', undefined]);
    assert.deepEqual(clock.slept, [500, 1_000]);
  });

  it('gives up a single scan when patience ends', async () => {
    const { end } = loop([fails(new SourceError(ScanFailure.sourceMissing, 'missing'))], {
      patienceMs: 2_000,
    });
    assert.deepEqual(await end, { kind: 'gaveUp', reason: 'SOURCE_MISSING' });
  });

  it('tells the service why a source cannot be read', async () => {
    const { end, failures } = loop([
      fails(new SourceError(ScanFailure.sourceDenied, 'denied')),
      () => report,
    ]);
    await end;
    assert.deepEqual(failures, ['SOURCE_DENIED']);
  });

  it('does not try again what no retry mends', async () => {
    const { end } = loop([fails(new TerminalError('InvalidUnitTable', 'x'))]);
    await assert.rejects(end, { code: 'InvalidUnitTable' });
  });

  it('logs counts and reasons, and neither a path nor a foreign message', async () => {
    const error = Object.assign(new Error("ENOENT: no such file, open '/data/John_Smith.json'"), {
      code: 'ENOENT',
      syscall: 'open',
      path: '/data/John_Smith.json',
    });
    const { end, lines } = loop([
      fails(error),
      fails(new SyntaxError('Unexpected token J in John')),
      () => report,
    ]);
    await end;
    assert.doesNotMatch(lines.join(), /John/);
    assert.match(lines.join(), /"received":1/);
    assert.match(JSON.stringify(withoutPath(error)), /ENOENT/);
  });
});
