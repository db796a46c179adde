import { EventAction } from '../clinical-event.ts';
import { bestCoding, hasCode } from '../coding.ts';
import { type JsonObject, textIn } from '../json.ts';
import { DELETED, NOTHING, type Reading, saying, startOf } from '../reading.ts';

/** Condition: occurs at onset (else when recorded), resolves at abatement. */
export function readCondition(resource: JsonObject): Reading {
  if (hasCode(resource['verificationStatus'], 'entered-in-error')) return DELETED;
  if (hasCode(resource['verificationStatus'], 'refuted')) return NOTHING;
  const coding = bestCoding(resource['code']);
  const onset = startOf(resource, 'onset') ?? textIn(resource, 'recordedDate');
  const occurs = { coding, action: EventAction.occur, at: onset };
  const abatement = startOf(resource, 'abatement');
  if (abatement === undefined) return saying(occurs);
  return saying(occurs, { coding, action: EventAction.resolve, at: abatement });
}
