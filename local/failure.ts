/** A step of the local stack that failed for a known cause; `next` says what the user can do about it. */
export class LocalFailure extends Error {
  override readonly name = 'LocalFailure';
  readonly next: string;

  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.next = next;
  }
}

/** The text of whatever was thrown, with that of its cause, which a failure of ours contains already. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return !(error instanceof LocalFailure) && error.cause instanceof Error
    ? `${error.message}: ${error.cause.message}`
    : error.message;
}
