// How a model is served, in Triton's words.
import type { ModelConfig } from '#proto/gen/inference/ModelConfig.ts';
import { inputContract, outputContract, type TensorContract } from '../bundle/graph-contract.ts';
import type { Served } from './serving.ts';

/** Platform name of the Open Inference Protocol for ONNX. */
export const PLATFORM = 'onnx_onnxv1';

const TYPES = { float32: 'TYPE_FP32', int32: 'TYPE_INT32' } as const;

/** The configuration of what is served. */
export function modelConfigOf({ model, engines }: Served): ModelConfig {
  const { manifest, digest, model: tables } = model.bundle;
  const name = model.names[0] ?? manifest.name;
  const parameters = {
    bundleDigest: digest,
    contract: manifest.graph.contract,
    engine: engines.engine,
    members: String(manifest.graph.members),
    replayable: String(engines.replayable),
  };
  return {
    ...{ name, platform: PLATFORM, backend: 'onnxruntime' },
    versionPolicy: { latest: { numVersions: 1 } },
    // The rows are part of the dimensions: out_map has none.
    maxBatchSize: 0,
    input: inputContract(tables.sizes).map((contract) => ({ ...tensor(contract), dims: dimsOf(contract) })),
    output: outputContract(tables.sizes).map((contract) => ({ ...tensor(contract), dims: dimsOf(contract) })),
    instanceGroup: [
      {
        name: `${name}_0`,
        kind: engines.engine.includes('/cpu/') ? 'KIND_CPU' : 'KIND_GPU',
        count: engines.threads,
      },
    ],
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, stringValue]) => [key, { stringValue }]),
    ),
    modelTransactionPolicy: { decoupled: false },
  };
}

function tensor({ name, type }: TensorContract): { name: string; dataType: 'TYPE_FP32' | 'TYPE_INT32' } {
  return { name, dataType: TYPES[type] };
}

function dimsOf({ perRow, shape }: TensorContract): number[] {
  return perRow ? [-1, ...shape] : [...shape];
}
