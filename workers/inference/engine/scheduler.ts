// Which rows go into the next run: jobs by priority, then by arrival; within a job its history first, then its samples
// in order. Runs are short, so that cancellation and more urgent work are noticed between them.
import type { IndexState } from '../trajectory/fold.ts';
import { hasFiniteSums } from '../trajectory/leaf.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import { beginLeaf } from '../trajectory/path-step.ts';
import { LEAF_SAMPLES, type RolloutPlan } from '../trajectory/plan.ts';
import { type FoldWork, Lane, type LeafWork, type StepGraph, type Work } from './lane.ts';

/** What came of a leaf. */
export interface FinishedLeaf {
  readonly work: LeafWork;
  readonly member: number;
  /** Rows computed for it; the fold of the history counts towards the first leaf after it. */
  readonly steps: number;
}

/** Who is told about the progress of a job. */
export interface JobListener {
  leaf(leaf: FinishedLeaf): void;
  failed(reason: 'NON_FINITE' | 'ENGINE_FAILED'): void;
}

interface Job {
  readonly id: number;
  readonly plan: RolloutPlan;
  readonly listener: JobListener;
  /** Work that has rows or is about to have some, by member. */
  readonly members: Map<number, MemberState>;
  unfinished: number;
  foldSteps: number;
}

interface MemberState {
  state: IndexState | 'folding' | undefined;
  /** First samples of leaves that have not begun. */
  readonly queue: number[];
  current: LeafWork | undefined;
  nextSample: number;
}

/** Schedules jobs onto the lanes of all members. */
export class Scheduler {
  readonly #model: TrajectoryModel;
  readonly #graphs: readonly StepGraph[];
  readonly #lanes: readonly Lane[];
  readonly #queues: readonly [Job[], Job[], Job[]] = [[], [], []];
  readonly #byWork = new WeakMap<Work, Job>();
  /** Jobs that gave a number that is none; dropped after the run, since rows must not move during it. */
  readonly #spoilt = new Set<Job>();

  /** One graph per member; `capacity`: most rows of a run. */
  constructor(model: TrajectoryModel, graphs: readonly StepGraph[], capacity: number) {
    this.#model = model;
    this.#graphs = graphs;
    this.#lanes = graphs.map(() => new Lane(model, capacity));
  }

  /** Whether any job is unfinished. */
  get isBusy(): boolean {
    return this.#queues.some((queue) => queue.length > 0);
  }

  /** Takes a job on. */
  start(id: number, plan: RolloutPlan, listener: JobListener): void {
    const members = new Map<number, MemberState>();
    for (const firstSample of plan.leaves) {
      const member = memberOf(firstSample, this.#lanes.length);
      const state = members.get(member) ?? { state: undefined, queue: [], current: undefined, nextSample: 0 };
      state.queue.push(firstSample);
      members.set(member, state);
    }
    this.#queues[plan.priority].push({
      id,
      plan,
      listener,
      members,
      unfinished: plan.leaves.length,
      foldSteps: 0,
    });
  }

  /** Drops a job and all of its rows. Unknown ids are ignored. */
  cancel(id: number): void {
    for (const queue of this.#queues) {
      const at = queue.findIndex((job) => job.id === id);
      if (at >= 0) this.#drop(queue.splice(at, 1));
    }
  }

  #drop(jobs: readonly Job[]): void {
    const dropped = new Set(jobs);
    for (const lane of this.#lanes) {
      lane.drop((work) => {
        const job = this.#byWork.get(work);
        return job !== undefined && dropped.has(job);
      });
    }
  }

  /** Fills and runs every lane that has work once. Returns the rows computed. */
  async runOnce(): Promise<number> {
    let rows = 0;
    for (const [member, lane] of this.#lanes.entries()) {
      this.#fill(lane, member);
      const graph = this.#graphs[member];
      if (lane.rows.count > 0 && graph !== undefined) rows += await lane.step(graph);
      this.#dropSpoilt();
    }
    return rows;
  }

  #dropSpoilt(): void {
    for (const job of this.#spoilt) {
      this.cancel(job.id);
      job.listener.failed('NON_FINITE');
    }
    this.#spoilt.clear();
  }

  /** Tells every job that the engine is broken, and drops them all. */
  failAll(): void {
    for (const queue of this.#queues) {
      const jobs = queue.splice(0);
      this.#drop(jobs);
      for (const job of jobs) job.listener.failed('ENGINE_FAILED');
    }
  }

  #fill(lane: Lane, member: number): void {
    for (const queue of this.#queues) {
      for (const job of queue) {
        const state = job.members.get(member);
        if (state !== undefined) this.#fillFrom(lane, member, job, state);
        if (lane.free === 0) return;
      }
    }
  }

  #fillFrom(lane: Lane, member: number, job: Job, own: MemberState): void {
    if (own.state === undefined) this.#beginFold(lane, job, own);
    if (own.state === undefined || own.state === 'folding') return;
    while (lane.free >= job.plan.scenarios.length) {
      own.current ??= this.#beginLeaf(job, own, member);
      if (own.current === undefined) return;
      lane.addSample(own.current, own.nextSample++, own.state);
      if (own.nextSample === LEAF_SAMPLES) own.current = undefined;
    }
  }

  #beginFold(lane: Lane, job: Job, own: MemberState): void {
    own.state = 'folding';
    const done = (state: IndexState): void => {
      own.state = state;
      job.foldSteps += work.steps;
    };
    const work: FoldWork = { kind: 'fold', plan: job.plan, done, steps: 0 };
    this.#byWork.set(work, job);
    lane.addFold(work);
  }

  #beginLeaf(job: Job, own: MemberState, member: number): LeafWork | undefined {
    const firstSample = own.queue.shift();
    if (firstSample === undefined) return undefined;
    own.nextSample = 0;
    const work: LeafWork = {
      kind: 'leaf',
      run: beginLeaf(job.plan, firstSample, this.#model.outcomes.count),
      done: () => this.#finish(job, work, member),
      pending: LEAF_SAMPLES * job.plan.scenarios.length,
      steps: 0,
      events: 0,
    };
    this.#byWork.set(work, job);
    return work;
  }

  #finish(job: Job, work: LeafWork, member: number): void {
    if (!hasFiniteSums(work.run.buffer)) {
      this.#spoilt.add(job);
      return;
    }
    job.unfinished--;
    if (job.unfinished === 0) {
      const queue = this.#queues[job.plan.priority];
      queue.splice(queue.indexOf(job), 1);
    }
    const steps = work.steps + job.foldSteps;
    job.foldSteps = 0;
    job.listener.leaf({ work, member, steps });
  }
}

/** Member of a leaf: leaf i uses member i mod M. */
export function memberOf(firstSample: number, members: number): number {
  return Math.floor(firstSample / LEAF_SAMPLES) % members;
}
