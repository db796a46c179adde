// The batch of one ensemble member: rows of many subjects, arms and samples, and histories that are being folded, go
// through one graph together. Rows that have finished are overwritten by the last row.
import { advanceFold, beginFold, type IndexState, takeIndexState } from '../trajectory/fold.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import {
  advance,
  applyDue,
  drawClocks,
  type LeafRun,
  prepare,
  type StepOutputs,
} from '../trajectory/path-step.ts';
import { LEAF_SAMPLES, type RolloutPlan } from '../trajectory/plan.ts';
import { RowBlock } from '../trajectory/rows.ts';
import { updateRisk } from '../trajectory/state.ts';

/** One forward pass over the padded rows of a block. */
export interface StepGraph {
  run(rows: RowBlock): Promise<StepOutputs>;
}

/** A history being folded: one row. */
export interface FoldWork {
  readonly kind: 'fold';
  readonly plan: RolloutPlan;
  readonly done: (state: IndexState) => void;
  steps: number;
}

/** A leaf being rolled: a row per sample and arm. */
export interface LeafWork {
  readonly kind: 'leaf';
  readonly run: LeafRun;
  readonly done: () => void;
  /** Paths that have not ended, those not yet begun included. */
  pending: number;
  steps: number;
  events: number;
}

/** What a row belongs to. */
export type Work = FoldWork | LeafWork;

/** The rows of one member. */
export class Lane {
  readonly rows: RowBlock;
  readonly #model: TrajectoryModel;
  readonly #owners: Work[] = [];

  /** `capacity`: most rows of a run, a multiple of 16. */
  constructor(model: TrajectoryModel, capacity: number) {
    this.#model = model;
    this.rows = new RowBlock(model.sizes, capacity);
  }

  /** Rows that can still be added. */
  get free(): number {
    return this.rows.capacity - this.rows.count;
  }

  /** Adds a history; calls `done` at once when there is nothing to fold. Needs one free row. */
  addFold(work: FoldWork): void {
    const row = this.#push(work);
    if (beginFold(this.rows, row, work.plan)) this.#finishFold(row, work);
  }

  /** Adds one sample under every arm. Needs as many free rows as there are arms. */
  addSample(work: LeafWork, sampleInLeaf: number, start: IndexState): void {
    const { run } = work;
    const first = this.rows.count;
    for (let scenario = 0; scenario < run.plan.scenarios.length; scenario++) {
      const row = this.#push(work);
      this.rows.path[row] = scenario * LEAF_SAMPLES + sampleInLeaf;
      this.#place(row, run, start, scenario === 0 ? undefined : first);
    }
  }

  #place(row: number, run: LeafRun, start: IndexState, sameClocksAs: number | undefined): void {
    const { rows } = this;
    const { events, vocabulary, hidden, outcomes } = rows.sizes;
    const path = rows.path[row] ?? 0;
    rows.clear(row);
    rows.path[row] = path;
    rows.hidden.set(start.hidden, row * hidden);
    rows.bag.set(start.bag, row * vocabulary);
    rows.now.set(start.now, row * vocabulary);
    rows.dt[row] = start.dtYears;
    rows.logHazard.set(this.#model.baseLogHazard, row * events);
    rows.outcomeAlive.fill(1, row * outcomes, (row + 1) * outcomes);
    if (sameClocksAs === undefined) {
      drawClocks(rows, row, run, run.buffer.firstSample + (path % LEAF_SAMPLES), this.#model);
    } else {
      rows.clock.copyWithin(row * events, sameClocksAs * events, (sameClocksAs + 1) * events);
    }
    updateRisk(rows, row, this.#model);
    applyDue(rows, row, run, this.#model);
    prepare(rows, row, run, this.#model);
  }

  /** Runs the graph once over all rows and moves every row to its next point. Returns the rows computed. */
  async step(graph: StepGraph): Promise<number> {
    const computed = this.rows.count;
    this.rows.horizons = this.#mostHorizons();
    const outputs = await graph.run(this.rows);
    this.rows.hidden.set(outputs.hidden.subarray(0, computed * this.rows.sizes.hidden));
    this.rows.now.fill(0, 0, computed * this.rows.sizes.vocabulary);
    for (let row = computed - 1; row >= 0; row--) this.#advance(row, outputs);
    return computed;
  }

  #mostHorizons(): number {
    let most = 1;
    for (const work of this.#owners) {
      if (work.kind === 'leaf') most = Math.max(most, work.run.plan.horizonsYears.length);
    }
    return most;
  }

  #advance(row: number, outputs: StepOutputs): void {
    const work = this.#owners[row];
    if (work === undefined) return;
    work.steps++;
    if (work.kind === 'fold') {
      if (advanceFold(this.rows, row, work.plan, this.#model.tickYears)) this.#finishFold(row, work);
      return;
    }
    if ((outputs.event[row] ?? -1) >= 0) work.events++;
    if (!advance(this.rows, row, work.run, outputs, this.#model)) return;
    this.#remove(row);
    work.pending--;
    if (work.pending === 0) work.done();
  }

  #finishFold(row: number, work: FoldWork): void {
    const state = takeIndexState(this.rows, row);
    this.#remove(row);
    work.done(state);
  }

  /** Removes the rows of all works that `isDropped` names. */
  drop(isDropped: (work: Work) => boolean): void {
    for (let row = this.rows.count - 1; row >= 0; row--) {
      const work = this.#owners[row];
      if (work !== undefined && isDropped(work)) this.#remove(row);
    }
  }

  #push(work: Work): number {
    const row = this.rows.count++;
    this.#owners[row] = work;
    return row;
  }

  #remove(row: number): void {
    const last = --this.rows.count;
    const work = this.#owners.pop();
    if (row === last || work === undefined) return;
    this.rows.move(last, row);
    this.#owners[row] = work;
  }
}
