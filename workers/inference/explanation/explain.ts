// Why a forecast is what it is: the log-hazard at the index with and without each thing that holds (exact, since that
// part of the model is additive) and with and without each of the latest instants (the residual), in one batch.
import type { IndexState } from '../trajectory/fold.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import { ROW_PADDING, RowBlock } from '../trajectory/rows.ts';
import { updateRisk } from '../trajectory/state.ts';
import { logRateOf } from './attribution.ts';
import { judgeHistory, type Surprise } from './familiarity.ts';
import { type ExplainedHistory, type Folded, foldLeavingOut } from './leave-one-out.ts';
import { type Pass, pass } from './step.ts';

/** Instants that are left out, one at a time; older ones are not attributed. */
export const LATEST_INSTANTS = 32;

/** What the rate of an outcome rests on; log-hazards, means over the members. */
export interface OutcomeRest {
  /** By index that holds at the present: log rate with it minus log rate without it. */
  readonly holds: ReadonlyMap<number, number>;
  /** By position of the instant. */
  readonly instants: ReadonlyMap<number, number>;
}

/** Everything about one history. */
export interface Explanation {
  /** By outcome index; absent when the outcome cannot happen. */
  readonly outcomes: ReadonlyMap<number, OutcomeRest>;
  readonly surprise: Surprise;
}

/** Explains outcomes of a history. `members`: a forward pass of each ensemble member. */
export async function explain(
  history: ExplainedHistory,
  observedFromYears: number,
  outcomes: readonly number[],
  model: TrajectoryModel,
  members: readonly Pass[],
): Promise<Explanation> {
  const folds = await Promise.all(members.map((run) => foldLeavingOut(history, model, run, LATEST_INSTANTS)));
  const views = await Promise.all(
    folds.map((folded, member) => viewOf(folded, history, model, members[member] ?? missing)),
  );
  const rests = outcomes.flatMap((outcome) => {
    const rest = meanRest(views.map((view) => restOf(view, outcome, model)));
    return rest === undefined ? [] : [[outcome, rest] as const];
  });
  const judged = folds.map(({ segments }) =>
    judgeHistory(segments, history.instants, model, observedFromYears),
  );
  return { outcomes: new Map(rests), surprise: typical(judged) };
}

const missing: Pass = () => Promise.reject(new TypeError('there is no such member'));

/** Log-hazards at the index of one member. */
interface View {
  readonly atRisk: Float32Array;
  readonly full: Float32Array;
  readonly withoutHolding: ReadonlyMap<number, Float32Array>;
  readonly withoutInstant: ReadonlyMap<number, Float32Array>;
}

async function viewOf(
  folded: Folded,
  history: ExplainedHistory,
  model: TrajectoryModel,
  run: Pass,
): Promise<View> {
  const holding = [...folded.full.bag.keys()].filter((index) => folded.full.bag[index] === 1);
  const instants = [...folded.without.entries()];
  const count = 1 + holding.length + instants.length;
  const rows = new RowBlock(model.sizes, Math.ceil(count / ROW_PADDING) * ROW_PADDING);
  rows.count = count;
  for (let row = 0; row < count; row++) place(rows, row, folded.full, history.ageYears, model);
  for (const [at, index] of holding.entries()) rows.bag[(1 + at) * model.sizes.vocabulary + index] = 0;
  for (const [at, [, state]] of instants.entries()) placeState(rows, 1 + holding.length + at, state);
  updateRisk(rows, 0, model);
  const { log_lambda: log = new Float32Array(0) } = await pass(rows, model, run, ['log_lambda']);
  const row = (at: number): Float32Array =>
    log.subarray(at * model.sizes.events, (at + 1) * model.sizes.events);
  return {
    atRisk: rows.risk.slice(0, model.sizes.events),
    full: row(0),
    withoutHolding: new Map(holding.map((index, at) => [index, row(1 + at)])),
    withoutInstant: new Map(instants.map(([instant], at) => [instant, row(1 + holding.length + at)])),
  };
}

function place(
  rows: RowBlock,
  row: number,
  state: IndexState,
  ageYears: number,
  model: TrajectoryModel,
): void {
  rows.clear(row);
  placeState(rows, row, state);
  rows.bag.set(state.bag, row * model.sizes.vocabulary);
  rows.logHazard.set(model.baseLogHazard, row * model.sizes.events);
  rows.age[row] = ageYears;
  rows.tStop[row] = model.tickYears;
}

function placeState(rows: RowBlock, row: number, state: IndexState): void {
  rows.hidden.set(state.hidden, row * rows.sizes.hidden);
  rows.now.set(state.now, row * rows.sizes.vocabulary);
  rows.dt[row] = state.dtYears;
}

function restOf(view: View, outcome: number, model: TrajectoryModel): OutcomeRest | undefined {
  const rate = (logLambda: Float32Array): number | undefined =>
    logRateOf(logLambda, view.atRisk, model.outcomes.events, outcome);
  const full = rate(view.full);
  if (full === undefined) return undefined;
  const differences = (without: ReadonlyMap<number, Float32Array>): ReadonlyMap<number, number> =>
    new Map([...without].map(([key, logLambda]) => [key, full - (rate(logLambda) ?? full)]));
  return { holds: differences(view.withoutHolding), instants: differences(view.withoutInstant) };
}

function meanRest(rests: readonly (OutcomeRest | undefined)[]): OutcomeRest | undefined {
  const known = rests.filter((rest) => rest !== undefined);
  if (known.length === 0) return undefined;
  const mean = (part: keyof OutcomeRest): ReadonlyMap<number, number> =>
    new Map(
      [...(known[0]?.[part].keys() ?? [])].map((key) => [
        key,
        known.reduce((sum, rest) => sum + (rest[part].get(key) ?? 0), 0) / known.length,
      ]),
    );
  return { holds: mean('holds'), instants: mean('instants') };
}

/** The member that is surprised the least speaks for the ensemble: one bad member is no odd patient. */
function typical(judged: readonly Surprise[]): Surprise {
  const [first, ...others] = judged;
  if (first === undefined) throw new TypeError('an ensemble has at least one member');
  return others.reduce((best, other) => (other.surprise > best.surprise ? other : best), first);
}
