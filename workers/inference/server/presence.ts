// Whether the caller of a call is still there. grpc-js tells of every end of a call as if it had been cancelled, so an
// AbortSignal would make an error, with its stack, for each.

/** A caller; it leaves at most once. */
export class Presence {
  readonly #watchers = new Set<() => void>();
  #isGone = false;

  /** Whether the caller has gone away. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** The caller goes away. */
  leave(): void {
    this.#isGone = true;
    for (const watcher of this.#watchers) watcher();
    this.#watchers.clear();
  }

  /** Calls `watcher` when the caller goes away, at once when it has gone; the returned function ends that. */
  watch(watcher: () => void): () => void {
    if (this.#isGone) watcher();
    else this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }
}
