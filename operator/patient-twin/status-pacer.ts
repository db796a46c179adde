// Keeps writes few: a status in which only the revision moved is written at most once per interval and twin.
import type { PatientTwin } from '#crds/patient-twin/v1alpha1.ts';
import { type Duration, milliseconds } from '#runtime/duration.ts';
import { coalescing, type TwinPlan } from './decide.ts';

/** Whether to write now, and if not, when. */
export interface Pace {
  readonly writeNow: boolean;
  readonly writeIn?: Duration;
}

/** Remembers per twin when its status was last written. One per process; entries of gone twins are evicted by age. */
export class StatusPacer {
  readonly #monotonic: () => number;
  readonly #random: () => number;
  readonly #written = new Map<string, number>();

  /** `monotonic` in milliseconds; `random` in [0, 1). */
  constructor(monotonic: () => number, random: () => number) {
    this.#monotonic = monotonic;
    this.#random = random;
  }

  /** Decides about one status. */
  pace(twin: PatientTwin, plan: TwinPlan): Pace {
    const now = this.#monotonic();
    const last = this.#written.get(twin.metadata.uid);
    if (plan.urgent || last === undefined || now - last >= coalescing) {
      this.#remember(twin.metadata.uid, now);
      return { writeNow: true };
    }
    if (twin.status.revision === plan.status.revision) return { writeNow: false };
    return {
      writeNow: false,
      writeIn: milliseconds((coalescing - (now - last)) * (1 + 0.1 * this.#random())),
    };
  }

  #remember(uid: string, now: number): void {
    this.#written.delete(uid);
    this.#written.set(uid, now);
    for (const [oldest, at] of this.#written) {
      if (now - at < 2 * coalescing) return;
      this.#written.delete(oldest);
    }
  }
}
