// One forward pass for a caller: read, admit, run, write. Shared by ModelInfer and its stream form.
import type { InferParameter__Output } from '#proto/gen/inference/InferParameter.ts';
import type { ModelInferRequest__Output } from '#proto/gen/inference/ModelInferRequest.ts';
import type { ModelInferResponse } from '#proto/gen/inference/ModelInferResponse.ts';
import { inputContract, outputContract, type TensorContract } from '../bundle/graph-contract.ts';
import type { InferAnswer } from '../engine/messages.ts';
import { CallError, TensorError } from '../errors.ts';
import type { PassUnderWay } from '../ports.ts';
import type { InferStatistics } from './infer-statistics.ts';
import type { Presence } from './presence.ts';
import { reasonOfError } from './refusal.ts';
import type { Served } from './serving.ts';
import { askedOutputs, type TensorReader, type TensorWriter } from './tensors.ts';
import type { ServiceContext } from './trajectory-service.ts';

/** Bytes that a row of request and answer holds while it is under way, roughly. */
const BYTES_PER_ROW = 16_384;

/** What a pass needs besides its request. */
export interface InferContext {
  readonly context: ServiceContext;
  readonly statistics: InferStatistics;
  readonly contractsOf: (served: Served) => Contracts;
  readonly reader: TensorReader;
  readonly writer: TensorWriter;
}

/** When the caller no longer waits: its deadline in milliseconds since 1970, and whether it is still there. */
export interface Patience {
  readonly deadline: number;
  readonly presence: Presence;
}

/** Whether a model of that name and version is served. */
export function isServed({ model }: Served, name: string, version: string): boolean {
  return model.names.includes(name) && (version === '' || version === model.bundle.manifest.version);
}

/** Throws CallError MODEL_UNKNOWN when a model of that name and version is not served. */
export function checkServed(served: Served, name: string, version: string): void {
  if (!isServed(served, name, version)) {
    throw new CallError('MODEL_UNKNOWN', 'another model or version is served here; check name and version');
  }
}

/** Runs one pass and counts what came of it. Rejects with CallError or TensorError. */
export async function infer(
  inferring: InferContext,
  request: ModelInferRequest__Output,
  patience: Patience,
): Promise<ModelInferResponse> {
  const { context, statistics } = inferring;
  const { clock, metrics } = context;
  const started = clock.monotonic();
  try {
    const answer = await run(inferring, request, patience, started);
    metrics.requests.inc({ method: 'ModelInfer', reason: 'OK' });
    return answer;
  } catch (error) {
    statistics.failed(clock.monotonic() - started);
    metrics.requests.inc({ method: 'ModelInfer', reason: reasonOfError(error) });
    throw error;
  }
}

async function run(
  { context, statistics, contractsOf, reader, writer }: InferContext,
  request: ModelInferRequest__Output,
  patience: Patience,
  started: number,
): Promise<ModelInferResponse> {
  const { serving, admission, clock } = context;
  const served = serving.current();
  checkServed(served, request.modelName, request.modelVersion);
  const { manifest } = served.model.bundle;
  const member = memberOf(request.parameters['member'], manifest.graph.members);
  const contracts = contractsOf(served);
  const outputs = askedOutputs(request, contracts.outputs);
  const { rows, packed, isRaw } = reader.read(request, contracts.inputs);
  const deadline = Math.min(patience.deadline, ownDeadline(request, clock.now().getTime()));
  const ticket = admission.admit({
    ...{ rows, bytes: rows * BYTES_PER_ROW, priority: 0 },
    patienceSeconds: (deadline - clock.now().getTime()) / 1_000,
  });
  try {
    const pass = served.engines.infer({ packed, outputs, member, rows, deadline });
    const answer = await unlessGone(pass, patience.presence);
    statistics.succeeded(rows, clock.monotonic() - started, answer.timing, clock.now().getTime());
    return {
      modelName: request.modelName,
      modelVersion: manifest.version,
      id: request.id,
      ...writer.write(request.outputs, answer.outputs, contracts.outputs, { rows, isRaw }),
    };
  } finally {
    ticket.release();
  }
}

/** Inputs and outputs of a model. */
export interface Contracts {
  readonly inputs: readonly TensorContract[];
  readonly outputs: readonly TensorContract[];
}

/** Remembers the tensors of what is served, which is one model for the life of a process. */
export function contractsOfServed(): (served: Served) => Contracts {
  let known: { readonly served: Served; readonly contracts: Contracts } | undefined;
  return (served) => {
    if (known?.served !== served) {
      const { sizes } = served.model.bundle.model;
      known = { served, contracts: { inputs: inputContract(sizes), outputs: outputContract(sizes) } };
    }
    return known.contracts;
  };
}

/** The parameter `timeout` is in microseconds, as Triton has it. */
function ownDeadline({ parameters }: ModelInferRequest__Output, now: number): number {
  const { timeout } = parameters;
  const microseconds = Number(timeout?.int64Param ?? timeout?.uint64Param ?? 0);
  return microseconds > 0 ? now + Math.floor(microseconds / 1_000) : Infinity;
}

/** The parameter `member` chooses an ensemble member; the first one when it is absent. */
function memberOf(parameter: InferParameter__Output | undefined, members: number): number {
  const member = Number(parameter?.int64Param ?? parameter?.uint64Param ?? 0);
  if (Number.isSafeInteger(member) && member >= 0 && member < members) return member;
  throw new TensorError(`parameters.member must be an integer from 0 to ${members - 1}`);
}

function unlessGone({ answer, cancel }: PassUnderWay, presence: Presence): Promise<InferAnswer> {
  return new Promise((resolve, reject) => {
    const stopWatching = presence.watch(() => {
      cancel();
      reject(new CallError('CANCELLED', 'the caller went away'));
    });
    answer.then(resolve, reject).finally(stopWatching);
  });
}
