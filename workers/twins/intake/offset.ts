import { createHmac } from 'node:crypto';

/**
 * Days by which all times of a subject are moved: 0 in a clinical tenant; in a research tenant one secret number from
 * -365 to -1 per subject, the same for every source, so that intervals stay true.
 */
export function offsetDays(purpose: 'clinical' | 'research', key: Uint8Array, pseudonym: string): number {
  if (purpose === 'clinical') return 0;
  return -1 - (createHmac('sha256', key).update(pseudonym).digest().readUInt32BE(0) % 365);
}

/** A time moved by whole days. */
export function shifted(time: Date, days: number): Date {
  return new Date(time.getTime() + days * 86_400_000);
}
