// The allow list of code systems. A code enters an event only when its system is known here and its spelling is one
// that the system can have: a name or a note in a code field cannot pass.
import type { Coding } from '../fhir/clinical-event.ts';

/** URIs of the code systems that may enter events. */
export const CodeSystem = {
  snomed: 'http://snomed.info/sct',
  loinc: 'http://loinc.org',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  icd10: 'http://hl7.org/fhir/sid/icd-10',
  icd10cm: 'http://hl7.org/fhir/sid/icd-10-cm',
  icd10gm: 'http://fhir.de/CodeSystem/bfarm/icd-10-gm',
  atc: 'http://www.whocc.no/atc',
  cvx: 'http://hl7.org/fhir/sid/cvx',
  ndc: 'http://hl7.org/fhir/sid/ndc',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
} as const;

const ICD10 = /^[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?$/;

const SPELLING: ReadonlyMap<string, RegExp> = new Map([
  [CodeSystem.snomed, /^\d{6,18}$/],
  [CodeSystem.loinc, /^(?:\d{1,7}|LA\d{1,7}|LP\d{1,7})-\d$/],
  [CodeSystem.rxnorm, /^\d{1,8}$/],
  [CodeSystem.icd10, ICD10],
  [CodeSystem.icd10cm, ICD10],
  [CodeSystem.icd10gm, ICD10],
  [CodeSystem.atc, /^[A-Z](?:\d\d(?:[A-Z](?:[A-Z](?:\d\d)?)?)?)?$/],
  [CodeSystem.cvx, /^\d{1,3}$/],
  [CodeSystem.ndc, /^[\d-]{10,13}$/],
  [CodeSystem.actCode, /^(?:AMB|EMER|FLD|HH|IMP|ACUTE|NONAC|OBSENC|PRENC|SS|VR)$/],
]);

/** Other spellings of a system's URI that feeds use. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['urn:oid:2.16.840.1.113883.6.96', CodeSystem.snomed],
  ['urn:oid:2.16.840.1.113883.6.1', CodeSystem.loinc],
  ['urn:oid:2.16.840.1.113883.6.88', CodeSystem.rxnorm],
  ['urn:oid:2.16.840.1.113883.6.3', CodeSystem.icd10],
  ['urn:oid:2.16.840.1.113883.6.90', CodeSystem.icd10cm],
  ['http://fhir.de/CodeSystem/dimdi/icd-10-gm', CodeSystem.icd10gm],
  ['urn:oid:2.16.840.1.113883.6.73', CodeSystem.atc],
  ['http://fhir.de/CodeSystem/bfarm/atc', CodeSystem.atc],
  ['urn:oid:2.16.840.1.113883.12.292', CodeSystem.cvx],
  ['urn:oid:2.16.840.1.113883.6.69', CodeSystem.ndc],
  ['http://hl7.org/fhir/v3/ActCode', CodeSystem.actCode],
]);

/** The coding under its system's own URI when it may enter an event, else undefined. */
export function allowedCoding(system: unknown, code: unknown): Coding | undefined {
  if (typeof system !== 'string' || typeof code !== 'string') return undefined;
  const known = ALIASES.get(system) ?? system;
  return SPELLING.get(known)?.test(code) ? { system: known, code } : undefined;
}
