import type { Container, Probe } from './pod.ts';

export const ProbeKind = { Startup: 'startup', Readiness: 'readiness', Liveness: 'liveness' } as const;
export type ProbeKind = (typeof ProbeKind)[keyof typeof ProbeKind];

/** What one probe has found so far. */
export interface Tally {
  /** When to probe next, milliseconds since the epoch. */
  readonly nextAt: number;
  readonly inFlight: boolean;
  readonly successes: number;
  readonly failures: number;
  /** Undefined until a threshold is reached for the first time. */
  readonly verdict?: boolean;
}

export type Tallies = { readonly [kind in ProbeKind]?: Tally };

/** The probe of that kind, if the container has one. */
export function probeOf(container: Container, kind: ProbeKind): Probe | undefined {
  switch (kind) {
    case ProbeKind.Startup:
      return container.startupProbe;
    case ProbeKind.Readiness:
      return container.readinessProbe;
    case ProbeKind.Liveness:
      return container.livenessProbe;
    default:
      return kind satisfies never;
  }
}

/** A tally that starts to count `initialDelaySeconds` after the container started. */
export function newTally(probe: Probe, startedAt: number): Tally {
  return {
    nextAt: startedAt + (probe.initialDelaySeconds ?? 0) * 1000,
    inFlight: false,
    successes: 0,
    failures: 0,
  };
}

/** The tally after one more result; the verdict changes only at the probe's thresholds. */
export function counted(tally: Tally, probe: Probe, success: boolean, now: number): Tally {
  const successes = success ? tally.successes + 1 : 0;
  const failures = success ? 0 : tally.failures + 1;
  const next = {
    ...tally,
    successes,
    failures,
    inFlight: false,
    nextAt: now + (probe.periodSeconds ?? 10) * 1000,
  };
  if (successes >= (probe.successThreshold ?? 1)) return { ...next, verdict: true };
  if (failures >= (probe.failureThreshold ?? 3)) return { ...next, verdict: false };
  return next;
}

/** The kinds of probe that count now: startup alone until it has succeeded, then the others. */
export function activeKinds(container: Container, started: boolean): readonly ProbeKind[] {
  if (container.startupProbe !== undefined && !started) return [ProbeKind.Startup];
  const kinds: readonly ProbeKind[] = [ProbeKind.Readiness, ProbeKind.Liveness];
  return kinds.filter((kind) => probeOf(container, kind) !== undefined);
}
