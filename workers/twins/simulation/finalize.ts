// FinalizeSimulation and GetResults: progress, then one reduction over all units in fixed order.
import type { FinalizeSimulationResponse } from '#proto/gen/twinward/v1/FinalizeSimulationResponse.ts';
import type { GetResultsResponse } from '#proto/gen/twinward/v1/GetResultsResponse.ts';
import type { SimulationResult } from '#proto/gen/twinward/v1/SimulationResult.ts';
import { type Catalogue, catalogueOf, unknownCatalogue } from '../estimate/catalogue.ts';
import { addMembers, cellCount, type MemberMoments } from '../estimate/moments.ts';
import { intervalNotes, type Note } from '../estimate/notes.ts';
import { Refusal } from '../server/failure.ts';
import { changeKind, noteChanges } from '../store/changes.ts';
import type { Session } from '../store/database.ts';
import { readModels } from '../store/models.ts';
import {
  failRun,
  namesOfRun,
  pinCatalogue,
  type ResultRow,
  type SimulationRow,
  simulationStatements,
} from '../store/simulations.ts';
import type { Tenant } from '../store/tenants.ts';
import type { SimulationParts } from './freeze.ts';
import {
  addSubject,
  emptyTotals,
  type FinalFigure,
  fewestSubjects,
  finalFigures,
  finalLevel,
  type Totals,
  totalsDigest,
} from './reduce.ts';
import { outcomesOf, type PinnedSpec } from './spec.ts';
import { decodeSums } from './sums.ts';
import { requireRun, shapeOf } from './units.ts';

/** What is stored of a finished run. */
interface FinalPayload {
  readonly figures: readonly FinalFigure[];
  readonly subjects: number;
  readonly members: number;
  /** Absent in results stored before they were kept. */
  readonly warnings?: readonly Note[];
  readonly digest: string;
}

const pageSize = 512;
const statusDigits = 4;
const resultDigits = 6;

/** Progress of a run; stores the final result once every unit is there. */
export async function finalizeSimulation(
  parts: SimulationParts,
  tenant: Tenant,
  runKey: string,
): Promise<FinalizeSimulationResponse> {
  const late = await askLate(parts, tenant, runKey);
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const locked = await requireRun(session, runKey, true);
    if (late.catalogue !== undefined) await pinCatalogue(session, locked.sim_id, late.catalogue);
    const run = { ...locked, catalogue: locked.catalogue ?? late.catalogue ?? null };
    const [done] = await session.query<{ n: number }>(simulationStatements.unitsDone, [run.sim_id]);
    const completed = done?.n ?? 0;
    if (run.state === 'RUNNING' && completed === run.units && !(late.expected && run.catalogue === null)) {
      await reduceRun(session, run);
      await noteChanges(session, changeKind.simulation, await namesOfRun(session, run.sim_id));
    }
    return await stateOf(session, await requireRun(session, runKey), completed);
  });
}

interface Late {
  readonly catalogue?: Catalogue;
  /** Whether the model is served and only does not answer now: the result waits for it. */
  readonly expected: boolean;
}

/** What the model of a running run says of itself, where the freeze could not ask it. */
async function askLate(parts: SimulationParts, tenant: Tenant, runKey: string): Promise<Late> {
  const { run, models } = await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const found = await requireRun(session, runKey);
    return { run: found, models: await readModels(session, [found.model]) };
  });
  const model = models.get(run.model);
  const isServed = model?.ready === true && model.sha256 === run.model_digest;
  if (run.state !== 'RUNNING' || run.catalogue !== null || !isServed) return { expected: false };
  const described = await parts.trajectories.describe(model.target).catch(() => undefined);
  if (described === undefined) return { expected: true };
  return described.bundleDigest === run.model_digest
    ? { catalogue: catalogueOf(described), expected: true }
    : { expected: false };
}

async function stateOf(
  session: Session,
  run: SimulationRow<PinnedSpec>,
  completed: number,
): Promise<FinalizeSimulationResponse> {
  const payload = run.state === 'SUCCEEDED' ? await readFinal(session, run) : undefined;
  return {
    state: `RUN_STATE_${run.state}`,
    unitsTotal: String(run.units),
    unitsCompleted: String(completed),
    results: payload === undefined || run.single ? [] : results(payload, run.spec, statusDigits),
    engine: run.engine_class,
    reason: run.reason,
    message: run.message,
    withdrawn: String(run.withdrawn),
  };
}

async function readFinal(session: Session, run: SimulationRow): Promise<FinalPayload | undefined> {
  return (await session.query<{ payload: FinalPayload }>(simulationStatements.final, [run.sim_id]))[0]
    ?.payload;
}

async function reduceRun(session: Session, run: SimulationRow<PinnedSpec>): Promise<void> {
  const catalogue = run.catalogue ?? unknownCatalogue;
  const totals = emptyTotals(shapeOf(run.spec));
  const seen = { present: 0, members: 1, excluded: '', mismatch: false };
  for (let from = 0; from < run.subjects; from += pageSize) {
    const values = [run.sim_id, from, from + pageSize];
    addRows(run, await session.query<ResultRow>(simulationStatements.results, values), totals, seen);
  }
  await session.query(simulationStatements.dropResults, [run.sim_id]);
  if (seen.mismatch) {
    return await failRun(
      session,
      run.sim_id,
      'NONDETERMINISTIC_RESULT',
      'units of one subject answer different requests',
    );
  }
  const fewest = run.single ? 1 : fewestSubjects;
  if (totals.subjects < fewest) {
    const reason = totals.subjects === 0 && seen.excluded !== '' ? seen.excluded : 'TOO_FEW_SUBJECTS';
    const message = 'too few subjects could be simulated: the others were excluded by the model or withdrawn';
    return await failRun(session, run.sim_id, reason, message);
  }
  const payload: FinalPayload = {
    figures: finalFigures(totals, run.spec, catalogue),
    subjects: totals.subjects,
    members: seen.members,
    warnings: notesOf(run.spec, seen.members, catalogue),
    digest: totalsDigest(totals),
  };
  await session.query(simulationStatements.addFinal, [run.sim_id, JSON.stringify(payload)]);
  await session.query(simulationStatements.succeed, [run.sim_id, run.subjects - seen.present]);
}

function notesOf(spec: PinnedSpec, members: number, { logitSd }: Catalogue): readonly Note[] {
  return intervalNotes({ members, outcomes: outcomesOf(spec), logitSd, compared: spec.scenarios.length > 1 });
}

interface Seen {
  present: number;
  members: number;
  excluded: string;
  mismatch: boolean;
}

/** Adds the subjects of a page, each over all of its units. */
function addRows(
  run: SimulationRow<PinnedSpec>,
  rows: readonly ResultRow[],
  totals: Totals,
  seen: Seen,
): void {
  const cells = cellCount(shapeOf(run.spec));
  for (const parts of Map.groupBy(rows, (row) => row.ordinal).values()) {
    seen.present += 1;
    const excluded = parts.find((part) => part.excluded !== '');
    if (excluded !== undefined) {
      seen.excluded ||= excluded.excluded;
      continue;
    }
    const first = parts[0]?.request_digest;
    seen.mismatch ||= first !== undefined && parts.some((part) => !part.request_digest.equals(first));
    const members = parts
      .map((part) => decodeSums(part.sums ?? Buffer.alloc(0), cells))
      .reduce<MemberMoments>((sum, part) => addMembers(sum, part), new Map());
    seen.members = Math.max(seen.members, members.size);
    addSubject(totals, members);
  }
}

function results(payload: FinalPayload, spec: PinnedSpec, digits: number): SimulationResult[] {
  const text = (value: number): string => (value + 0).toFixed(digits);
  return payload.figures.map(({ scenario, outcome, risk, difference, calibrated }) => ({
    scenario,
    outcome,
    subjects: String(payload.subjects),
    horizon: spec.horizon,
    risk: text(risk.value),
    low: text(risk.low),
    high: text(risk.high),
    level: finalLevel.toFixed(2),
    difference: difference === undefined ? '' : text(difference.value),
    differenceLow: difference === undefined ? '' : text(difference.low),
    differenceHigh: difference === undefined ? '' : text(difference.high),
    calibration: calibrated ? 'Calibrated' : 'NotCalibrated',
  }));
}

/** The stored result of a Simulation by name, that of one twin included. Refuses RESULT_UNKNOWN. */
export async function getResults(session: Session, name: string): Promise<GetResultsResponse> {
  const [run] = await session.query<SimulationRow<PinnedSpec>>(simulationStatements.byName, [name]);
  const payload = run === undefined ? undefined : await readFinal(session, run);
  if (run === undefined || payload === undefined) {
    throw new Refusal('RESULT_UNKNOWN', 'the Simulation has no result yet: wait until it Succeeded');
  }
  return {
    runKey: run.run_key,
    results: results(payload, run.spec, resultDigits),
    modelSha256: run.model_digest,
    engine: run.engine_class,
    asOf: run.as_of,
    subjects: String(payload.subjects),
    warnings: [...(payload.warnings ?? notesOf(run.spec, payload.members, unknownCatalogue))],
    digest: payload.digest,
  };
}
