// Pure: under which number and at which times a subject leaves the store.
import { createHmac } from 'node:crypto';
import { offsetDays } from '../intake/offset.ts';

/** What an export tells of a subject instead of who it is. */
export interface Disguise {
  /** 62 random-looking bits; the same in every export of a tenant, and linked to nothing outside its keyring. */
  readonly subjectId: bigint;
  /** Days by which the times were moved when they were stored. */
  readonly storedDays: number;
  /** Days by which the stored times are moved now. */
  readonly offsetDays: number;
  readonly split: 'train' | 'tuning' | 'held_out';
}

/**
 * A clinical tenant keeps true times: they are moved by a secret number of days per subject, which is another one than
 * a research tenant has. A research tenant's times were moved when they were stored, and are left as they are.
 */
export function disguiseOf(
  purpose: 'clinical' | 'research',
  offsetKey: Uint8Array,
  pseudonym: string,
): Disguise {
  const key = createHmac('sha256', offsetKey).update('export').digest();
  const digest = createHmac('sha256', key).update(`subject|${pseudonym}`).digest();
  return {
    subjectId: digest.readBigUInt64BE(0) >> 2n,
    storedDays: offsetDays(purpose, offsetKey, pseudonym),
    offsetDays: purpose === 'clinical' ? offsetDays('research', key, pseudonym) : 0,
    split: splitOf(digest.readUInt8(8)),
  };
}

/** Eight, one and one of ten subjects. */
function splitOf(byte: number): Disguise['split'] {
  if (byte < 26) return 'tuning';
  return byte < 52 ? 'held_out' : 'train';
}
