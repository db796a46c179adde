// Folds a history, and beside it the same history without one of its latest instants, for each of them. A variant
// leaves the full history where its instant would be, so that what came before is computed once.
import {
  advanceFold,
  aheadOf,
  beginFold,
  type FoldPlan,
  type IndexState,
  takeIndexState,
} from '../trajectory/fold.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import { DAYS_PER_YEAR } from '../trajectory/plan.ts';
import { ROW_PADDING, RowBlock } from '../trajectory/rows.ts';
import { updateRisk } from '../trajectory/state.ts';
import { historyPlan, type Instant } from '../trajectory/tokenise.ts';
import { type Pass, pass } from './step.ts';

/** What a model says of the time between two points of the full history, by event. */
export interface Segment {
  /** Years from the index, <= 0. */
  readonly fromYears: number;
  readonly toYears: number;
  /** The instant at its end; -1 for a yearly tick and for the index. */
  readonly instant: number;
  /** 1 where the event could happen. */
  readonly atRisk: Float32Array;
  /** Integrated hazard; 0 where it could not. */
  readonly spent: Float32Array;
}

/** States at the index. */
export interface Folded {
  readonly full: IndexState;
  /** Without an instant, by its position. */
  readonly without: ReadonlyMap<number, IndexState>;
  readonly segments: readonly Segment[];
}

/** A history to explain. */
export interface ExplainedHistory {
  readonly ageYears: number;
  readonly instants: readonly Instant[];
  readonly initialBag: readonly number[];
}

const FULL = 0;

/** Folds a history for one member; `latest`: how many instants are left out, one at a time. */
export function foldLeavingOut(
  history: ExplainedHistory,
  model: TrajectoryModel,
  run: Pass,
  latest: number,
): Promise<Folded> {
  return new Folding(history, model, run, latest).run();
}

class Folding {
  readonly #model: TrajectoryModel;
  readonly #run: Pass;
  readonly #history: ExplainedHistory;
  readonly #rows: RowBlock;
  readonly #plan: FoldPlan;
  /** First instant that is left out. */
  readonly #from: number;
  /** Instant that each row leaves out; the full history is always row 0. */
  readonly #owners: number[] = [-1];
  readonly #without = new Map<number, IndexState>();
  readonly #segments: Segment[] = [];
  #full: IndexState | undefined;

  constructor(history: ExplainedHistory, model: TrajectoryModel, run: Pass, latest: number) {
    this.#history = history;
    this.#model = model;
    this.#run = run;
    this.#from = Math.max(0, history.instants.length - latest);
    this.#plan = planOf(history, history.instants);
    this.#rows = new RowBlock(model.sizes, Math.ceil((latest + 1) / ROW_PADDING) * ROW_PADDING);
  }

  async run(): Promise<Folded> {
    const rows = this.#rows;
    rows.count = 1;
    this.#takeFull(beginFold(rows, FULL, this.#plan));
    if (this.#from === 0 && this.#history.instants.length > 0) {
      const row = this.#add(0);
      this.#takeVariant(row, beginFold(rows, row, this.#planWithout(0)));
    }
    while (this.#full === undefined || rows.count > 1) await this.#step();
    return { full: this.#full, without: this.#without, segments: this.#segments };
  }

  async #step(): Promise<void> {
    const rows = this.#rows;
    const { tickYears } = this.#model;
    for (let row = 0; row < rows.count; row++)
      rows.tStop[row] = aheadOf(rows, row, this.#planOf(row), tickYears).years;
    if (this.#full === undefined) updateRisk(rows, FULL, this.#model);
    const outputs = await pass(rows, this.#model, this.#run, ['h_out', 'cum']);
    if (this.#full === undefined) this.#record(outputs['cum']);
    rows.hidden.set(outputs['h_out'] ?? []);
    rows.now.fill(0);
    for (let row = rows.count - 1; row > FULL; row--)
      this.#takeVariant(row, advanceFold(rows, row, this.#planOf(row), tickYears));
    if (this.#full === undefined) this.#advanceFull();
  }

  #advanceFull(): void {
    const rows = this.#rows;
    const { tickYears } = this.#model;
    const { instant } = aheadOf(rows, FULL, this.#plan, tickYears);
    if (instant >= this.#from) {
      const row = this.#add(instant);
      rows.move(FULL, row);
      this.#takeVariant(row, advanceFold(rows, row, this.#planOf(row), tickYears));
    }
    this.#takeFull(advanceFold(rows, FULL, this.#plan, tickYears));
  }

  #record(spent: Float32Array | undefined): void {
    const { events } = this.#model;
    const rows = this.#rows;
    const fromYears = rows.time[FULL] ?? 0;
    const { years, instant } = aheadOf(rows, FULL, this.#plan, this.#model.tickYears);
    this.#segments.push({
      ...{ fromYears, toYears: fromYears + years, instant },
      atRisk: rows.risk.slice(0, events.count),
      spent: spent?.slice(0, events.count) ?? new Float32Array(events.count),
    });
  }

  #takeFull(isAtIndex: boolean): void {
    if (isAtIndex) this.#full = takeIndexState(this.#rows, FULL);
  }

  #takeVariant(row: number, isAtIndex: boolean): void {
    if (!isAtIndex) return;
    this.#without.set(this.#owners[row] ?? -1, takeIndexState(this.#rows, row));
    const last = --this.#rows.count;
    const owner = this.#owners.pop() ?? -1;
    if (row === last) return;
    this.#rows.move(last, row);
    this.#owners[row] = owner;
  }

  #add(instant: number): number {
    this.#owners.push(instant);
    return this.#rows.count++;
  }

  #planOf(row: number): FoldPlan {
    return row === FULL ? this.#plan : this.#planWithout(this.#owners[row] ?? -1);
  }

  readonly #plans = new Map<number, FoldPlan>();
  #planWithout(instant: number): FoldPlan {
    const made =
      this.#plans.get(instant) ?? planOf(this.#history, this.#history.instants.toSpliced(instant, 1));
    this.#plans.set(instant, made);
    return made;
  }
}

function planOf({ ageYears, initialBag }: ExplainedHistory, instants: readonly Instant[]): FoldPlan {
  return { ageYears, history: historyPlan(instants, initialBag) };
}

/** Years from the index of an instant. */
export const yearsOf = (instant: Instant): number => instant.offsetDays / DAYS_PER_YEAR;
