// GetTwin, ListEvents, ListPredictions.
import type { GetTwinResponse } from '#proto/gen/twinward/v1/GetTwinResponse.ts';
import type { ListEventsRequest__Output } from '#proto/gen/twinward/v1/ListEventsRequest.ts';
import type { ListEventsResponse } from '#proto/gen/twinward/v1/ListEventsResponse.ts';
import type { ListPredictionsRequest__Output } from '#proto/gen/twinward/v1/ListPredictionsRequest.ts';
import type { ListPredictionsResponse } from '#proto/gen/twinward/v1/ListPredictionsResponse.ts';
import type { Prediction } from '#proto/gen/twinward/v1/Prediction.ts';
import type { StoredEvent } from '#proto/gen/twinward/v1/StoredEvent.ts';
import { actionNames, personSystem } from '../intake/record.ts';
import { Refusal } from '../server/failure.ts';
import { twinState } from '../server/twin-state.ts';
import { writeAudit } from '../store/audit.ts';
import type { Session } from '../store/database.ts';
import { findErasure } from '../store/erasures.ts';
import { type EventRow, eventStatements } from '../store/events.ts';
import { markSeen, type PredictionRow, predictionStatements } from '../store/predictions.ts';
import { conflictingHandles } from '../store/quarantine.ts';
import { type Subject, sourcesOf } from '../store/subjects.ts';
import { readTwins, type TwinRow } from '../store/twins.ts';
import { contributionMessages, fitMessage } from '../update/explanation.ts';
import { requireSubject } from './subject.ts';

const defaultPage = 100;
const mostPerPage = 1_000;

const nothingYet = {
  ...{ revision: '0', events: '0', records: '0', pseudonym: '' },
  ...{ predictions: [], sources: [], fits: [] },
};

/** A twin with its current forecast. A declared twin without records is answered as it is. */
export async function getTwin(session: Session, handle: string, actor: string): Promise<GetTwinResponse> {
  const [twin] = await readTwins(session, [handle]);
  const conflict = (await conflictingHandles(session, [handle])).has(handle);
  const state = twin === undefined ? null : twinState(twin, conflict);
  const erased = (await findErasure(session, handle)) !== undefined;
  if (twin !== undefined && twin.subject_id === null && !erased) {
    return { ...nothingYet, handle, state };
  }
  const subject = await requireSubject(session, handle);
  const [events] = await session.query<{ n: number }>(eventStatements.count, [
    subject.subject_id,
    personSystem,
  ]);
  const sources = await sourcesOf(session, subject.subject_id);
  const latest =
    twin === undefined
      ? []
      : await session.query<PredictionRow>(predictionStatements.latest, [twin.twin_id, subject.subject_id]);
  if (twin !== undefined) await markSeen(session, twin.twin_id, subject.subject_id, latest);
  await writeAudit(session, {
    kind: 'get',
    actor,
    outcome: 'Allowed',
    handle,
    subjects: [subject.subject_id],
  });
  return {
    handle,
    revision: String(subject.revision),
    events: String(events?.n ?? 0),
    records: String(sources.records),
    pseudonym: subject.pseudonym,
    state,
    predictions: latest.flatMap((row) => predictionsOf(row, subject, twin)),
    sources: [...sources.names],
    fits: latest.flatMap(({ model, payload }) =>
      payload.fit === undefined ? [] : [fitMessage(model, payload.fit)],
    ),
  };
}

function predictionsOf(
  row: PredictionRow,
  subject: Subject,
  twin: TwinRow | undefined,
): readonly Prediction[] {
  const served =
    twin?.done_models.some((model) => model.name === row.model && model.sha256 === row.model_digest) === true;
  return row.payload.predictions.map((prediction) => ({
    ...prediction,
    model: row.model,
    modelSha256: row.model_digest,
    engine: row.engine_class,
    seed: row.seed,
    revision: String(row.revision),
    asOf: row.as_of,
    createdAt: row.created_at.toISOString(),
    current: served && row.revision === subject.revision,
    warnings: [...row.payload.warnings, ...(prediction.warnings ?? [])],
    contributions: contributionMessages(prediction.contributions ?? []),
  }));
}

/** Events of a revision, oldest first. */
export async function listEvents(
  session: Session,
  request: ListEventsRequest__Output,
  actor: string,
): Promise<ListEventsResponse> {
  const subject = await requireSubject(session, request.handle);
  const revision = Number(request.revision) === 0 ? subject.revision : Number(request.revision);
  if (revision > subject.revision)
    throw new Refusal('BAD_REQUEST', 'revision is newer than the record: leave it out for the current one');
  const size = pageSize(request.pageSize);
  const offset = position(request.pageToken, 0);
  const values = [subject.subject_id, revision, size + 1, offset, personSystem];
  const rows = await session.query<EventRow>(eventStatements.page, values);
  await writeAudit(session, {
    kind: 'get',
    actor,
    outcome: 'Allowed',
    handle: request.handle,
    subjects: [subject.subject_id],
    n: rows.length,
  });
  return {
    events: rows.slice(0, size).map(storedEvent),
    nextPageToken: rows.length > size ? String(offset + size) : '',
    revision: String(revision),
  };
}

function storedEvent(row: EventRow): StoredEvent {
  const event: StoredEvent['event'] = {
    ordinal: row.ordinal,
    system: row.system,
    code: row.code,
    time: new Date(row.time_ms).toISOString(),
    precision: row.time_precision,
    action: actionNames[row.action] ?? 'ACTION_UNSPECIFIED',
    numberText: row.numeric_text ?? '',
    ucum: row.ucum ?? '',
    ...(row.offset_min === null ? {} : { offsetMinutes: row.offset_min }),
    ...(row.numeric_value === null ? {} : { number: row.numeric_value }),
    ...(row.value_text === null ? {} : { concept: row.value_text }),
  };
  return { event, source: row.source, fromRevision: String(row.rev_from) };
}

/** Predictions, newest run first; a page ends between runs. */
export async function listPredictions(
  session: Session,
  request: ListPredictionsRequest__Output,
  actor: string,
): Promise<ListPredictionsResponse> {
  const subject = await requireSubject(session, request.handle);
  const [twin] = await readTwins(session, [request.handle]);
  if (twin === undefined) return { predictions: [], nextPageToken: '' };
  const runs = Math.max(1, Math.ceil(pageSize(request.pageSize) / 10));
  const before = position(request.pageToken, Number.MAX_SAFE_INTEGER);
  const rows = await session.query<PredictionRow>(predictionStatements.page, [
    twin.twin_id,
    subject.subject_id,
    before,
    runs,
  ]);
  await writeAudit(session, {
    kind: 'get',
    actor,
    outcome: 'Allowed',
    handle: request.handle,
    subjects: [subject.subject_id],
    n: rows.length,
  });
  await markSeen(session, twin.twin_id, subject.subject_id, rows);
  const last = rows.at(-1);
  return {
    predictions: rows.flatMap((row) => predictionsOf(row, subject, twin)),
    nextPageToken: last !== undefined && rows.length === runs ? String(last.prediction_id) : '',
  };
}

function pageSize(asked: number): number {
  return asked <= 0 ? defaultPage : Math.min(asked, mostPerPage);
}

function position(token: string, start: number): number {
  if (token === '') return start;
  const at = Number(token);
  if (Number.isSafeInteger(at) && at >= 0) return at;
  throw new Refusal('BAD_REQUEST', 'page_token is none that this service gave: begin again without one');
}
