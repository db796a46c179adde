import { CodeSystem } from '../../deidentify/allowed-code.ts';
import { EventAction } from '../clinical-event.ts';
import { bestCoding } from '../coding.ts';
import { asText, type JsonObject, textIn } from '../json.ts';
import { DELETED, endOf, type Reading, type ReadingContext, saying } from '../reading.ts';
import { medicationOf } from '../reference.ts';

const TAKEN_BACK: readonly string[] = ['entered-in-error', 'not-done'];

/** MedicationAdministration: a single dose occurs; an infusion over a period starts and stops. */
export function readMedicationAdministration(resource: JsonObject, context: ReadingContext): Reading {
  if (TAKEN_BACK.includes(asText(resource['status']) ?? '')) return DELETED;
  const coding = bestCoding(medicationOf(resource, context.index), CodeSystem.rxnorm);
  const dose = textIn(resource, 'effectiveDateTime');
  if (dose !== undefined) return saying({ coding, action: EventAction.occur, at: dose });
  const start = { coding, action: EventAction.start, at: textIn(resource['effectivePeriod'], 'start') };
  const end = endOf(resource, 'effective');
  if (end === undefined) return saying(start);
  return saying(start, { coding, action: EventAction.stop, at: end, mayBePlanned: true });
}
