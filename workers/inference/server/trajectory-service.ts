// twinward.v1.TrajectoryGenerator: Describe, Tokenize, Simulate.
import { createHash } from 'node:crypto';
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { DescribeRequest__Output } from '#proto/gen/twinward/v1/DescribeRequest.ts';
import type { DescribeResponse } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { InterventionDescription } from '#proto/gen/twinward/v1/InterventionDescription.ts';
import type { SimulateRequest, SimulateRequest__Output } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { TokenizeRequest__Output } from '#proto/gen/twinward/v1/TokenizeRequest.ts';
import type { TokenizeResponse } from '#proto/gen/twinward/v1/TokenizeResponse.ts';
import type { TrajectoryGeneratorHandlers } from '#proto/gen/twinward/v1/TrajectoryGenerator.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Vocabulary } from '../bundle/vocabulary.ts';
import { checkModel, prepare, readHistory } from '../trajectory/prepare.ts';
import { tokenise } from '../trajectory/tokenise.ts';
import type { Admission } from './admission.ts';
import { answerExplain } from './explain-call.ts';
import type { InferenceMetrics } from './metrics.ts';
import { reasonOfError, refusalOf } from './refusal.ts';
import type { Served, Serving } from './serving.ts';
import { coverageMessage } from './simulate-answer.ts';
import { SimulateCall, type SimulateStream } from './simulate-call.ts';
import { unary } from './unary.ts';

/** What the services of this process work with. */
export interface ServiceContext {
  readonly serving: Serving;
  readonly admission: Admission;
  readonly metrics: InferenceMetrics;
  readonly clock: Clock;
  /** Streams under way; the drain interrupts what is left of them. */
  readonly streams: Set<SimulateCall>;
}

/** The method Simulate as far as a digest needs it. */
export interface SimulateMethod {
  readonly requestSerialize: (request: SimulateRequest) => Buffer;
}

const MOST_UNMAPPED = 1_000;

/** Handlers of the TrajectoryGenerator; `simulate` is its method, which serialises a request for its digest. */
export function trajectoryHandlers(
  context: ServiceContext,
  simulate: SimulateMethod,
): UntypedServiceImplementation {
  const handlers: TrajectoryGeneratorHandlers = {
    Describe: unary('Describe', context.metrics, async (request) =>
      describe(context.serving.current(), request),
    ),
    Tokenize: unary('Tokenize', context.metrics, async (request) =>
      answerTokenize(context.serving.current(), request),
    ),
    Explain: unary('Explain', context.metrics, (request, deadline) =>
      answerExplain(context, request, deadline),
    ),
    Simulate: (stream) => startStream(context, stream, simulate),
  };
  return { ...handlers };
}

/** sha256 of the request without what only says how to compute it: ranges, output and priority. */
function digestOf(request: SimulateRequest__Output, simulate: SimulateMethod): Uint8Array {
  const { ranges: _ranges, output: _output, priority: _priority, ...question } = request;
  return createHash('sha256').update(simulate.requestSerialize(question)).digest();
}

function startStream(context: ServiceContext, stream: SimulateStream, simulate: SimulateMethod): void {
  try {
    const served = context.serving.current();
    const prepared = prepare(served.model, stream.request);
    const { rows, bytes, rowYears, plan } = prepared;
    const ticket = context.admission.admit({
      ...{ rows, bytes, rowYears, priority: plan.priority, instants: plan.history.years.length },
      patienceSeconds: patienceOf(stream, context.clock),
    });
    const requestDigest = digestOf(stream.request, simulate);
    const { clock, metrics, streams, admission } = context;
    const onEnd = (): void => void streams.delete(call);
    const call = new SimulateCall(stream, {
      served,
      prepared,
      requestDigest,
      ticket,
      clock,
      metrics,
      admission,
      onEnd,
    });
    streams.add(call);
    call.start();
  } catch (error) {
    context.metrics.requests.inc({ method: 'Simulate', reason: reasonOfError(error) });
    stream.emit('error', refusalOf(error));
  }
}

function patienceOf(stream: SimulateStream, clock: Clock): number {
  const deadline = stream.getDeadline();
  return ((deadline instanceof Date ? deadline.getTime() : deadline) - clock.now().getTime()) / 1_000;
}

function answerTokenize({ model }: Served, request: TokenizeRequest__Output): TokenizeResponse {
  checkModel(model, request.model, '');
  const { coverage, byKind, unmapped } = tokenise(model.lexicon, readHistory(request.history));
  return {
    coverage: coverageMessage(coverage),
    unmapped: request.listUnmapped ? unmapped.slice(0, MOST_UNMAPPED) : [],
    byKind: Object.fromEntries([...byKind].map(([kind, counts]) => [kind, coverageMessage(counts)])),
  };
}

function describe({ model, engines }: Served, request: DescribeRequest__Output): DescribeResponse {
  checkModel(model, request.model, '');
  const { manifest, vocabulary, calibration, digest } = model.bundle;
  const { ageYears, maxHorizonDays, minCoverage, status, statement } = manifest.intendedUse;
  return {
    model: model.names[0] ?? manifest.name,
    version: manifest.version,
    bundleDigest: digest,
    task: manifest.task,
    engine: engines.engine,
    replayable: engines.replayable,
    outcomes: vocabulary.outcomes.map(({ name, title, calibrated, recurrent }) => ({
      ...{ name, title, calibrated, recurrent },
      logitSd: calibration.logitSd[name] ?? 0,
    })),
    maxHorizonDays,
    minAgeYears: ageYears[0],
    maxAgeYears: ageYears[1],
    minCoverage,
    intendedUse: status,
    statement,
    members: manifest.graph.members,
    kappa: manifest.calibration.kappa,
    interventions: interventionsOf(vocabulary),
  };
}

function interventionsOf({ interventions }: Vocabulary): InterventionDescription[] {
  return interventions.flatMap(({ title, actions, effect, codes }) =>
    codes.map(({ system, code }) => ({
      ...{ system, code, title, effect },
      actions: actions.map((action) => (action === 'START' ? 'ACTION_START' : 'ACTION_STOP')),
    })),
  );
}
