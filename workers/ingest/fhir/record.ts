import type { Person } from '../deidentify/person.ts';
import type { RejectReason } from '../reasons.ts';
import type { ClinicalEvent } from './clinical-event.ts';
import type { JsonObject } from './json.ts';

/** One resource as it came: an entry of a bundle, a line of NDJSON, or a file. */
export interface RawEntry {
  /** The resource's bytes, as received. */
  readonly raw: Buffer;
  /** The parsed resource; undefined for an entry that only deletes. */
  readonly resource: JsonObject | undefined;
  readonly fullUrl?: string;
  /** Bundle.entry.request.method and url. */
  readonly method?: string;
  readonly url?: string;
  /** Bundle.entry.response.lastModified. */
  readonly lastModified?: string;
}

/** A record ready for the store. */
export interface NormalisedRecord {
  readonly type: string;
  readonly id: string;
  /** Logical id of the patient, `system|value` of an identifier, or empty when the record is about no patient. */
  readonly patientId: string;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly sourceOrder: number;
  readonly contentHash: Buffer;
  readonly raw: Buffer;
  readonly deleted: boolean;
  readonly events: readonly ClinicalEvent[];
  readonly person?: Person;
}

/** What could not become events though the record is kept. */
export interface LeftOut {
  /** No code of a system on the allow list. */
  readonly uncoded: number;
  /** No time. */
  readonly undated: number;
  /** Local times in a gap or a fold of the time zone. */
  readonly gap: number;
  readonly fold: number;
}

/** Which record something is, and its order among the versions of it. */
export type RecordName = Pick<NormalisedRecord, 'type' | 'id' | 'sourceOrder'>;

/** What one entry became. */
export type Outcome =
  | { readonly kind: 'record'; readonly record: NormalisedRecord; readonly leftOut: LeftOut }
  | { readonly kind: 'rejected'; readonly reason: RejectReason; readonly about?: RecordName };
