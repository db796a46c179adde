// CommitUnit: a unit is committed once; a second commit is compared, not added.
import type { CommitUnitRequest__Output } from '#proto/gen/twinward/v1/CommitUnitRequest.ts';
import type { CommitUnitResponse } from '#proto/gen/twinward/v1/CommitUnitResponse.ts';
import type { SubjectLeaves__Output } from '#proto/gen/twinward/v1/SubjectLeaves.ts';
import { cellCount, coversExactly, mergeLeaves } from '../estimate/moments.ts';
import { Refusal } from '../server/failure.ts';
import { changeKind, noteChanges } from '../store/changes.ts';
import type { Session } from '../store/database.ts';
import {
  failRun,
  namesOfRun,
  readMembers,
  type SimulationRow,
  simulationStatements,
  type UnitRow,
} from '../store/simulations.ts';
import { lockSubjects } from '../store/subjects.ts';
import type { Tenant } from '../store/tenants.ts';
import type { TenantKeys } from '../vault/keys.ts';
import type { SimulationParts } from './freeze.ts';
import { outcomesOf, type PinnedSpec } from './spec.ts';
import { encodeSums, type SubjectSums, unitDigest } from './sums.ts';
import { requireRun, shapeOf, type UnitMember, unitMembers } from './units.ts';

type Verdict = CommitUnitResponse | Refusal;

/** Commits a unit's result, or ends the run with a terminal failure. */
export async function commitUnit(
  parts: SimulationParts,
  tenant: Tenant,
  request: CommitUnitRequest__Output,
): Promise<CommitUnitResponse> {
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  const verdict = await parts.service.inTenant(tenant.tenant_id, async (session): Promise<Verdict> => {
    const run = await requireRun(session, request.runKey);
    const [unit] = await session.query<UnitRow>(simulationStatements.lockUnit, [
      run.sim_id,
      Number(request.unit),
    ]);
    if (unit === undefined) throw new Refusal('UNIT_UNKNOWN', 'the run has no such unit: claim one');
    const judged = request.result
      ? await commitResult(session, { tenant, keys, run, unit }, request)
      : await commitFailure(session, run, unit, request);
    await noteChanges(session, changeKind.simulation, await namesOfRun(session, run.sim_id));
    return judged;
  });
  if (verdict instanceof Refusal) throw verdict;
  return verdict;
}

async function commitFailure(
  session: Session,
  run: SimulationRow<PinnedSpec>,
  unit: UnitRow,
  request: CommitUnitRequest__Output,
): Promise<Verdict> {
  if (!request.failure) throw new Refusal('BAD_REQUEST', 'send a result or a failure');
  requireLease(run, unit, request);
  const reason = /^[A-Z][A-Z0-9_]{0,63}$/.test(request.failure.reason)
    ? request.failure.reason
    : 'UNSPECIFIED';
  await failRun(
    session,
    run.sim_id,
    reason,
    'the model refused the run for good: correct the Simulation or its model',
  );
  return { duplicate: false };
}

function requireLease(run: SimulationRow, unit: UnitRow, request: CommitUnitRequest__Output): void {
  const lost = run.state !== 'RUNNING' || unit.digest !== null || unit.lease_no !== Number(request.lease);
  if (lost)
    throw new Refusal(
      'LEASE_LOST',
      'the unit was given to somebody else, or the run ended: claim another one',
    );
}

interface Commit {
  readonly tenant: Tenant;
  readonly keys: TenantKeys;
  readonly run: SimulationRow<PinnedSpec>;
  readonly unit: UnitRow;
}

async function commitResult(
  session: Session,
  commit: Commit,
  request: CommitUnitRequest__Output,
): Promise<Verdict> {
  const { run, unit } = commit;
  const engine = request.result?.engine ?? '';
  const reported = (request.result?.subjects ?? []).map((subject) => subjectSums(run.spec, unit, subject));
  const digest = unitDigest(reported);
  if (unit.digest !== null) return await compare(session, run, unit.digest, digest, engine);
  requireLease(run, unit, request);
  const pinned = reported.some((each) => each.sums !== null)
    ? await session.query(simulationStatements.pinEngine, [run.sim_id, engine])
    : [{}];
  if (pinned.length === 0) {
    throw new Refusal(
      'ENGINE_MISMATCH',
      'another engine class began this run: run all workers on the same kind of machine',
    );
  }
  // Under lock: an erasure either waits for these rows and removes them, or its subject is gone from the members.
  const frozen = await readMembers(session, run.sim_id, unit.ordinal_from, unit.ordinal_to);
  await lockSubjects(
    session,
    frozen.map((member) => member.subject_id),
  );
  const members = await unitMembers(session, commit.tenant, commit.keys, run, unit);
  const rows = storedRows(members, reported);
  await session.query(simulationStatements.addResults, [
    run.sim_id,
    unit.unit_no,
    rows.map((row) => row.ordinal),
    rows.map((row) => row.subjectId),
    rows.map((row) => row.requestDigest),
    rows.map((row) => row.excluded),
    rows.map((row) => row.sums),
  ]);
  await session.query(simulationStatements.finishUnit, [run.sim_id, unit.unit_no, digest]);
  return { duplicate: false };
}

async function compare(
  session: Session,
  run: SimulationRow,
  first: Buffer,
  second: Buffer,
  engine: string,
): Promise<Verdict> {
  if (first.equals(second)) return { duplicate: true };
  if (engine !== run.engine_class) {
    return new Refusal(
      'ENGINE_MISMATCH',
      'the unit was committed by another engine class; this result is not used',
    );
  }
  const message =
    'one unit gave two different results on the same engine class: the model is not replayable here';
  await failRun(session, run.sim_id, 'NONDETERMINISTIC_RESULT', message);
  return new Refusal('NONDETERMINISTIC_RESULT', message);
}

/** The sums of one subject; its leaves must cover the unit's samples exactly once. */
function subjectSums(spec: PinnedSpec, unit: UnitRow, subject: SubjectLeaves__Output): SubjectSums {
  const ordinal = Number(subject.ordinal);
  const base = { ordinal, requestDigest: subject.requestDigest };
  if (subject.excluded !== '') return { ...base, excluded: subject.excluded.slice(0, 64), sums: null };
  const ranges = subject.leaves.flatMap((leaf) => leaf.range ?? []);
  if (!coversExactly(ranges, unit.sample_from, unit.sample_to)) {
    throw new Refusal('BAD_RANGE', 'the leaves of a subject must cover the samples of the unit exactly once');
  }
  const shape = shapeOf(spec);
  const expected = outcomesOf(spec);
  const places = subject.outcomes.map((name) => expected.indexOf(name));
  if (places.length !== expected.length || places.includes(-1)) {
    throw new Refusal('OUTCOME_NOT_MODELLED', 'the model answered other outcomes than the run asks for');
  }
  const leaves = subject.leaves.map((leaf) => ({
    ...leaf,
    cells: leaf.cells.map((cell) => ({ ...cell, outcome: places[cell.outcome] ?? -1 })),
  }));
  try {
    return { ...base, excluded: '', sums: encodeSums(mergeLeaves(leaves, shape), cellCount(shape)) };
  } catch (error) {
    throw new Refusal('BAD_RANGE', 'the leaves of a subject do not fit the run', { cause: error });
  }
}

type StoredRow = SubjectSums & { readonly subjectId: number };

/** What is stored: everybody who was handed out must be reported; those who cannot be simulated are kept as excluded. */
function storedRows(members: readonly UnitMember[], reported: readonly SubjectSums[]): readonly StoredRow[] {
  const byOrdinal = new Map(reported.map((each) => [each.ordinal, each]));
  return members.map((member): StoredRow => {
    const { ordinal, subjectId } = member;
    if ('excluded' in member) {
      return { ordinal, subjectId, excluded: member.excluded, requestDigest: Buffer.alloc(0), sums: null };
    }
    const sums = byOrdinal.get(ordinal);
    if (sums === undefined)
      throw new Refusal('BAD_RANGE', 'the result lacks a subject of the unit: send all of them');
    return { ...sums, subjectId };
  });
}
