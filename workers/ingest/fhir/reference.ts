import { asObject, asObjects, asText, isObject, type JsonObject, textIn } from './json.ts';

/** What is known of a bundle's entries, so that references inside it can be followed. */
export interface BundleIndex {
  /** fullUrl of a Patient entry → logical id. */
  readonly patientByUrl: ReadonlyMap<string, string>;
  /** `system|value` of a Patient entry → logical id. */
  readonly patientByIdentifier: ReadonlyMap<string, string>;
  /** fullUrl or `Medication/id` → its CodeableConcept. */
  readonly medications: ReadonlyMap<string, JsonObject>;
}

/** An index that knows nothing: each NDJSON line stands alone. */
export const EMPTY_INDEX: BundleIndex = {
  patientByUrl: new Map(),
  patientByIdentifier: new Map(),
  medications: new Map(),
};

/** Whom a record is about: a patient's key, something that is no patient, or nobody named. */
export type SubjectRef =
  | { readonly kind: 'patient'; readonly key: string }
  | { readonly kind: 'other' }
  | { readonly kind: 'none' };

const RELATIVE =
  /^(?:https?:\/\/\S+\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const CONDITIONAL = /^Patient\?identifier=([^&]+)$/;

/** Type and id of a relative, absolute or versioned reference. */
export function readReference(text: string): { readonly type: string; readonly id: string } | undefined {
  const match = RELATIVE.exec(text);
  const [, type, id] = match ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
}

/** Whom a record is about: its subject, patient or beneficiary. */
export function subjectOf(resource: JsonObject, index: BundleIndex): SubjectRef {
  const reference = asObject(resource['subject'] ?? resource['patient'] ?? resource['beneficiary']);
  if (reference === undefined) return { kind: 'none' };
  const text = asText(reference['reference']);
  if (text !== undefined) return followReference(text, resource, index);
  const logical = identifierKey(reference['identifier']);
  if (logical === undefined) return { kind: 'none' };
  const type = asText(reference['type']) ?? 'Patient';
  return type === 'Patient' ? byIdentifier(logical, index) : { kind: 'other' };
}

function followReference(text: string, resource: JsonObject, index: BundleIndex): SubjectRef {
  const url = text.replace(/\/_history\/[^/]+$/, '');
  const known = index.patientByUrl.get(url);
  if (known !== undefined) return { kind: 'patient', key: known };
  if (text.startsWith('#')) return containedPatient(text.slice(1), resource, index);
  const unresolved = /^urn:(?:uuid|oid):([A-Za-z0-9\-.]{1,64})$/.exec(text)?.[1];
  if (unresolved !== undefined) return { kind: 'patient', key: unresolved };
  const conditional = CONDITIONAL.exec(text)?.[1];
  if (conditional !== undefined) return byIdentifier(decodeQuery(conditional), index);
  const target = readReference(text);
  if (target === undefined) return { kind: 'none' };
  return target.type === 'Patient' ? { kind: 'patient', key: target.id } : { kind: 'other' };
}

/** A contained Patient has no identity of its own; only its identifier says who it is. */
function containedPatient(id: string, resource: JsonObject, index: BundleIndex): SubjectRef {
  const contained = asObjects(resource['contained']).find((candidate) => candidate['id'] === id);
  if (contained === undefined) return { kind: 'none' };
  if (contained['resourceType'] !== 'Patient') return { kind: 'other' };
  const key = asObjects(contained['identifier']).map(identifierKey).find(Boolean);
  return key === undefined ? { kind: 'none' } : byIdentifier(key, index);
}

function byIdentifier(key: string, index: BundleIndex): SubjectRef {
  return { kind: 'patient', key: index.patientByIdentifier.get(key) ?? key };
}

/** `system|value` of an Identifier that has both. */
export function identifierKey(identifier: unknown): string | undefined {
  const system = textIn(identifier, 'system');
  const value = textIn(identifier, 'value');
  return system === undefined || value === undefined ? undefined : `${system}|${value}`;
}

function decodeQuery(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The CodeableConcept of a medication: inline, contained or elsewhere in the bundle. */
export function medicationOf(resource: JsonObject, index: BundleIndex): JsonObject | undefined {
  const inline = asObject(resource['medicationCodeableConcept']);
  if (inline !== undefined) return inline;
  const text = textIn(resource['medicationReference'], 'reference');
  if (text === undefined) return undefined;
  if (text.startsWith('#')) {
    const contained = asObjects(resource['contained']).find((one) => one['id'] === text.slice(1));
    return isObject(contained?.['code']) ? contained['code'] : undefined;
  }
  const target = readReference(text);
  const known = index.medications.get(text);
  return known ?? (target === undefined ? undefined : index.medications.get(`${target.type}/${target.id}`));
}
