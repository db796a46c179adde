// One due twin: read at a revision, predict outside transactions, commit under the lease.

import { offsetDays } from '../intake/offset.ts';
import type { Trajectories } from '../ports.ts';
import { changeKind, noteChanges } from '../store/changes.ts';
import type { Database, Session } from '../store/database.ts';
import { type DueRow, dueStatements, finishDue, holdsLease, releaseDue } from '../store/due.ts';
import { type EventRow, readHistories } from '../store/events.ts';
import { type ModelRow, readModels } from '../store/models.ts';
import { addPrediction } from '../store/predictions.ts';
import { lockSubjects, readSubjects, type Subject } from '../store/subjects.ts';
import type { Tenant } from '../store/tenants.ts';
import { readTwinsById, setTwinState, type TwinRow, twinStatements } from '../store/twins.ts';
import type { Keys } from '../vault/keys.ts';
import { buildHistory, indexTime, subjectKey, utcDay } from './history.ts';
import type { Obstacle } from './plan.ts';
import { type Answer, predict, type Sampling } from './predict.ts';

/** What the update loop works with. */
export interface ForecastParts {
  readonly service: Database;
  readonly keys: Keys;
  readonly trajectories: Trajectories;
  readonly sampling: Sampling;
  readonly now: () => Date;
}

/** How one due twin ended. */
export type ForecastOutcome = 'predicted' | 'refused' | 'unavailable' | 'superseded';

interface Situation {
  readonly twin: TwinRow;
  readonly subject: Subject;
  readonly rows: readonly EventRow[];
  readonly models: ReadonlyMap<string, ModelRow>;
}

/** Forecasts one due twin. Rejects with StoreError; then the lease expires and another worker takes over. */
export async function forecast(
  parts: ForecastParts,
  tenant: Tenant,
  due: DueRow,
  signal: AbortSignal,
): Promise<ForecastOutcome> {
  const situation = await parts.service.inTenant(
    tenant.tenant_id,
    (session) => read(session, due),
    'REPEATABLE READ',
  );
  if (situation === undefined) {
    await parts.service.inTenant(tenant.tenant_id, (session) =>
      session.query(dueStatements.drop, [[due.twin_id]]),
    );
    return 'superseded';
  }
  const { twin, subject } = situation;
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  const asOf = utcDay(parts.now());
  const index = indexTime(asOf, offsetDays(tenant.purpose, keys.offset, subject.pseudonym));
  const history = buildHistory(situation.rows, index, twin.spec.sources);
  const question = { history, key: subjectKey(subject.rng_id), outcomes: twin.spec.outcomes };
  const answers = new Map<string, Answer>();
  for (const name of twin.spec.models) {
    answers.set(
      name,
      await predict(parts.trajectories, situation.models.get(name), question, parts.sampling, signal),
    );
  }
  if (signal.aborted) {
    // The process stops: an answer that was cut off says nothing about the model.
    await parts.service.inTenant(tenant.tenant_id, (session) => releaseDue(session, due, 0));
    return 'superseded';
  }
  return await parts.service.inTenant(tenant.tenant_id, (session) =>
    commit(session, due, situation, answers, { asOf, seed: parts.sampling.seed }),
  );
}

async function read(session: Session, due: DueRow): Promise<Situation | undefined> {
  const [twin] = await readTwinsById(session, [due.twin_id]);
  if (twin === undefined || twin.subject_id === null || twin.suspended) return undefined;
  const [subject] = await readSubjects(session, [twin.subject_id]);
  if (subject === undefined || subject.state !== 'active') return undefined;
  const rows = await readHistories(session, [{ subjectId: subject.subject_id, revision: subject.revision }]);
  return { twin, subject, rows, models: await readModels(session, twin.spec.models) };
}

/** Everything of one forecast in one transaction: a zombie's lease does not match, newer data keep the twin due. */
async function commit(
  session: Session,
  due: DueRow,
  situation: Situation,
  answers: ReadonlyMap<string, Answer>,
  pinned: Pinned,
): Promise<ForecastOutcome> {
  const { twin, subject } = situation;
  const [locked] = await lockSubjects(session, [subject.subject_id]);
  if (locked?.state !== 'active' || !(await holdsLease(session, due))) return 'superseded';
  const obstacle = [...answers.values()].flatMap((answer) =>
    'obstacle' in answer ? answer.obstacle : [],
  )[0];
  if (obstacle?.state === 'MODEL_UNAVAILABLE') {
    const handle = await setTwinState(
      session,
      twin.twin_id,
      obstacle.state,
      obstacle.reason,
      obstacle.message,
    );
    if (handle !== undefined) await noteChanges(session, changeKind.twin, [handle]);
    await releaseDue(session, due, Math.min(60, 2 ** Math.min(due.attempts, 6)));
    return 'unavailable';
  }
  const models = await storeAnswers(session, situation, answers, pinned);
  await finishTwin(session, situation, obstacle, models, pinned.asOf);
  await finishDue(session, due, subject.revision);
  return obstacle === undefined ? 'predicted' : 'refused';
}

interface Pinned {
  readonly asOf: string;
  readonly seed: number;
}

/** Stores what each model said; answers the models that said something. */
async function storeAnswers(
  session: Session,
  { subject, twin }: Situation,
  answers: ReadonlyMap<string, Answer>,
  pinned: Pinned,
): Promise<readonly { readonly name: string; readonly sha256: string }[]> {
  const models: { readonly name: string; readonly sha256: string }[] = [];
  for (const [model, answer] of answers) {
    if ('obstacle' in answer) continue;
    const { digest, engine, payload } = answer;
    models.push({ name: model, sha256: digest });
    await addPrediction(session, {
      subjectId: subject.subject_id,
      twinId: twin.twin_id,
      revision: subject.revision,
      model,
      specHash: twin.spec_hash,
      modelDigest: digest,
      engine,
      ...pinned,
      payload,
    });
  }
  return models;
}

async function finishTwin(
  session: Session,
  { subject, twin }: Situation,
  obstacle: Obstacle | undefined,
  models: readonly { readonly name: string; readonly sha256: string }[],
  asOf: string,
): Promise<void> {
  const rows = await session.query<{ handle: string; template: boolean }>(twinStatements.finish, [
    twin.twin_id,
    ...(obstacle === undefined ? ['CURRENT', '', ''] : [obstacle.state, obstacle.reason, obstacle.message]),
    subject.revision,
    twin.spec_hash,
    asOf,
    JSON.stringify(models),
    twin.refresh,
  ]);
  await noteChanges(
    session,
    changeKind.twin,
    rows.filter((row) => !row.template).map((row) => row.handle),
  );
}
