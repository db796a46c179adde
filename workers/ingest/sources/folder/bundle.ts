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
const NO_BYTES = Buffer.alloc(0);

/** One item of a file: an entry with what is known around it, or something that cannot be read. */
export type Item =
  | { readonly kind: 'entry'; readonly entry: RawEntry; readonly index: BundleIndex }
  | { readonly kind: 'broken'; readonly reason: RejectReason; readonly raw: Buffer };

/** The items of a bundle whose pieces `open` yields, anew for every call. */
export async function* bundleItems(open: () => AsyncIterable<Piece>): AsyncGenerator<Item> {
  const survey = newSurvey();
  let kept: Parsed[] | undefined = [];
  let bytes = 0;
  for await (const piece of open()) {
    const parsed = parsePiece(piece);
    look(survey, parsed);
    bytes += parsed.bytes.length;
    if (bytes > KEPT_BYTES) kept = undefined;
    if (!parsed.isHeader) kept?.push(parsed);
  }
  for await (const parsed of kept ?? parseAll(open())) yield itemOf(parsed, survey);
}

/** A piece, parsed once. */
interface Parsed {
  readonly bytes: Buffer;
  readonly isHeader: boolean;
  /** The entry, or the header as if it were one; undefined when the piece cannot be read. */
  readonly entry: RawEntry | undefined;
  readonly reason: RejectReason;
}

function parsePiece(piece: Piece): Parsed {
  const reason = RejectReason.malformedJson;
  if (piece.kind === 'header') {
    const entry = { raw: NO_BYTES, resource: piece.header };
    return { bytes: NO_BYTES, isHeader: true, entry, reason };
  }
  const { bytes } = piece;
  if (piece.kind === 'broken') return { bytes, isHeader: false, entry: undefined, reason: piece.reason };
  return {
    bytes,
    isHeader: false,
    entry: piece.kind === 'entry' ? toEntry(bytes) : toResource(bytes),
    reason,
  };
}

async function* parseAll(pieces: AsyncIterable<Piece>): AsyncGenerator<Parsed> {
  for await (const piece of pieces) if (piece.kind !== 'header') yield parsePiece(piece);
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

function look(survey: Survey, { entry }: Parsed): void {
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

function itemOf({ entry, bytes, reason }: Parsed, survey: Survey): Item {
  if (entry === undefined) return { kind: 'broken', reason, raw: cut(bytes) };
  if (survey.otherVersion) return { kind: 'broken', reason: RejectReason.fhirVersion, raw: cut(bytes) };
  return { kind: 'entry', entry, index: survey };
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
