// ClaimUnit and ExtendUnit: units under a fenced lease, with the requests that the worker passes on as they are.
import type { ClaimUnitRequest__Output } from '#proto/gen/twinward/v1/ClaimUnitRequest.ts';
import type { ClaimUnitResponse } from '#proto/gen/twinward/v1/ClaimUnitResponse.ts';
import type { ExtendUnitRequest__Output } from '#proto/gen/twinward/v1/ExtendUnitRequest.ts';
import type { ExtendUnitResponse } from '#proto/gen/twinward/v1/ExtendUnitResponse.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { UnitSubject } from '#proto/gen/twinward/v1/UnitSubject.ts';
import { offsetDays } from '../intake/offset.ts';
import { Refusal } from '../server/failure.ts';
import type { Session } from '../store/database.ts';
import { type EventRow, readHistories } from '../store/events.ts';
import {
  findRun,
  readMembers,
  type SimulationRow,
  simulationStatements,
  type UnitRow,
} from '../store/simulations.ts';
import { readSubjects, type Subject } from '../store/subjects.ts';
import type { Tenant } from '../store/tenants.ts';
import { buildHistory, indexTime, subjectKey } from '../update/history.ts';
import { historyObstacle, subjectRequest } from '../update/plan.ts';
import type { TenantKeys } from '../vault/keys.ts';
import type { SimulationParts } from './freeze.ts';
import { outcomesOf, type PinnedSpec } from './spec.ts';

/** A member of a unit, as the worker gets it or why it does not. */
export type UnitMember =
  | { readonly ordinal: number; readonly subjectId: number; readonly request: SimulateRequest }
  | { readonly ordinal: number; readonly subjectId: number; readonly excluded: string };

const retryAfterMs = 1_000;
const nothing: ClaimUnitResponse = {
  unit: '',
  lease: '0',
  leaseSeconds: 0,
  subjects: [],
  finished: false,
  retryAfterMs,
};

/** The run of a key. Refuses RUN_UNKNOWN. */
export async function requireRun(
  session: Session,
  runKey: string,
  lock = false,
): Promise<SimulationRow<PinnedSpec>> {
  const run = await findRun<PinnedSpec>(session, runKey, lock);
  if (run === undefined) throw new Refusal('RUN_UNKNOWN', 'no run has this key: freeze the Simulation again');
  return run;
}

/** Claims the next unit. */
export async function claimUnit(
  parts: SimulationParts,
  tenant: Tenant,
  request: ClaimUnitRequest__Output,
): Promise<ClaimUnitResponse> {
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const run = await requireRun(session, request.runKey);
    if (run.state !== 'RUNNING') return { ...nothing, finished: true };
    const values = [run.sim_id, request.holder, parts.unitLeaseSeconds];
    const [unit] = await session.query<UnitRow>(simulationStatements.claim, values);
    if (unit === undefined) {
      const [done] = await session.query<{ n: number }>(simulationStatements.unitsDone, [run.sim_id]);
      return { ...nothing, finished: done?.n === run.units };
    }
    const members = await unitMembers(session, tenant, keys, run, unit);
    return {
      ...nothing,
      unit: String(unit.unit_no),
      lease: String(unit.lease_no),
      leaseSeconds: parts.unitLeaseSeconds,
      subjects: members.flatMap((member): readonly UnitSubject[] =>
        'request' in member ? [{ ordinal: String(member.ordinal), request: member.request }] : [],
      ),
    };
  });
}

/** Keeps a lease. */
export async function extendUnit(
  parts: SimulationParts,
  tenant: Tenant,
  request: ExtendUnitRequest__Output,
): Promise<ExtendUnitResponse> {
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const run = await requireRun(session, request.runKey);
    const values = [run.sim_id, Number(request.unit), Number(request.lease), parts.unitLeaseSeconds];
    const kept = run.state === 'RUNNING' ? await session.query(simulationStatements.extend, values) : [];
    if (kept.length === 0)
      throw new Refusal('LEASE_LOST', 'the unit was given to somebody else: claim another one');
    return { leaseSeconds: parts.unitLeaseSeconds };
  });
}

/** The members of a unit with their requests at the pinned revisions; erased and restricted subjects are left out. */
export async function unitMembers(
  session: Session,
  tenant: Tenant,
  keys: TenantKeys,
  run: SimulationRow<PinnedSpec>,
  unit: UnitRow,
): Promise<readonly UnitMember[]> {
  const members = await readMembers(session, run.sim_id, unit.ordinal_from, unit.ordinal_to);
  const subjects = new Map<number, Subject>();
  for (const subject of await readSubjects(
    session,
    members.map((member) => member.subject_id),
  )) {
    if (subject.state === 'active') subjects.set(subject.subject_id, subject);
  }
  const alive = members.filter((member) => subjects.has(member.subject_id));
  const pinned = alive.map((member) => ({ subjectId: member.subject_id, revision: member.revision }));
  const rows = Map.groupBy(await readHistories(session, pinned), (row) => row.subject_id);
  return alive.flatMap(({ ordinal, subject_id }): readonly UnitMember[] => {
    const subject = subjects.get(subject_id);
    if (subject === undefined) return [];
    const index = indexTime(run.as_of, offsetDays(tenant.purpose, keys.offset, subject.pseudonym));
    return [unitMember(run, unit, ordinal, subject, rows.get(subject_id) ?? [], index)];
  });
}

function unitMember(
  run: SimulationRow<PinnedSpec>,
  unit: UnitRow,
  ordinal: number,
  subject: Subject,
  rows: readonly EventRow[],
  index: number,
): UnitMember {
  const history = buildHistory(rows, index, []);
  const obstacle = historyObstacle(history);
  if (obstacle !== undefined) return { ordinal, subjectId: subject.subject_id, excluded: obstacle.reason };
  const { scenarios, horizonDays, seed, outcomes } = run.spec;
  const request: SimulateRequest = {
    model: '',
    bundleDigest: run.model_digest,
    ...subjectRequest(history, subjectKey(subject.rng_id)),
    scenarios: scenarios.map(({ name, interventions }) => ({ name, interventions: [...interventions] })),
    horizonsDays: [horizonDays],
    outcomes: [...outcomes],
    seed: String(seed),
    ranges: [{ from: unit.sample_from, to: unit.sample_to }],
    output: 'OUTPUT_SUMMARY',
    priority: 'PRIORITY_BATCH',
  };
  return { ordinal, subjectId: subject.subject_id, request };
}

/** Sizes of the grid of a run. */
export function shapeOf(spec: PinnedSpec): {
  readonly scenarios: number;
  readonly outcomes: number;
  readonly horizons: number;
} {
  return { scenarios: spec.scenarios.length, outcomes: outcomesOf(spec).length, horizons: 1 };
}
