// A bundle is read in two steps: first everything that references inside it need (patients, medications), then its
// entries. A bundle that fits into memory is read from the store once, a larger one twice.
import { isUtf8 } from 'node:buffer';
import { asObjects, asText, isObject, type JsonObject, textIn } from '../../fhir/json.ts';
import { idOf } from '../../fhir/normalise.ts';
import type { RawEntry } from '../../fhir/record.ts';
import { type BundleIndex, identifierKey } from '../../fhir/reference.ts';
import { isOtherVersion } from '../../fhir/version.ts';
import { RejectReason } from '../../reasons.ts';
import { memberBytes } from './json-stream.ts';
import { MAX_REJECTED_BYTES, type Piece, parsedObject } from './pieces.ts';

/** Entries up to this many bytes are kept between the two steps. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** One item of a file: an entry with what is known around it, or something that cannot be read. */
export type Item =
  | { readonly kind: 'entry'; readonly entry: RawEntry; readonly index: BundleIndex }
  | { readonly kind: 'broken'; readonly reason: RejectReason; readonly raw: Buffer };

/** The items of a bundle whose pieces `open` yields, anew for every call. */
export async function* bundleItems(open: () => AsyncIterable<Piece>): AsyncGenerator<Item> {
  const survey = newSurvey();
  let kept: Piece[] | undefined = [];
  let bytes = 0;
  for await (const piece of open()) {
    if (piece.kind === 'header') {
      survey.otherVersion ||= isOtherVersion(piece.header);
      continue;
    }
    look(survey, piece);
    bytes += piece.bytes.length;
    if (bytes > KEPT_BYTES) kept = undefined;
    kept?.push(piece);
  }
  const reason = survey.otherVersion ? RejectReason.fhirVersion : undefined;
  for await (const piece of kept ?? open()) {
    if (piece.kind !== 'header') yield itemOf(piece, survey, reason);
  }
}

interface Survey extends BundleIndex {
  readonly patientByUrl: Map<string, string>;
  readonly patientByIdentifier: Map<string, string>;
  readonly medications: Map<string, JsonObject>;
  otherVersion: boolean;
}

function newSurvey(): Survey {
  return {
    patientByUrl: new Map(),
    patientByIdentifier: new Map(),
    medications: new Map(),
    otherVersion: false,
  };
}

function look(survey: Survey, piece: Piece): void {
  const entry = piece.kind === 'entry' ? toEntry(piece.bytes) : undefined;
  const resource = entry?.resource;
  if (entry === undefined || resource === undefined) return;
  survey.otherVersion ||= isOtherVersion(resource);
  const type = asText(resource['resourceType']);
  if (type === 'Patient') lookAtPatient(survey, entry, resource);
  const code = resource['code'];
  if (type !== 'Medication' || !isObject(code)) return;
  survey.medications.set(`Medication/${idOf(entry)}`, code);
  if (entry.fullUrl !== undefined) survey.medications.set(entry.fullUrl, code);
}

function lookAtPatient(survey: Survey, entry: RawEntry, resource: JsonObject): void {
  const id = idOf(entry);
  if (entry.fullUrl !== undefined) survey.patientByUrl.set(entry.fullUrl, id);
  for (const identifier of asObjects(resource['identifier'])) {
    const key = identifierKey(identifier);
    if (key !== undefined) survey.patientByIdentifier.set(key, id);
  }
}

function itemOf(piece: Exclude<Piece, { kind: 'header' }>, index: BundleIndex, other?: RejectReason): Item {
  if (piece.kind === 'broken') return { kind: 'broken', reason: piece.reason, raw: piece.bytes };
  const entry = piece.kind === 'entry' ? toEntry(piece.bytes) : toResource(piece.bytes);
  const reason = entry === undefined ? RejectReason.malformedJson : other;
  if (entry === undefined || reason !== undefined) {
    return { kind: 'broken', reason: reason ?? RejectReason.notFhir, raw: cut(piece.bytes) };
  }
  return { kind: 'entry', entry, index };
}

/** The entry of a Bundle, or undefined when it is no JSON object. */
export function toEntry(bytes: Buffer): RawEntry | undefined {
  const entry = isUtf8(bytes) ? parsedObject(bytes) : undefined;
  if (entry === undefined) return undefined;
  const resource = isObject(entry['resource']) ? entry['resource'] : undefined;
  const request = entry['request'];
  const optional = {
    fullUrl: asText(entry['fullUrl']),
    method: textIn(request, 'method'),
    url: textIn(request, 'url'),
    lastModified: textIn(entry['response'], 'lastModified'),
  };
  const known = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return { raw: (resource && memberBytes(bytes, 'resource')) ?? bytes, resource, ...known };
}

/** A resource that stands alone, or undefined when it is no JSON object. */
export function toResource(bytes: Buffer): RawEntry | undefined {
  const resource = isUtf8(bytes) ? parsedObject(bytes) : undefined;
  return resource === undefined ? undefined : { raw: bytes, resource };
}

function cut(bytes: Buffer): Buffer {
  return bytes.subarray(0, MAX_REJECTED_BYTES);
}
