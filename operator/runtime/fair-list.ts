/** Keys in order of arrival within a group; groups take turns, so that a large one cannot starve the others. */
export class FairList {
  readonly #groups = new Map<string, Set<string>>();

  /** Whether the key was not in the list before. */
  add(key: string, group: string): boolean {
    const keys = this.#groups.get(group);
    if (keys === undefined) {
      this.#groups.set(group, new Set([key]));
      return true;
    }
    if (keys.has(key)) return false;
    keys.add(key);
    return true;
  }

  /** Whether the key was in the list. */
  remove(key: string, group: string): boolean {
    const keys = this.#groups.get(group);
    if (keys === undefined || !keys.delete(key)) return false;
    if (keys.size === 0) this.#groups.delete(group);
    return true;
  }

  /** The oldest key of the group whose turn it is; that group then goes to the end. */
  shift(): string | undefined {
    for (const [group, keys] of this.#groups) {
      for (const key of keys) {
        keys.delete(key);
        this.#groups.delete(group);
        if (keys.size > 0) this.#groups.set(group, keys);
        return key;
      }
    }
    return undefined;
  }
}
