import { allowedCoding, CodeSystem } from '../deidentify/allowed-code.ts';
import type { Coding } from './clinical-event.ts';
import { asObjects, isObject } from './json.ts';

// A CodeableConcept says one thing in several codes. One event per occurrence is stored, under the coding of the
// first of these systems, so that nothing is counted twice; all codings stay in the sealed record.
const PREFERENCE: readonly string[] = [
  CodeSystem.snomed,
  CodeSystem.loinc,
  CodeSystem.rxnorm,
  CodeSystem.icd10,
  CodeSystem.icd10cm,
  CodeSystem.icd10gm,
  CodeSystem.atc,
  CodeSystem.cvx,
  CodeSystem.ndc,
  CodeSystem.actCode,
];

/** All codings of a CodeableConcept that may enter events, in the order of the source. */
export function codingsOf(concept: unknown): readonly Coding[] {
  if (!isObject(concept)) return [];
  return asObjects(concept['coding']).flatMap((coding) => {
    const allowed = allowedCoding(coding['system'], coding['code']);
    return allowed === undefined ? [] : [allowed];
  });
}

/**
 * The coding that stands for a CodeableConcept: by system preference, then by the order of the source.
 * `first` puts one system before all others (LOINC for measurements, CVX for vaccines).
 */
export function bestCoding(concept: unknown, first?: string): Coding | undefined {
  const rank = (coding: Coding): number => (coding.system === first ? -1 : PREFERENCE.indexOf(coding.system));
  return codingsOf(concept).reduce<Coding | undefined>(
    (best, coding) => (best === undefined || rank(coding) < rank(best) ? coding : best),
    undefined,
  );
}

/** Whether a status-like CodeableConcept has the code, whatever its system. */
export function hasCode(concept: unknown, code: string): boolean {
  return isObject(concept) && asObjects(concept['coding']).some((coding) => coding['code'] === code);
}
