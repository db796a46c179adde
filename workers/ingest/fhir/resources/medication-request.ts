import { CodeSystem } from '../../deidentify/allowed-code.ts';
import { EventAction } from '../clinical-event.ts';
import { bestCoding } from '../coding.ts';
import { asObject, asText, type JsonObject, textIn } from '../json.ts';
import { DELETED, NOTHING, type Reading, type ReadingContext, saying } from '../reading.ts';
import { medicationOf } from '../reference.ts';

const TAKEN_BACK: readonly string[] = ['entered-in-error', 'cancelled'];
const NOT_YET: readonly string[] = ['draft'];
const ONLY_AN_IDEA: readonly string[] = ['proposal', 'plan', 'option'];
const ENDED: readonly string[] = ['completed', 'stopped'];

/** MedicationRequest: a course starts when it was authored, and stops at the end of its validity once it has ended. */
export function readMedicationRequest(resource: JsonObject, context: ReadingContext): Reading {
  const status = asText(resource['status']) ?? '';
  if (TAKEN_BACK.includes(status)) return DELETED;
  if (isNoOrder(resource, status)) return NOTHING;
  const coding = bestCoding(medicationOf(resource, context.index), CodeSystem.rxnorm);
  const validity = asObject(resource['dispenseRequest'])?.['validityPeriod'];
  const start = textIn(resource, 'authoredOn') ?? textIn(validity, 'start');
  const end = textIn(validity, 'end') ?? textIn(resource['effectivePeriod'], 'end');
  const starts = { coding, action: EventAction.start, at: start };
  if (!ENDED.includes(status) || end === undefined) return saying(starts);
  return saying(starts, { coding, action: EventAction.stop, at: end, mayBePlanned: true });
}

function isNoOrder(resource: JsonObject, status: string): boolean {
  return (
    NOT_YET.includes(status) ||
    ONLY_AN_IDEA.includes(asText(resource['intent']) ?? '') ||
    resource['doNotPerform'] === true
  );
}
