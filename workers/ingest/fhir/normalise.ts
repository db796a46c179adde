// From a FHIR R4 resource to a record of the store. Pure; an allow list: what is not read here stays sealed in the
// raw record and gives no event.
import { createHash } from 'node:crypto';
import { isHandle } from '#crds/patient-twin/handle.ts';
import { type Person, readPerson } from '../deidentify/person.ts';
import { RejectReason } from '../reasons.ts';
import { contentHash } from './content-hash.ts';
import { toEvents } from './events.ts';
import { asText, isObject, type JsonObject, textIn } from './json.ts';
import { nestsDeeper, parseLossless } from './literal.ts';
import { NOTHING, type Reading, type ReadingContext, type ResourceReader } from './reading.ts';
import type { LeftOut, NormalisedRecord, Outcome, RawEntry, RecordName } from './record.ts';
import { type BundleIndex, readReference, subjectOf } from './reference.ts';
import { readAllergyIntolerance } from './resources/allergy-intolerance.ts';
import { readCondition } from './resources/condition.ts';
import { readDiagnosticReport } from './resources/diagnostic-report.ts';
import { readEncounter } from './resources/encounter.ts';
import { readImmunization } from './resources/immunization.ts';
import { readMedicationAdministration } from './resources/medication-administration.ts';
import { readMedicationRequest } from './resources/medication-request.ts';
import { readMedicationStatement } from './resources/medication-statement.ts';
import { readObservation } from './resources/observation.ts';
import { readProcedure } from './resources/procedure.ts';
import { readTime, type TimeContext } from './time.ts';
import type { Units } from './unit.ts';
import { isOtherVersion } from './version.ts';

/** What normalising needs beside the entry. */
export interface NormaliseContext {
  readonly time: TimeContext;
  readonly units: Units;
  readonly index: BundleIndex;
  /** Order of records without meta.lastUpdated: the file's modification time, milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** `system|value` of an identifier → handle, from enrolment.csv. */
  readonly enrolled: ReadonlyMap<string, string>;
}

const READERS: ReadonlyMap<string, ResourceReader> = new Map<string, ResourceReader>([
  ['Condition', readCondition],
  ['Observation', readObservation],
  ['MedicationRequest', readMedicationRequest],
  ['MedicationStatement', readMedicationStatement],
  ['MedicationAdministration', readMedicationAdministration],
  ['Procedure', readProcedure],
  ['Encounter', readEncounter],
  ['Immunization', readImmunization],
  ['AllergyIntolerance', readAllergyIntolerance],
  ['DiagnosticReport', readDiagnosticReport],
]);

const TYPE = /^[A-Z][A-Za-z]{1,63}$/;
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
/** Resources of FHIR stay far below it. */
const DEEPEST = 256;
const NOTHING_LEFT_OUT: LeftOut = { uncoded: 0, undated: 0, gap: 0, fold: 0 };

/** What one entry becomes. */
export function normalise(entry: RawEntry, context: NormaliseContext): Outcome {
  const outcome = outcomeOf(entry, context);
  if (outcome.kind === 'record') return outcome;
  const about = nameOf(entry, context);
  return about === undefined ? outcome : { ...outcome, about };
}

/** Which record a rejected entry would have been: a later version that can be read mends it. */
function nameOf(entry: RawEntry, context: NormaliseContext): RecordName | undefined {
  const type = asText(entry.resource?.['resourceType']);
  if (type === undefined || !TYPE.test(type)) return undefined;
  const order = sourceOrder(entry, context) ?? Math.trunc(context.modifiedAt);
  return { type, id: idOf(entry), sourceOrder: order };
}

function outcomeOf(entry: RawEntry, context: NormaliseContext): Outcome {
  const { resource } = entry;
  if (resource === undefined) return normaliseDeletion(entry, context);
  const type = asText(resource['resourceType']);
  if (type === undefined || !TYPE.test(type)) return reject(RejectReason.notFhir);
  if (nestsDeeper(entry.raw, DEEPEST)) return reject(RejectReason.notFhir);
  if (isOtherVersion(resource)) return reject(RejectReason.fhirVersion);
  const patientId = patientOf(type, entry, resource, context.index);
  if (patientId === undefined) return reject(RejectReason.noPatient);
  return normaliseKnown({ type, patientId, entry, resource }, context);
}

interface Identified {
  readonly type: string;
  readonly patientId: string;
  readonly entry: RawEntry;
  readonly resource: JsonObject;
}

function normaliseKnown(given: Identified, context: NormaliseContext): Outcome {
  const { type, patientId, entry, resource } = given;
  const reading = read(given, context);
  if (reading.unitMismatch) return reject(RejectReason.unitMismatch);
  const events = toEvents(reading.drafts, context.time);
  const order = sourceOrder(entry, context);
  if (!events.ok || order === undefined) return reject(RejectReason.impossibleDate);
  const person = type === 'Patient' ? readEnrolledPerson(resource, context) : undefined;
  if (typeof person === 'string') return reject(person);
  const { deleted } = reading;
  const handle = person?.handle ?? '';
  const record: NormalisedRecord = {
    type,
    id: idOf(entry),
    patientId,
    version: textIn(resource['meta'], 'versionId') ?? '',
    sourceOrder: order,
    contentHash: contentHash(entry.raw, { zone: context.time.zone.name, patientId, deleted, handle }),
    raw: entry.raw,
    deleted,
    events: events.events,
    ...(person === undefined ? {} : { person }),
  };
  return { kind: 'record', record, leftOut: events.leftOut };
}

/** The person of a Patient with the handle of its feed or of an enrolment, or why it is refused. */
function readEnrolledPerson(resource: JsonObject, context: NormaliseContext): Person | RejectReason {
  const person = readPerson(resource);
  const dates = [person.birthDate, person.deceased].filter((text) => text !== '');
  if (!dates.every((text) => readTime(text, context.time).ok)) return RejectReason.impossibleDate;
  const own = person.handle === '' ? [] : [person.handle];
  const enrolled = person.identifiers.flatMap(
    ({ system, value }) => context.enrolled.get(`${system}|${value}`) ?? [],
  );
  const handles = new Set([...own, ...enrolled]);
  if (handles.size > 1) return RejectReason.handleConflict;
  const [handle = ''] = handles;
  return handle === '' || isHandle(handle) ? { ...person, handle } : RejectReason.invalidHandle;
}

/** What the resource says, if its type is read and it is about a patient. */
function read(given: Identified, context: NormaliseContext): Reading {
  const reader = READERS.get(given.type);
  if (reader === undefined || given.patientId === '') return NOTHING;
  const reading: ReadingContext = { units: context.units, index: context.index };
  // Only measurements carry numbers into events, so only they pay for the lossless parser.
  const lossless = given.type === 'Observation' ? parseLossless(given.entry.raw.toString()) : given.resource;
  return reader(isObject(lossless) ? lossless : given.resource, reading);
}

/** Key of the patient; empty when the record is about none; undefined when it must be about one and does not say whom. */
function patientOf(
  type: string,
  entry: RawEntry,
  resource: JsonObject,
  index: BundleIndex,
): string | undefined {
  if (type === 'Patient') return idOf(entry);
  const subject = subjectOf(resource, index);
  if (subject.kind === 'patient') return subject.key;
  return subject.kind === 'none' && READERS.has(type) ? undefined : '';
}

/** An entry without a resource: a deletion of a history or a transaction, or nothing that can be kept. */
function normaliseDeletion(entry: RawEntry, context: NormaliseContext): Outcome {
  const target = readReference(entry.url ?? '') ?? readReference(entry.fullUrl ?? '');
  if (entry.method !== 'DELETE' || target === undefined) return reject(RejectReason.notFhir);
  const order = sourceOrder(entry, context);
  if (order === undefined) return reject(RejectReason.impossibleDate);
  const patientId = target.type === 'Patient' ? target.id : '';
  const about = { zone: context.time.zone.name, patientId, deleted: true, handle: '' };
  const record = {
    ...target,
    patientId,
    version: '',
    sourceOrder: order,
    contentHash: contentHash(Buffer.from(`${target.type}/${target.id}`), about),
    raw: entry.raw,
    deleted: true,
    events: [],
  };
  return { kind: 'record', record, leftOut: NOTHING_LEFT_OUT };
}

/** Milliseconds of meta.lastUpdated (or the history's lastModified), else of the file; undefined when impossible. */
function sourceOrder(entry: RawEntry, context: NormaliseContext): number | undefined {
  const text = textIn(entry.resource?.['meta'], 'lastUpdated') ?? entry.lastModified;
  if (text === undefined) return Math.trunc(context.modifiedAt);
  const at = readTime(text, context.time);
  return at.ok ? Date.parse(at.time.instant) : undefined;
}

/** Logical id; for a resource that has none yet, the id in its fullUrl, else one made from its content. */
export function idOf(entry: RawEntry): string {
  const own = asText(entry.resource?.['id']);
  if (own !== undefined && ID.test(own)) return own;
  const fromUrl = /(?:^urn:(?:uuid|oid):|\/)([A-Za-z0-9\-.]{1,64})$/.exec(entry.fullUrl ?? '')?.[1];
  return fromUrl ?? `sha256-${createHash('sha256').update(entry.raw).digest('hex').slice(0, 40)}`;
}

function reject(reason: RejectReason): Outcome {
  return { kind: 'rejected', reason };
}
