import { allowedCoding, CodeSystem } from '../../deidentify/allowed-code.ts';
import { type Coding, EventAction } from '../clinical-event.ts';
import { codingsOf } from '../coding.ts';
import { asObject, asObjects, asText, type JsonObject, textIn } from '../json.ts';
import { DELETED, NOTHING, type Reading, saying } from '../reading.ts';

const TAKEN_BACK: readonly string[] = ['entered-in-error', 'cancelled'];
const NOT_YET: readonly string[] = ['planned'];
/** Classes that say that the patient came to an emergency department or a bed. */
const IN_HOSPITAL: readonly string[] = ['EMER', 'IMP', 'ACUTE', 'NONAC', 'OBSENC'];
/** SNOMED CT types that say more about an admission than the class does. */
const ADMISSIONS: readonly string[] = [
  '8715000',
  '183495009',
  '305428000',
  '183452005',
  '32485007',
  '305351004',
  '50849002',
  '4525004',
  '183478001',
];

/** Encounter: occurs at its start, under one code: an admission by its type or class, a visit by its type. */
export function readEncounter(resource: JsonObject): Reading {
  const status = asText(resource['status']) ?? '';
  if (TAKEN_BACK.includes(status)) return DELETED;
  if (NOT_YET.includes(status)) return NOTHING;
  const at = textIn(resource['period'], 'start');
  return saying({ coding: encounterCoding(resource), action: EventAction.occur, at });
}

function encounterCoding(resource: JsonObject): Coding | undefined {
  const types = asObjects(resource['type'])
    .flatMap(codingsOf)
    .filter((coding) => coding.system === CodeSystem.snomed);
  const admission = types.find((coding) => ADMISSIONS.includes(coding.code));
  const classCoding = asObject(resource['class']);
  const ofClass = allowedCoding(classCoding?.['system'], classCoding?.['code']);
  const inHospital = ofClass !== undefined && IN_HOSPITAL.includes(ofClass.code) ? ofClass : undefined;
  return admission ?? inHospital ?? types[0] ?? ofClass;
}
