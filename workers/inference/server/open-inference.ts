// inference.GRPCInferenceService, the Open Inference Protocol version 2: one forward pass of the step graph.
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { GRPCInferenceServiceHandlers } from '#proto/gen/inference/GRPCInferenceService.ts';
import type { InferParameter__Output } from '#proto/gen/inference/InferParameter.ts';
import type { ModelInferRequest__Output } from '#proto/gen/inference/ModelInferRequest.ts';
import type { ModelInferResponse } from '#proto/gen/inference/ModelInferResponse.ts';
import type { ModelMetadataResponse } from '#proto/gen/inference/ModelMetadataResponse.ts';
import { inputContract, outputContract, type TensorContract } from '../bundle/graph-contract.ts';
import { CallError, TensorError } from '../errors.ts';
import type { Served } from './serving.ts';
import { askedOutputs, datatypeOf, readTensors, writeTensors } from './tensors.ts';
import type { ServiceContext } from './trajectory-service.ts';
import { unary } from './unary.ts';

const SERVER_NAME = 'twinward-inference';
const PLATFORM = 'onnx_onnxv1';
const BYTES_PER_ROW = 16_384;

/** Handlers of the Open Inference Protocol; `version` is this server's. */
export function openInferenceHandlers(
  context: ServiceContext,
  version: string,
): UntypedServiceImplementation {
  const { serving, metrics } = context;
  const handlers: GRPCInferenceServiceHandlers = {
    ServerLive: unary(undefined, metrics, async () => ({ live: true })),
    ServerReady: unary(undefined, metrics, async () => ({ ready: serving.isReady })),
    ModelReady: unary(undefined, metrics, async (request) => ({
      ready: serving.isReady && isServed(serving.current(), request.name, request.version),
    })),
    ServerMetadata: unary(undefined, metrics, async () => ({ name: SERVER_NAME, version, extensions: [] })),
    ModelMetadata: unary(undefined, metrics, async (request) => {
      const served = serving.current();
      checkServed(served, request.name, request.version);
      return metadataOf(served);
    }),
    ModelInfer: unary('ModelInfer', metrics, (request) => infer(context, request)),
  };
  return { ...handlers };
}

function isServed({ model }: Served, name: string, version: string): boolean {
  return model.names.includes(name) && (version === '' || version === model.bundle.manifest.version);
}

function checkServed(served: Served, name: string, version: string): void {
  if (!isServed(served, name, version)) {
    throw new CallError('MODEL_UNKNOWN', 'another model or version is served here; check name and version');
  }
}

function metadataOf({ model, engines }: Served): ModelMetadataResponse {
  const { manifest, digest, model: tables } = model.bundle;
  return {
    name: model.names[0] ?? manifest.name,
    versions: [manifest.version],
    platform: PLATFORM,
    inputs: inputContract(tables.sizes).map(tensorMetadata),
    outputs: outputContract(tables.sizes).map(tensorMetadata),
    properties: { bundleDigest: digest, contract: manifest.graph.contract, engine: engines.engine },
  };
}

function tensorMetadata(contract: TensorContract): { name: string; datatype: string; shape: number[] } {
  const { name, perRow, shape } = contract;
  return { name, datatype: datatypeOf(contract), shape: perRow ? [-1, ...shape] : [...shape] };
}

async function infer(
  context: ServiceContext,
  request: ModelInferRequest__Output,
): Promise<ModelInferResponse> {
  const served = context.serving.current();
  checkServed(served, request.modelName, request.modelVersion);
  const { manifest, model } = served.model.bundle;
  const member = memberOf(request.parameters['member'], manifest.graph.members);
  const outputs = outputContract(model.sizes);
  const asked = askedOutputs(request, outputs);
  const read = readTensors(request, inputContract(model.sizes));
  const ticket = context.admission.admit({ rows: read.rows, bytes: read.rows * BYTES_PER_ROW, priority: 0 });
  try {
    const answer = await served.engines.infer(read.tensors, asked, member);
    return {
      modelName: request.modelName,
      modelVersion: manifest.version,
      id: request.id,
      ...writeTensors(answer, outputs, read),
    };
  } finally {
    ticket.release();
  }
}

/** The parameter `member` chooses an ensemble member; the first one when it is absent. */
function memberOf(parameter: InferParameter__Output | undefined, members: number): number {
  const member = Number(parameter?.int64Param ?? parameter?.uint64Param ?? 0);
  if (Number.isSafeInteger(member) && member >= 0 && member < members) return member;
  throw new TensorError(`parameters.member must be an integer from 0 to ${members - 1}`);
}
