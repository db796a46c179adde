/** A key and when it is due. */
export interface Delayed {
  readonly due: number;
  readonly key: string;
}

/** A binary heap, earliest due first. */
export class DelayHeap {
  readonly #items: Delayed[] = [];

  peek(): Delayed | undefined {
    return this.#items[0];
  }

  push(item: Delayed): void {
    this.#items.push(item);
    let index = this.#items.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (this.#dueAt(parent) <= item.due) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  pop(): Delayed | undefined {
    const top = this.#items[0];
    const last = this.#items.pop();
    if (top === undefined || last === undefined || this.#items.length === 0) return top;
    this.#items[0] = last;
    this.#sink();
    return top;
  }

  #sink(): void {
    for (let index = 0; ; ) {
      const left = 2 * index + 1;
      const child = this.#dueAt(left + 1) < this.#dueAt(left) ? left + 1 : left;
      if (this.#dueAt(child) >= this.#dueAt(index)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  #dueAt(index: number): number {
    return this.#items[index]?.due ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const first = this.#items[a];
    const second = this.#items[b];
    if (first === undefined || second === undefined) return;
    this.#items[a] = second;
    this.#items[b] = first;
  }
}
