// How many subjects are with the engine at once, over all units of this worker.

/** A bounded number of places; whoever waits longest is next. */
export class Slots {
  #free: number;
  readonly #takers: (() => void)[] = [];
  readonly #watchers: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Runs `work` in a place of its own, as soon as there is one. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    await this.#take();
    try {
      return await work();
    } finally {
      this.#give();
    }
  }

  /** Resolves when a place is free that nobody waits for, or when `signal` is aborted. */
  async idle(signal: AbortSignal): Promise<void> {
    while (this.#free === 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
        this.#watchers.push(wake);
      });
    }
  }

  async #take(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve) => this.#takers.push(resolve));
  }

  #give(): void {
    const next = this.#takers.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#free++;
    for (const wake of this.#watchers.splice(0)) wake();
  }
}
