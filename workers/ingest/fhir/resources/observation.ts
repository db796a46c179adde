import { CodeSystem } from '../../deidentify/allowed-code.ts';
import { EventAction } from '../clinical-event.ts';
import { bestCoding, codingsOf } from '../coding.ts';
import { asObjects, asText, isObject, type JsonObject, textIn } from '../json.ts';
import { quantityLiteral, readLiteral } from '../literal.ts';
import { DELETED, type EventDraft, NOTHING, type Reading, type ReadingContext, startOf } from '../reading.ts';

const TAKEN_BACK: readonly string[] = ['entered-in-error', 'cancelled'];
const NOT_YET: readonly string[] = ['registered'];

/**
 * Observation: one measurement for itself and one for each component that has a value. A panel without a value of
 * its own is only the bracket around its components. Text values stay in the sealed record.
 */
export function readObservation(resource: JsonObject, context: ReadingContext): Reading {
  const status = asText(resource['status']) ?? '';
  if (TAKEN_BACK.includes(status)) return DELETED;
  if (NOT_YET.includes(status)) return NOTHING;
  const at = startOf(resource, 'effective') ?? textIn(resource, 'issued');
  const components = asObjects(resource['component']);
  const parts = isBracket(resource, components) ? components : [resource, ...components];
  const measured = parts.filter((part) => part['dataAbsentReason'] === undefined);
  return {
    deleted: false,
    drafts: measured.map((part) => measurement(part, at, context)),
    unitMismatch: measured.some((part) => hasWrongUnit(part, context)),
  };
}

function isBracket(resource: JsonObject, components: readonly JsonObject[]): boolean {
  const grouped = components.length > 0 || asObjects(resource['hasMember']).length > 0;
  return grouped && !Object.keys(resource).some((member) => member.startsWith('value'));
}

function measurement(part: JsonObject, at: string | undefined, context: ReadingContext): EventDraft {
  const coding = bestCoding(part['code'], CodeSystem.loinc);
  const value = readValue(part, context);
  const draft = { coding, action: EventAction.measure, at };
  return value === undefined ? draft : { ...draft, value };
}

function readValue(part: JsonObject, context: ReadingContext): EventDraft['value'] {
  const quantity = part['valueQuantity'];
  const literal = quantityLiteral(quantity) ?? readLiteral(part['valueInteger']);
  if (literal !== undefined) {
    return { kind: 'number', literal, ucum: isObject(quantity) ? context.units.read(quantity) : '' };
  }
  const concept = bestCoding(part['valueCodeableConcept']);
  return concept === undefined ? undefined : { kind: 'concept', concept };
}

function hasWrongUnit(part: JsonObject, context: ReadingContext): boolean {
  const quantity = part['valueQuantity'];
  if (!isObject(quantity)) return false;
  const codes = codingsOf(part['code']).filter((coding) => coding.system === CodeSystem.loinc);
  const ucum = context.units.read(quantity);
  return !context.units.fits(
    codes.map((coding) => coding.code),
    ucum,
  );
}
