// Collects calls of one moment into one: N objects that are reconciled at once cost one request.

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Sends what was asked within `windowMs` together, in batches of at most `largest`. */
export class Batcher<Item, Answer> {
  readonly #send: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly #windowMs: number;
  readonly #largest: number;
  #waiting: Waiting<Item, Answer>[] = [];

  /** `send` answers in the order of its items. */
  constructor(send: (items: readonly Item[]) => Promise<readonly Answer[]>, windowMs = 5, largest = 500) {
    this.#send = send;
    this.#windowMs = windowMs;
    this.#largest = largest;
  }

  /** Asks for one item. */
  ask(item: Item): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#waiting.push({ item, resolve, reject });
    if (this.#waiting.length === 1) setTimeout(() => this.#flush(), this.#windowMs);
    else if (this.#waiting.length >= this.#largest) this.#flush();
    return promise;
  }

  #flush(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    if (batch.length === 0) return;
    this.#send(batch.map(({ item }) => item)).then(
      (answers) => {
        for (const [index, { resolve, reject }] of batch.entries()) {
          if (index < answers.length) resolve(answers[index] as Answer);
          else reject(new Error('the batch has fewer answers than questions'));
        }
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
      },
    );
  }
}
