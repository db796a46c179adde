// inference.GRPCInferenceService, the Open Inference Protocol version 2 with Triton's extensions: one forward pass of
// the step graph, and what is known about server and model.
import type { ServerDuplexStream, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { GRPCInferenceServiceHandlers } from '#proto/gen/inference/GRPCInferenceService.ts';
import type { ModelMetadataResponse } from '#proto/gen/inference/ModelMetadataResponse.ts';
import type { RepositoryIndexResponse } from '#proto/gen/inference/RepositoryIndexResponse.ts';
import { inputContract, outputContract, type TensorContract } from '../bundle/graph-contract.ts';
import { CallError } from '../errors.ts';
import { checkServed, contractsOfServed, infer, isServed, type Patience } from './infer-call.ts';
import { InferStatistics } from './infer-statistics.ts';
import { modelStreamInfer } from './infer-stream.ts';
import { modelConfigOf, PLATFORM } from './model-config.ts';
import { Presence } from './presence.ts';
import { refusalOf } from './refusal.ts';
import type { Served, Serving } from './serving.ts';
import { datatypeOf, TensorReader, TensorWriter } from './tensors.ts';
import type { ServiceContext } from './trajectory-service.ts';
import { unary } from './unary.ts';

const SERVER_NAME = 'twinward-inference';
/** Triton's extensions that hold here. */
const EXTENSIONS = ['binary_tensor_data', 'parameters', 'statistics', 'model_configuration'] as const;

/** Handlers of the Open Inference Protocol; `version` is this server's. */
export function openInferenceHandlers(
  context: ServiceContext,
  version: string,
): UntypedServiceImplementation {
  const { serving, metrics } = context;
  const statistics = new InferStatistics();
  const inferring = {
    ...{ context, statistics, contractsOf: contractsOfServed() },
    ...{ reader: new TensorReader(), writer: new TensorWriter() },
  };
  const handlers: GRPCInferenceServiceHandlers = {
    ServerLive: unary(undefined, metrics, async () => ({ live: true })),
    ServerReady: unary(undefined, metrics, async () => ({ ready: serving.isReady })),
    ModelReady: unary(undefined, metrics, async (request) => ({
      ready: serving.isReady && isServed(serving.current(), request.name, request.version),
    })),
    ServerMetadata: unary(undefined, metrics, async () => ({
      ...{ name: SERVER_NAME, version },
      extensions: [...EXTENSIONS],
    })),
    ModelMetadata: unary(undefined, metrics, async ({ name, version: asked }) =>
      metadataOf(named(serving, name, asked)),
    ),
    ModelConfig: unary(undefined, metrics, async ({ name, version: asked }) => ({
      config: modelConfigOf(named(serving, name, asked)),
    })),
    ModelStatistics: unary(undefined, metrics, async ({ name, version: asked }) => {
      const { model } = name === '' ? serving.current() : named(serving, name, asked);
      const { manifest } = model.bundle;
      return { modelStats: [statistics.message(model.names[0] ?? manifest.name, manifest.version)] };
    }),
    RepositoryIndex: unary(undefined, metrics, async ({ ready }) => indexOf(serving, ready)),
    RepositoryModelLoad: unary(undefined, metrics, refuseRepository),
    RepositoryModelUnload: unary(undefined, metrics, refuseRepository),
    ModelInfer: (call, callback) => {
      infer(inferring, call.request, patienceOf(call)).then(
        (answer) => callback(null, answer),
        (error: unknown) => callback(refusalOf(error)),
      );
    },
    ModelStreamInfer: modelStreamInfer(inferring, patienceOf),
  };
  return { ...handlers };
}

function named(serving: Serving, name: string, version: string): Served {
  const served = serving.current();
  checkServed(served, name, version);
  return served;
}

/** How long the caller of a call waits for it. */
function patienceOf(
  call: Pick<ServerUnaryCall<unknown, unknown> | ServerDuplexStream<unknown, unknown>, 'getDeadline' | 'on'>,
): Patience {
  const deadline = call.getDeadline();
  const presence = new Presence();
  call.on('cancelled', () => presence.leave());
  return { deadline: deadline instanceof Date ? deadline.getTime() : deadline, presence };
}

async function refuseRepository(): Promise<never> {
  throw new CallError(
    'MODEL_FIXED',
    'this process serves one bundle from its start to its end; change the TwinModel instead',
  );
}

/** The one model, while it loads as well; its name is known once it is loaded. */
function indexOf(serving: Serving, onlyReady: boolean): RepositoryIndexResponse {
  if (serving.state === 'LOADING') return { models: [] };
  const { model } = serving.current();
  const { manifest } = model.bundle;
  const state = serving.isReady ? 'READY' : 'UNLOADING';
  const reason = serving.isReady ? '' : serving.state;
  const index = { name: model.names[0] ?? manifest.name, version: manifest.version, state, reason };
  return { models: onlyReady && !serving.isReady ? [] : [index] };
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
