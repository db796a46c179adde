// One step of a path, on either side of the graph: where the segment stops, and what its answer does to the row.
//
//   point ──► prepare (t_stop = min(next acting intervention, tick, age cap, end)) ──► graph ──► advance ──► point …
//
// Other horizons and other arms never split a path, so that an answer does not depend on what else was asked.
import { LeafBuffer, PathEnd } from './leaf.ts';
import type { TrajectoryModel } from './model.ts';
import {
  DAYS_PER_YEAR,
  type InterventionPlan,
  LEAF_SAMPLES,
  type RolloutPlan,
  type ScenarioPlan,
} from './plan.ts';
import type { RowBlock } from './rows.ts';
import { acts, applyEvent, applyIntervention, isAlreadyInState } from './state.ts';
import { unitExponential } from './streams.ts';

/** What a step reads of the graph's answer; row r of an array of width w is [r * w, (r + 1) * w). */
export interface StepOutputs {
  readonly hidden: Float32Array;
  /** -1 = none before t_stop. */
  readonly event: Int32Array;
  readonly dt: Float32Array;
  readonly spent: Float32Array;
  /** Outcomes of the first `horizons` horizons of a row. */
  readonly compensators: Float32Array;
  readonly horizons: number;
}

/** A leaf under way in a batch. An outcome's column in the graph is its index in the vocabulary. */
export interface LeafRun {
  readonly plan: RolloutPlan;
  readonly buffer: LeafBuffer;
  /** Place of each outcome in the answer; -1 = not asked for. */
  readonly places: Int16Array;
}

/** Begins a leaf of a plan. */
export function beginLeaf(plan: RolloutPlan, firstSample: number, outcomes: number): LeafRun {
  const places = new Int16Array(outcomes).fill(-1);
  for (const [place, outcome] of plan.outcomes.entries()) places[outcome] = place;
  return { plan, buffer: new LeafBuffer(plan, firstSample), places };
}

const NO_SCENARIO: ScenarioPlan = { interventions: [] };

function scenarioOf(run: LeafRun, path: number): ScenarioPlan {
  return run.plan.scenarios[Math.floor(path / LEAF_SAMPLES)] ?? NO_SCENARIO;
}

function endOf(plan: RolloutPlan): number {
  return plan.horizonsYears[plan.horizonsYears.length - 1] ?? 0;
}

/** Draws the first clock of every event for one sample; all arms of the sample share them. */
export function drawClocks(
  rows: RowBlock,
  row: number,
  run: LeafRun,
  sample: number,
  model: TrajectoryModel,
): void {
  const { streams, count } = model.events;
  const offset = row * rows.sizes.events;
  for (let event = 0; event < count; event++) {
    rows.clock[offset + event] = unitExponential(run.plan.key, sample, streams[event] ?? 0, 0);
  }
}

/** Applies the interventions that are due at the row's time. */
export function applyDue(rows: RowBlock, row: number, run: LeafRun, model: TrajectoryModel): void {
  const path = rows.path[row] ?? 0;
  const { interventions } = scenarioOf(run, path);
  if (interventions.length === 0) return;
  let cursor = rows.cursor[row] ?? 0;
  for (let next = interventions[cursor]; isDue(next, rows, row); next = interventions[++cursor]) {
    if (isAlreadyInState(rows, row, next)) noteIneligible(run, path, next.atYears);
    if (acts(rows, row, next)) applyIntervention(rows, row, next, model);
  }
  rows.cursor[row] = cursor;
}

function isDue(next: InterventionPlan | undefined, rows: RowBlock, row: number): next is InterventionPlan {
  return next !== undefined && next.atYears <= (rows.time[row] ?? 0);
}

function noteIneligible(run: LeafRun, path: number, atYears: number): void {
  const { ineligibleAt } = run.buffer;
  ineligibleAt[path] = Math.min(ineligibleAt[path] ?? Infinity, atYears);
}

/** Passes over interventions whose date has gone by without effect, judged by the state that held at their date. */
function passIdle(rows: RowBlock, row: number, run: LeafRun): void {
  const path = rows.path[row] ?? 0;
  const { interventions } = scenarioOf(run, path);
  if (interventions.length === 0) return;
  let cursor = rows.cursor[row] ?? 0;
  for (let next = interventions[cursor]; isDue(next, rows, row); next = interventions[++cursor]) {
    if (acts(rows, row, next)) break;
    if (isAlreadyInState(rows, row, next)) noteIneligible(run, path, next.atYears);
  }
  rows.cursor[row] = cursor;
}

/** Date of the next intervention that would change this row as it is now; Infinity = none. */
function nextActing(rows: RowBlock, row: number, run: LeafRun, before: number): number {
  const { interventions } = scenarioOf(run, rows.path[row] ?? 0);
  for (let at = rows.cursor[row] ?? 0; at < interventions.length; at++) {
    const next = interventions[at];
    if (next === undefined || next.atYears >= before) return Infinity;
    if (acts(rows, row, next)) return next.atYears;
  }
  return Infinity;
}

/** Sets age, t_stop and what is left of the horizons for the segment that starts now. */
export function prepare(rows: RowBlock, row: number, run: LeafRun, model: TrajectoryModel): void {
  const { plan } = run;
  const time = rows.time[row] ?? 0;
  const toCap = model.ageCapYears - plan.ageYears;
  let target = Math.min(time + model.tickYears, endOf(plan));
  if (toCap > time) target = Math.min(target, toCap);
  target = Math.min(target, nextActing(rows, row, run, target));
  rows.target[row] = target;
  rows.tStop[row] = target - time;
  rows.age[row] = plan.ageYears + time;
  const offset = row * rows.sizes.horizons;
  const horizons = plan.horizonsYears;
  for (let slot = 0; slot < horizons.length; slot++) {
    rows.horizonLeft[offset + slot] = Math.max(0, (horizons[slot] ?? 0) - time);
  }
}

/** Moves a row to its next point. True when its path has ended. */
export function advance(
  rows: RowBlock,
  row: number,
  run: LeafRun,
  outputs: StepOutputs,
  model: TrajectoryModel,
): boolean {
  lowerClocks(rows, row, outputs.spent);
  addCompensators(rows, row, run, outputs);
  const event = outputs.event[row] ?? -1;
  if (event < 0) {
    rows.dt[row] = (rows.target[row] ?? 0) - (rows.time[row] ?? 0);
    rows.time[row] = rows.target[row] ?? 0;
  } else if (happen(rows, row, run, event, outputs.dt[row] ?? 0, model)) {
    return endByDeath(rows, row, run);
  }
  if ((rows.time[row] ?? 0) >= endOf(run.plan)) return endAtHorizon(rows, row, run);
  applyDue(rows, row, run, model);
  prepare(rows, row, run, model);
  return false;
}

function lowerClocks(rows: RowBlock, row: number, spent: Float32Array): void {
  const { clock } = rows;
  const end = (row + 1) * rows.sizes.events;
  for (let at = row * rows.sizes.events; at < end; at++) {
    clock[at] = Math.max((clock[at] ?? 0) - (spent[at] ?? 0), 0);
  }
}

function addCompensators(
  rows: RowBlock,
  row: number,
  run: LeafRun,
  { compensators, horizons }: StepOutputs,
): void {
  const { buffer, plan } = run;
  const { outcomes } = rows.sizes;
  const source = row * horizons * outcomes;
  const asked = plan.outcomes;
  let at = buffer.offset(rows.path[row] ?? 0);
  for (let place = 0; place < asked.length; place++) {
    let from = source + (asked[place] ?? 0);
    for (let horizon = 0; horizon < buffer.horizons; horizon++, at++, from += outcomes) {
      buffer.compensators[at] = (buffer.compensators[at] ?? 0) + (compensators[from] ?? 0);
    }
  }
}

/** An event fires: clock, counts, state. True when it is a death. */
function happen(
  rows: RowBlock,
  row: number,
  run: LeafRun,
  event: number,
  waited: number,
  model: TrajectoryModel,
): boolean {
  const before = rows.time[row] ?? 0;
  const time = Math.min(before + waited, rows.target[row] ?? 0);
  rows.dt[row] = time - before;
  rows.time[row] = time;
  redraw(rows, row, run, event, model);
  countEvent(rows, row, run, event, model);
  const record = run.buffer.paths?.[rows.path[row] ?? 0];
  record?.events.push(event);
  record?.days.push(time * DAYS_PER_YEAR);
  if (model.events.terminal[event] === 1) return true;
  passIdle(rows, row, run);
  applyEvent(rows, row, event, model);
  return false;
}

function redraw(rows: RowBlock, row: number, run: LeafRun, event: number, model: TrajectoryModel): void {
  const at = row * rows.sizes.events + event;
  const occurrence = (rows.occurrence[at] ?? 0) + 1;
  rows.occurrence[at] = occurrence;
  const sample = run.buffer.firstSample + ((rows.path[row] ?? 0) % LEAF_SAMPLES);
  rows.clock[at] = unitExponential(run.plan.key, sample, model.events.streams[event] ?? 0, occurrence);
}

function countEvent(rows: RowBlock, row: number, run: LeafRun, event: number, model: TrajectoryModel): void {
  const { ofEvent } = model.outcomes;
  const last = ofEvent.offsets[event + 1] ?? 0;
  for (let at = ofEvent.offsets[event] ?? 0; at < last; at++) {
    countOutcome(rows, row, run, ofEvent.items[at] ?? 0, model);
  }
}

function countOutcome(
  rows: RowBlock,
  row: number,
  run: LeafRun,
  outcome: number,
  model: TrajectoryModel,
): void {
  const alive = row * rows.sizes.outcomes + outcome;
  if (rows.outcomeAlive[alive] !== 1) return;
  if (model.outcomes.recurrent[outcome] !== 1) rows.outcomeAlive[alive] = 0;
  const place = run.places[outcome] ?? -1;
  if (place < 0) return;
  const { buffer, plan } = run;
  const base = buffer.offset(rows.path[row] ?? 0) + place * buffer.horizons;
  addCount(buffer, base, plan.horizonsYears, rows.time[row] ?? 0);
}

function addCount(buffer: LeafBuffer, base: number, horizons: Float64Array, time: number): void {
  for (let horizon = 0; horizon < horizons.length; horizon++) {
    if (time <= (horizons[horizon] ?? 0))
      buffer.counts[base + horizon] = (buffer.counts[base + horizon] ?? 0) + 1;
  }
}

/** Whatever was still to be done to this path cannot be done any more. */
function endByDeath(rows: RowBlock, row: number, run: LeafRun): true {
  const path = rows.path[row] ?? 0;
  passIdle(rows, row, run);
  const next = scenarioOf(run, path).interventions[rows.cursor[row] ?? 0];
  if (next !== undefined && next.atYears < endOf(run.plan)) noteIneligible(run, path, next.atYears);
  const record = run.buffer.paths?.[path];
  if (record !== undefined) record.end = PathEnd.Death;
  return true;
}

function endAtHorizon(rows: RowBlock, row: number, run: LeafRun): true {
  passIdle(rows, row, run);
  const record = run.buffer.paths?.[rows.path[row] ?? 0];
  if (record !== undefined) record.end = PathEnd.Horizon;
  return true;
}
