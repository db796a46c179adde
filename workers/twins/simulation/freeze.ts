// FreezeSimulation: pins subjects, revisions, model and day in one transaction; a repeat returns the same freeze.
import { createHash } from 'node:crypto';
import type { FreezeSimulationRequest__Output } from '#proto/gen/twinward/v1/FreezeSimulationRequest.ts';
import type { FreezeSimulationResponse } from '#proto/gen/twinward/v1/FreezeSimulationResponse.ts';
import type { SimulationSpec__Output } from '#proto/gen/twinward/v1/SimulationSpec.ts';
import { type Catalogue, catalogueOf } from '../estimate/catalogue.ts';
import type { Trajectories } from '../ports.ts';
import { Refusal } from '../server/failure.ts';
import type { Database, Session } from '../store/database.ts';
import { type ModelRow, readModels } from '../store/models.ts';
import { storeEpoch } from '../store/schema.ts';
import { findRun, pinCatalogue, type SimulationRow, simulationStatements } from '../store/simulations.ts';
import { sourceStatements } from '../store/sources.ts';
import { subjectsByHandle } from '../store/subjects.ts';
import type { Tenant } from '../store/tenants.ts';
import { utcDay } from '../update/history.ts';
import type { Keys, TenantKeys } from '../vault/keys.ts';
import { selectCohort } from './cohort.ts';
import { layoutUnits } from './layout.ts';
import { fewestSubjects } from './reduce.ts';
import { fitToModel, type PinnedSpec, pinSpec, type Refused, refuse } from './spec.ts';

/** What simulations work with. */
export interface SimulationParts {
  readonly service: Database;
  readonly keys: Keys;
  readonly trajectories: Trajectories;
  readonly unitLeaseSeconds: number;
  readonly now: () => Date;
}

interface Member {
  readonly subject_id: number;
  readonly revision: number;
  readonly rng_id: string;
}

const mostSubjects = 1_000_000;

/** Freezes a Simulation, or says why it cannot be. */
export async function freezeSimulation(
  parts: SimulationParts,
  tenant: Tenant,
  request: FreezeSimulationRequest__Output,
): Promise<FreezeSimulationResponse> {
  const { spec } = request;
  requireComplete(request);
  if (spec === null) throw new Refusal('BAD_SPEC', 'spec is required');
  const specHash = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 32);
  const known = await parts.service.inTenant(tenant.tenant_id, (session) => findNamed(session, request.name));
  if (known?.object_uid === request.uid && known.spec_hash === specHash)
    return frozen(known, known.state === 'SUCCEEDED');
  const pinned = pinSpec(spec);
  if ('reason' in pinned) return { refused: pinned, answer: 'refused' };
  const model = await modelOf(parts, tenant, spec);
  if ('reason' in model) return { refused: model, answer: 'refused' };
  const checked = await fitSpec(parts, pinned, model);
  if ('reason' in checked) return { refused: checked, answer: 'refused' };
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  const asOf = request.asOf === '' ? utcDay(parts.now()) : request.asOf;
  const answer = await parts.service.inTenant(
    tenant.tenant_id,
    (session) =>
      pin(session, {
        tenant,
        keys,
        spec,
        fitted: checked.spec,
        catalogue: checked.catalogue,
        model,
        asOf,
        request,
        specHash,
      }),
    'REPEATABLE READ',
  );
  return 'reason' in answer ? { refused: answer, answer: 'refused' } : frozen(answer.row, answer.reused);
}

function requireComplete(request: FreezeSimulationRequest__Output): void {
  if (request.name === '' || request.uid === '') throw new Refusal('BAD_SPEC', 'name and uid are required');
  const isDay = /^\d{4}-\d\d-\d\d$/.test(request.asOf);
  if (request.asOf !== '' && !isDay) throw new Refusal('BAD_SPEC', 'as_of must be a day, YYYY-MM-DD');
}

type Named = SimulationRow<PinnedSpec> & { readonly object_uid: string; readonly spec_hash: string };

async function findNamed(session: Session, name: string): Promise<Named | undefined> {
  return (await session.query<Named>(simulationStatements.byName, [name]))[0];
}

function frozen(row: SimulationRow, reused: boolean): FreezeSimulationResponse {
  return {
    answer: 'frozen',
    frozen: {
      runKey: row.run_key,
      snapshot: row.snapshot,
      subjects: String(row.subjects),
      unitsTotal: String(row.units),
      reused,
      modelSha256: row.model_digest,
    },
  };
}

async function modelOf(
  parts: SimulationParts,
  tenant: Tenant,
  spec: SimulationSpec__Output,
): Promise<ModelRow | Refused> {
  const models = await parts.service.inTenant(tenant.tenant_id, (session) =>
    readModels(session, [spec.model]),
  );
  const model = models.get(spec.model);
  const sha256 = spec.modelSha256 === '' ? (model?.sha256 ?? '') : spec.modelSha256;
  if (sha256 === '')
    return refuse('MODEL_NOT_FOUND', 'spec.modelRef names no registered TwinModel: create it', true);
  const served = model?.sha256 === sha256 && model.ready ? model.target : '';
  return { name: spec.model, object_uid: '', sha256, target: served, ready: served !== '' };
}

interface Fitted {
  readonly spec: PinnedSpec;
  /** Absent when the model could not be asked: it is asked again later. */
  readonly catalogue?: Catalogue;
}

/** Checks against what the model says of itself, where it can be asked. */
async function fitSpec(
  parts: SimulationParts,
  pinned: PinnedSpec,
  model: ModelRow,
): Promise<Fitted | Refused> {
  const described = model.ready
    ? await parts.trajectories.describe(model.target).catch(() => undefined)
    : undefined;
  if (described?.bundleDigest === model.sha256) {
    const spec = fitToModel(pinned, described);
    return 'reason' in spec ? spec : { spec, catalogue: catalogueOf(described) };
  }
  return pinned.outcomes.length > 0
    ? { spec: pinned }
    : refuse(
        'MODEL_NOT_READY',
        'spec.outcomes is empty and the model cannot be asked for its own: name outcomes, or wait',
        true,
      );
}

interface PinInput {
  readonly tenant: Tenant;
  readonly keys: TenantKeys;
  readonly spec: SimulationSpec__Output;
  readonly fitted: PinnedSpec;
  readonly catalogue: Catalogue | undefined;
  readonly model: ModelRow;
  readonly asOf: string;
  readonly request: FreezeSimulationRequest__Output;
  readonly specHash: string;
}

interface Pinned {
  readonly row: SimulationRow;
  readonly reused: boolean;
}

async function pin(session: Session, input: PinInput): Promise<Pinned | Refused> {
  const members = await membersOf(session, input);
  if ('reason' in members) return members;
  const { epoch } = await storeEpoch(session);
  const snapshot = snapshotOf(members);
  const { asOf, fitted, model, request, specHash } = input;
  const inputs = JSON.stringify([epoch, model.sha256, snapshot, asOf, fitted]);
  const runKey = `rk-${createHash('sha256').update(inputs).digest('hex').slice(0, 40)}`;
  let row = await findRun(session, runKey);
  if (row?.state === 'FAILED') {
    await session.query(simulationStatements.restart, [row.sim_id]);
    row = undefined;
  }
  const reused = row?.state === 'SUCCEEDED';
  row ??= await addRun(session, input, members, { runKey, snapshot });
  if (input.catalogue !== undefined) await pinCatalogue(session, row.sim_id, input.catalogue);
  await session.query(simulationStatements.name, [request.name, request.uid, specHash, row.sim_id]);
  return { row, reused };
}

async function membersOf(session: Session, input: PinInput): Promise<readonly Member[] | Refused> {
  const { asOf, keys, spec, tenant } = input;
  const [syncing] = await session.query<{ n: number }>(sourceStatements.firstSyncs);
  if ((syncing?.n ?? 0) > 0) {
    return refuse(
      'SOURCES_SYNCING',
      'a source is being read for the first time: the run is frozen when that is done',
      true,
    );
  }
  if (spec.subjects === 'twin') return await oneMember(session, spec.twin ?? '');
  if (!spec.cohort) return refuse('INVALID_SCENARIO', 'spec.subjects needs twinRef or cohort');
  const members = await selectCohort(session, tenant, keys, spec.cohort, asOf);
  const most = spec.cohort.maxSubjects > 0 ? Math.min(spec.cohort.maxSubjects, mostSubjects) : mostSubjects;
  if (members.length > most) {
    return refuse(
      'TOO_MANY_SUBJECTS',
      `more than ${most} subjects meet the criteria: narrow them, or raise cohort.maxSubjects`,
    );
  }
  return members.length >= fewestSubjects
    ? members
    : refuse(
        'TOO_FEW_SUBJECTS',
        `fewer than ${fewestSubjects} subjects meet the criteria: widen them, or wait for records`,
        true,
      );
}

async function oneMember(session: Session, handle: string): Promise<readonly Member[] | Refused> {
  const [subject] = await subjectsByHandle(session, [handle]);
  const known = subject !== undefined && subject.state === 'active' && subject.revision > 0;
  return known
    ? [subject]
    : refuse(
        'SUBJECT_NOT_FOUND',
        'no records are bound to spec.subjects.twinRef yet: it waits for them',
        true,
      );
}

/** Hash over the random streams and revisions of the members: what the run depends on. */
function snapshotOf(members: readonly Member[]): string {
  const hash = createHash('sha256');
  for (const member of members) hash.update(`${member.rng_id}|${member.revision};`);
  return `ss-${hash.digest('hex').slice(0, 32)}`;
}

async function addRun(
  session: Session,
  input: PinInput,
  members: readonly Member[],
  names: { readonly runKey: string; readonly snapshot: string },
): Promise<SimulationRow> {
  const { asOf, fitted, model, spec } = input;
  const units = layoutUnits(members.length, fitted.trajectories);
  const single = spec.subjects === 'twin';
  const values = [names.runKey, JSON.stringify(fitted), names.snapshot, asOf, model.name, model.sha256];
  const added = await session.query<{ sim_id: number }>(simulationStatements.add, [
    ...values,
    members.length,
    units.length,
    single,
  ]);
  const simId = added[0]?.sim_id;
  if (simId !== undefined) {
    const ids = members.map((member) => member.subject_id);
    await session.query(simulationStatements.addChunks, [
      simId,
      ids,
      members.map((member) => member.revision),
    ]);
    await session.query(simulationStatements.addUnits, [
      simId,
      units.map((unit) => unit.ordinalFrom),
      units.map((unit) => unit.ordinalTo),
      units.map((unit) => unit.sampleFrom),
      units.map((unit) => unit.sampleTo),
    ]);
  }
  const row = await findRun(session, names.runKey);
  if (row === undefined)
    throw new Refusal('RUN_UNKNOWN', 'the run was frozen by somebody else at the same time; try again');
  return row;
}
