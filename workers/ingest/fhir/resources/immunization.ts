import { CodeSystem } from '../../deidentify/allowed-code.ts';
import { EventAction } from '../clinical-event.ts';
import { bestCoding } from '../coding.ts';
import { asText, type JsonObject, textIn } from '../json.ts';
import { DELETED, type Reading, saying } from '../reading.ts';

const TAKEN_BACK: readonly string[] = ['entered-in-error', 'not-done'];

/** Immunization: occurs when it was given. */
export function readImmunization(resource: JsonObject): Reading {
  if (TAKEN_BACK.includes(asText(resource['status']) ?? '')) return DELETED;
  const coding = bestCoding(resource['vaccineCode'], CodeSystem.cvx);
  return saying({ coding, action: EventAction.occur, at: textIn(resource, 'occurrenceDateTime') });
}
