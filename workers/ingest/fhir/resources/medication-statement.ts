import { CodeSystem } from '../../deidentify/allowed-code.ts';
import { EventAction } from '../clinical-event.ts';
import { bestCoding } from '../coding.ts';
import { asText, type JsonObject, textIn } from '../json.ts';
import { DELETED, endOf, NOTHING, type Reading, type ReadingContext, saying, startOf } from '../reading.ts';
import { medicationOf } from '../reference.ts';

const TAKEN_BACK: readonly string[] = ['entered-in-error'];
const NOT_TAKEN: readonly string[] = ['intended', 'not-taken', 'unknown'];
const ENDED: readonly string[] = ['completed', 'stopped'];

/** MedicationStatement: a course starts when it took effect (else when it was asserted), and stops at its end. */
export function readMedicationStatement(resource: JsonObject, context: ReadingContext): Reading {
  const status = asText(resource['status']) ?? '';
  if (TAKEN_BACK.includes(status)) return DELETED;
  if (NOT_TAKEN.includes(status)) return NOTHING;
  const coding = bestCoding(medicationOf(resource, context.index), CodeSystem.rxnorm);
  const start = startOf(resource, 'effective') ?? textIn(resource, 'dateAsserted');
  const end = endOf(resource, 'effective');
  const starts = { coding, action: EventAction.start, at: start };
  if (!ENDED.includes(status) || end === undefined) return saying(starts);
  return saying(starts, { coding, action: EventAction.stop, at: end, mayBePlanned: true });
}
