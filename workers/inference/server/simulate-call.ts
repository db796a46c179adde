// One Simulate stream: header, leaves as they finish, progress, done. What is not finished when the deadline nears, the
// caller goes away or the process drains is reported as unfinished, so that the caller asks for just that.
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { SimulateRequest__Output } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { SimulateResponse } from '#proto/gen/twinward/v1/SimulateResponse.ts';
import type { Clock } from '#runtime/clock.ts';
import type { EngineFailure, LeafAnswer } from '../engine/messages.ts';
import { CallError } from '../errors.ts';
import type { PreparedRequest } from '../trajectory/prepare.ts';
import { rangesOf } from '../trajectory/question.ts';
import type { Admission, Ticket } from './admission.ts';
import type { InferenceMetrics } from './metrics.ts';
import { reasonOfError, refusalOf } from './refusal.ts';
import type { Served } from './serving.ts';
import { coverageMessage, leafMessage } from './simulate-answer.ts';

/** A Simulate call of grpc-js. */
export type SimulateStream = ServerWritableStream<SimulateRequest__Output, SimulateResponse>;

/** What a stream works with. */
export interface StreamContext {
  readonly served: Served;
  readonly prepared: PreparedRequest;
  readonly requestDigest: Uint8Array;
  readonly ticket: Ticket;
  readonly clock: Clock;
  readonly metrics: InferenceMetrics;
  readonly admission: Admission;
  /** Called once when the stream has ended, whatever the reason. */
  readonly onEnd: () => void;
}

const PROGRESS_EVERY_MS = 500;
const LONGEST_MARGIN_MS = 250;
const SHORTEST_MARGIN_MS = 20;

/** A stream under way. */
export class SimulateCall {
  readonly #stream: SimulateStream;
  readonly #context: StreamContext;
  readonly #missing: Set<number>;
  readonly #startedAt: number;
  readonly #cancelDeadline: () => void;
  #cancelEngine: () => void = () => undefined;
  #progressAt: number;
  #steps = 0;
  #events = 0;
  #hasEnded = false;

  constructor(stream: SimulateStream, context: StreamContext) {
    this.#stream = stream;
    this.#context = context;
    this.#missing = new Set(context.prepared.plan.leaves);
    this.#startedAt = context.clock.monotonic();
    this.#progressAt = this.#startedAt;
    this.#cancelDeadline = this.#watchDeadline();
    stream.on('cancelled', () => this.#end('CANCELLED'));
    stream.on('error', () => this.#end('CANCELLED'));
  }

  /** Sends the header and starts the rollouts. */
  start(): void {
    const { served, prepared, requestDigest } = this.#context;
    this.#stream.write({
      header: {
        bundleDigest: served.model.bundle.digest,
        engine: served.engines.engine,
        requestDigest,
        coverage: coverageMessage(prepared.coverage),
        warnings: [...prepared.warnings],
        outcomes: [...prepared.outcomes],
      },
    });
    this.#cancelEngine = served.engines.simulate(prepared.plan, {
      leaf: (leaf) => this.#takeLeaf(leaf),
      failed: (reason) => this.#fail(reason),
    });
  }

  /** Ends the stream with what is finished. */
  interrupt(): void {
    if (this.#hasEnded) return;
    this.#cancelEngine();
    this.#finish();
  }

  #watchDeadline(): () => void {
    const deadline = this.#stream.getDeadline();
    const at = deadline instanceof Date ? deadline.getTime() : deadline;
    if (!Number.isFinite(at)) return () => undefined;
    const left = at - this.#context.clock.now().getTime();
    const margin = Math.min(LONGEST_MARGIN_MS, Math.max(SHORTEST_MARGIN_MS, left * 0.1));
    return this.#context.clock.schedule(left - margin, () => this.interrupt());
  }

  #takeLeaf(leaf: LeafAnswer): void {
    if (this.#hasEnded) return;
    const { metrics, prepared, clock } = this.#context;
    const total = prepared.plan.leaves.length;
    const now = clock.monotonic();
    if (this.#missing.size === total) metrics.firstLeafSeconds.observe((now - this.#startedAt) / 1_000);
    this.#missing.delete(leaf.firstSample);
    this.#count(leaf, metrics);
    this.#context.admission.observeLeaf(leaf.steps, prepared.rowYears / total);
    this.#context.ticket.progress(1 - this.#missing.size / total);
    this.#stream.write({ leaf: leafMessage(leaf, prepared.plan, this.#stream.request.output) });
    if (this.#missing.size === 0) {
      this.#finish();
    } else if (now - this.#progressAt >= PROGRESS_EVERY_MS) {
      this.#progressAt = now;
      this.#stream.write({ progress: { leavesDone: total - this.#missing.size, leavesTotal: total } });
    }
  }

  #count(leaf: LeafAnswer, metrics: InferenceMetrics): void {
    this.#steps += leaf.steps;
    this.#events += leaf.events;
    metrics.leaves.inc();
    metrics.steps.inc(leaf.steps);
    metrics.events.inc(leaf.events);
  }

  #finish(): void {
    const unfinished = rangesOf(this.#missing);
    this.#stream.write({ done: { unfinished, steps: this.#steps, events: this.#events } });
    this.#stream.end();
    this.#end('OK');
  }

  #fail(reason: EngineFailure): void {
    if (this.#hasEnded) return;
    this.#cancelEngine();
    const error = new CallError(
      reason,
      'the engine could not compute this request; call again, then report it',
    );
    this.#end(reasonOfError(error));
    this.#stream.emit('error', refusalOf(error));
  }

  #end(reason: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelDeadline();
    if (reason === 'CANCELLED') this.#cancelEngine();
    this.#context.ticket.release();
    this.#context.metrics.requests.inc({ method: 'Simulate', reason });
    this.#context.onEnd();
  }
}
