/** A step of the local stack that failed for a known cause; `next` says what the user can do about it. */
export class LocalFailure extends Error {
  override readonly name = 'LocalFailure';
  readonly next: string;

  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options);
    this.next = next;
  }
}

/** The text of whatever was thrown. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
