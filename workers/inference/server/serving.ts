// What the process serves at this moment: nothing while it loads, one bundle afterwards, no new work while it drains.
import { CallError } from '../errors.ts';
import type { Engines } from '../ports.ts';
import type { ServedModel } from '../trajectory/prepare.ts';

/** A model with the engines that run it. */
export interface Served {
  readonly model: ServedModel;
  readonly engines: Engines;
}

const LOADING_PUSHBACK_MS = 500;

/** Holds what is served. */
export class Serving {
  #served: Served | undefined;
  #isDraining = false;

  /** Starts to serve. */
  begin(served: Served): void {
    this.#served = served;
  }

  /** Ends readiness; calls under way go on. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Whether new calls are taken. */
  get isReady(): boolean {
    return this.#served !== undefined && !this.#isDraining;
  }

  /** Why new calls are not taken. */
  get state(): 'LOADING' | 'DRAINING' | 'SERVING' {
    if (this.#isDraining) return 'DRAINING';
    return this.#served === undefined ? 'LOADING' : 'SERVING';
  }

  /** What is served. Throws CallError LOADING. */
  current(): Served {
    if (this.#served === undefined) {
      throw new CallError('LOADING', 'the bundle is still being loaded; call again', {
        retryAfterMs: LOADING_PUSHBACK_MS,
      });
    }
    return this.#served;
  }
}
