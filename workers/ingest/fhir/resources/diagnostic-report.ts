import { CodeSystem } from '../../deidentify/allowed-code.ts';
import { EventAction } from '../clinical-event.ts';
import { bestCoding } from '../coding.ts';
import { asText, type JsonObject, textIn } from '../json.ts';
import { DELETED, NOTHING, type Reading, saying, startOf } from '../reading.ts';

const TAKEN_BACK: readonly string[] = ['entered-in-error', 'cancelled'];
const NOT_YET: readonly string[] = ['registered'];

/** DiagnosticReport: occurs when its subject was examined. Its results are Observations of their own. */
export function readDiagnosticReport(resource: JsonObject): Reading {
  const status = asText(resource['status']) ?? '';
  if (TAKEN_BACK.includes(status)) return DELETED;
  if (NOT_YET.includes(status)) return NOTHING;
  const at = startOf(resource, 'effective') ?? textIn(resource, 'issued');
  return saying({ coding: bestCoding(resource['code'], CodeSystem.loinc), action: EventAction.occur, at });
}
