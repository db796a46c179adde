// What an event or intervention does to a row: light the instant, set and clear the bag, and with it who is at risk.
import type { IndexLists, TrajectoryModel } from './model.ts';
import type { InterventionPlan } from './plan.ts';
import type { RowBlock } from './rows.ts';

/** Writes `value` at the listed indices of a row. */
export function mark(
  array: Float32Array,
  offset: number,
  lists: IndexLists,
  list: number,
  value: number,
): void {
  const end = lists.offsets[list + 1] ?? 0;
  for (let at = lists.offsets[list] ?? 0; at < end; at++) array[offset + (lists.items[at] ?? 0)] = value;
}

/** Recomputes who is at risk in a row: all required indices hold, no excluded one does, and nothing is held. */
export function updateRisk(rows: RowBlock, row: number, model: TrajectoryModel): void {
  for (let event = 0; event < model.events.count; event++) updateRiskOf(rows, row, event, model);
}

function updateRiskOf(rows: RowBlock, row: number, event: number, model: TrajectoryModel): void {
  const { requires, excludes } = model.events;
  const bag = row * rows.sizes.vocabulary;
  const at = row * rows.sizes.events + event;
  const isAtRisk =
    rows.held[at] === 0 && all(rows.bag, bag, requires, event, 1) && all(rows.bag, bag, excludes, event, 0);
  rows.risk[at] = isAtRisk ? 1 : 0;
}

function all(array: Float32Array, offset: number, lists: IndexLists, list: number, value: number): boolean {
  const end = lists.offsets[list + 1] ?? 0;
  for (let at = lists.offsets[list] ?? 0; at < end; at++) {
    if (array[offset + (lists.items[at] ?? 0)] !== value) return false;
  }
  return true;
}

/** What a sampled event does to its row. */
export function applyEvent(rows: RowBlock, row: number, event: number, model: TrajectoryModel): void {
  const { events } = model;
  const offset = row * rows.sizes.vocabulary;
  mark(rows.now, offset, events.now, event, 1);
  mark(rows.bag, offset, events.clear, event, 0);
  mark(rows.bag, offset, events.set, event, 1);
  updateDependents(rows, row, events.clear, event, model);
  updateDependents(rows, row, events.set, event, model);
}

/** Recomputes who is at risk among the events that depend on the indices of a list. */
function updateDependents(
  rows: RowBlock,
  row: number,
  lists: IndexLists,
  list: number,
  model: TrajectoryModel,
): void {
  const { dependents } = model.events;
  const end = lists.offsets[list + 1] ?? 0;
  for (let at = lists.offsets[list] ?? 0; at < end; at++) {
    const index = lists.items[at] ?? 0;
    const last = dependents.offsets[index + 1] ?? 0;
    for (let place = dependents.offsets[index] ?? 0; place < last; place++) {
      updateRiskOf(rows, row, dependents.items[place] ?? 0, model);
    }
  }
}

/** Whether the subject is not yet in the state that an intervention brings about. */
export function changesBag(rows: RowBlock, row: number, intervention: InterventionPlan): boolean {
  const offset = row * rows.sizes.vocabulary;
  return (
    intervention.set.some((index) => rows.bag[offset + index] === 0) ||
    intervention.clear.some((index) => rows.bag[offset + index] === 1)
  );
}

/** Whether an intervention would change anything at all in this row: only then does the path stop for it. */
export function acts(rows: RowBlock, row: number, intervention: InterventionPlan): boolean {
  const offset = row * rows.sizes.events;
  return (
    intervention.logHazard !== 0 ||
    changesBag(rows, row, intervention) ||
    intervention.holds.some((event) => rows.held[offset + event] === 0)
  );
}

/** Whether an intervention is one that can be without effect because its state holds already. */
export function isAlreadyInState(rows: RowBlock, row: number, intervention: InterventionPlan): boolean {
  return intervention.set.length + intervention.clear.length > 0 && !changesBag(rows, row, intervention);
}

/** What an intervention does to its row. */
export function applyIntervention(
  rows: RowBlock,
  row: number,
  intervention: InterventionPlan,
  model: TrajectoryModel,
): void {
  const bag = row * rows.sizes.vocabulary;
  const events = row * rows.sizes.events;
  if (changesBag(rows, row, intervention)) {
    for (const index of intervention.now) rows.now[bag + index] = 1;
    for (const index of intervention.clear) rows.bag[bag + index] = 0;
    for (const index of intervention.set) rows.bag[bag + index] = 1;
  }
  for (const event of intervention.holds) rows.held[events + event] = 1;
  for (const event of intervention.hazards) {
    rows.logHazard[events + event] = (rows.logHazard[events + event] ?? 0) + intervention.logHazard;
  }
  updateRisk(rows, row, model);
}
