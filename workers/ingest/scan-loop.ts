// Scans until told to stop. A failed scan is tried again with growing pauses; what was committed is not read again.
import { isServiceError, reasonOf } from '#proto/status.ts';
import { type Clock, type Random, sleep } from '#runtime/clock.ts';
import { CodedError, TerminalError } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';
import { withoutPath } from './errors.ts';
import { ScanFailure } from './reasons.ts';
import type { ScanReport } from './run-scan.ts';

/** How the loop ended. */
export type LoopEnd = { readonly kind: 'done' } | { readonly kind: 'gaveUp'; readonly reason: string };

/** What the loop needs. */
export interface LoopOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Milliseconds between scans; undefined = one scan. */
  readonly intervalMs: number | undefined;
  /** One scan gives up after so many milliseconds without success; its Job tries again. */
  readonly patienceMs: number;
  readonly scan: () => Promise<ScanReport>;
  /** Tells the service why the source cannot be read. Best effort. */
  readonly reportFailure: (failure: ScanFailure) => Promise<void>;
  /** Undefined = ready; else the constant reason why not. */
  readonly setState: (reason: string | undefined) => void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

/** Runs until one scan is done, the signal is aborted, or patience ends. Throws TerminalError for what no retry mends. */
export async function scanLoop(options: LoopOptions): Promise<LoopEnd> {
  const { clock, signal, intervalMs } = options;
  let failures = 0;
  let failingSince: number | undefined;
  while (!signal.aborted) {
    const reason = await oneScan(options);
    options.setState(reason);
    if (reason === undefined) {
      failures = 0;
      failingSince = undefined;
      if (intervalMs === undefined) return { kind: 'done' };
      await sleep(clock, intervalMs, signal);
      continue;
    }
    failingSince ??= clock.monotonic();
    const isOut = clock.monotonic() - failingSince >= options.patienceMs;
    if (intervalMs === undefined && isOut) return { kind: 'gaveUp', reason };
    await sleep(clock, pause(failures, options.random), signal);
    failures += 1;
  }
  return { kind: 'done' };
}

function pause(failures: number, random: Random): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2);
}

/** The reason of the failure, or undefined. */
async function oneScan(options: LoopOptions): Promise<string | undefined> {
  const began = options.clock.monotonic();
  try {
    const report = await options.scan();
    say(options.log, report, (options.clock.monotonic() - began) / 1000);
    return report.unreadable > 0 ? ScanFailure.sourceUnreadable : undefined;
  } catch (error) {
    if (options.signal.aborted) return undefined;
    if (error instanceof TerminalError) throw error;
    const reason = reasonFor(error);
    options.log.warn('scan failed', { reason, error: withoutPath(error) });
    if (isScanFailure(reason)) await options.reportFailure(reason).catch(() => undefined);
    return reason;
  }
}

function say(log: Log, report: ScanReport, elapsedSeconds: number): void {
  const { received, stored, unchanged, quarantined, unreadable } = report;
  const counts = { received, stored, unchanged, quarantined, skipped: unreadable, elapsedSeconds };
  if (received > 0 || unreadable > 0) log.info('scan ended', counts);
  else log.debug('scan found nothing new', counts);
}

function reasonFor(error: unknown): string {
  if (isServiceError(error)) return reasonOf(error);
  return error instanceof CodedError ? error.code : 'INTERNAL';
}

function isScanFailure(reason: string): reason is ScanFailure {
  return Object.values<string>(ScanFailure).includes(reason);
}
