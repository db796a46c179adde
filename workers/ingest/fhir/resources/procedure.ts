import { EventAction } from '../clinical-event.ts';
import { bestCoding } from '../coding.ts';
import { asText, type JsonObject } from '../json.ts';
import { DELETED, NOTHING, type Reading, saying, startOf } from '../reading.ts';

const TAKEN_BACK: readonly string[] = ['entered-in-error', 'not-done'];
const NOT_YET: readonly string[] = ['preparation'];

/** Procedure: occurs when it was performed, or when it began. */
export function readProcedure(resource: JsonObject): Reading {
  const status = asText(resource['status']) ?? '';
  if (TAKEN_BACK.includes(status)) return DELETED;
  if (NOT_YET.includes(status)) return NOTHING;
  const at = startOf(resource, 'performed');
  return saying({ coding: bestCoding(resource['code']), action: EventAction.occur, at });
}
