// FHIR has no version inside its resources. These are the shapes that only another version has, and the declarations
// that some servers add.
import { asObject, asObjects, asText, isObject, type JsonObject } from './json.ts';

const DECLARED =
  /(?:\/(?:DSTU2|STU3|R5|R6)\/|hl7\.org\/fhir\/(?:1\.0|3\.0|5\.0|6\.0)\/|\|(?:1\.0|3\.0|5\.0|6\.0)\.\d+$)/;
const FOREIGN_TYPES: ReadonlySet<string> = new Set([
  'MedicationOrder',
  'DiagnosticOrder',
  'ProcedureRequest',
  'DeviceUseRequest',
  'ReferralRequest',
  'EligibilityRequest',
]);

/** Members that R4 does not have, by resource type; true = any value, else what the value's JSON type gives away. */
const FOREIGN_MEMBERS: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  Bundle: { issues: isObject },
  Patient: { animal: isObject },
  Condition: { clinicalStatus: isText, verificationStatus: isText, assertedDate: any, dateRecorded: any },
  AllergyIntolerance: { clinicalStatus: isText, assertedDate: any, substance: isObject },
  Encounter: { class: isNoCoding, actualPeriod: any, plannedStartDate: any },
  Observation: { comment: any, comments: any, related: any, triggeredBy: any },
  MedicationRequest: { medication: isObject },
  MedicationStatement: { medication: isObject, taken: any },
  MedicationAdministration: { medication: isObject, notGiven: any, wasNotGiven: any, occurenceDateTime: any },
  Procedure: { notDone: any, notPerformed: any, occurrenceDateTime: any, occurrencePeriod: any },
  Immunization: { notGiven: any, wasNotGiven: any, date: any, vaccinationProtocol: any },
  DiagnosticReport: { codedDiagnosis: any },
};

/** Whether the resource (or the bundle itself) is of another FHIR version than R4. */
export function isOtherVersion(resource: JsonObject): boolean {
  const type = asText(resource['resourceType']) ?? '';
  return FOREIGN_TYPES.has(type) || declaresOther(resource) || hasForeignMember(type, resource);
}

function declaresOther(resource: JsonObject): boolean {
  const declared = asText(resource['fhirVersion']);
  if (declared !== undefined && !declared.startsWith('4.')) return true;
  const meta = asObject(resource['meta']);
  const profiles = Array.isArray(meta?.['profile']) ? meta['profile'] : [];
  const tags = asObjects(meta?.['tag']).filter((tag) => /fhir-version/i.test(asText(tag['system']) ?? ''));
  return (
    profiles.some((profile) => typeof profile === 'string' && DECLARED.test(profile)) ||
    tags.some((tag) => !/^(?:4\.|R4)/.test(asText(tag['code']) ?? '4.'))
  );
}

function hasForeignMember(type: string, resource: JsonObject): boolean {
  if (type === 'Bundle' && resource['type'] === 'subscription-notification') return true;
  return Object.entries(FOREIGN_MEMBERS[type] ?? {}).some(
    ([member, isForeign]) => resource[member] !== undefined && isForeign(resource[member]),
  );
}

function any(): boolean {
  return true;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

/** R4 has one Coding as class, R5 a list of concepts, DSTU2 a code. */
function isNoCoding(value: unknown): boolean {
  return !isObject(value);
}
