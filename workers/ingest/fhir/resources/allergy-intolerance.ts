import { EventAction } from '../clinical-event.ts';
import { bestCoding, hasCode } from '../coding.ts';
import { type JsonObject, textIn } from '../json.ts';
import { DELETED, NOTHING, type Reading, saying, startOf } from '../reading.ts';

/** AllergyIntolerance: occurs at onset, else when recorded. */
export function readAllergyIntolerance(resource: JsonObject): Reading {
  if (hasCode(resource['verificationStatus'], 'entered-in-error')) return DELETED;
  if (hasCode(resource['verificationStatus'], 'refuted')) return NOTHING;
  const at = startOf(resource, 'onset') ?? textIn(resource, 'recordedDate');
  return saying({ coding: bestCoding(resource['code']), action: EventAction.occur, at });
}
