// ModelInfer of one row with 32 calls in flight, by the same client, against servers in Python.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { GRPCInferenceServiceDefinition } from '#proto/gen/inference/GRPCInferenceService.ts';
import type { ModelInferRequest } from '#proto/gen/inference/ModelInferRequest.ts';
import { protoFiles } from '#proto/load.ts';
import { bundleFolder, type Worker } from '../../integration/inference/worker.ts';
import { line, median, plain, ratio } from './figures.ts';
import { startPythonServer } from './peers.ts';
import { cpuSecondsOf } from './rollouts.ts';

const IN_FLIGHT = 32;
const SECONDS = 2;

interface Speed {
  readonly perSecond: number;
  /** Microseconds of the server's CPU per call. */
  readonly cpu: number;
}

interface Server {
  readonly name: string;
  readonly client: ServiceClient<GRPCInferenceServiceDefinition>;
  cpu(): Promise<number>;
}

/** Measures the worker and both kinds of Python server in turn, some rounds. */
export async function benchModelInfer(worker: Worker, python: string, rounds: number): Promise<void> {
  const [sync, aio] = [await startPythonServer(python, 'sync'), await startPythonServer(python, 'aio')];
  const ours: Server = { name: 'worker', client: clientOf(worker.address), cpu: () => cpuSecondsOf(worker) };
  const servers = [
    ours,
    pythonServer('Python grpcio sync', sync.address),
    pythonServer('Python grpcio aio', aio.address),
  ];
  const speeds = servers.map((): Speed[] => []);
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [at, server] of servers.entries()) {
        const speed = await measure(server);
        if (round >= 0) speeds[at]?.push(speed);
      }
    }
  } finally {
    for (const { client } of servers) client.close();
    sync.stop();
    aio.stop();
  }
  report(servers, speeds);
}

function report(servers: readonly Server[], speeds: readonly (readonly Speed[])[]): void {
  const rate = ({ perSecond }: Speed): number => perSecond;
  for (const [at, { name }] of servers.entries()) {
    const own = speeds[at] ?? [];
    const cpu = plain(median(own.map((speed) => speed.cpu)));
    line(
      `ModelInfer, 1 row, ${IN_FLIGHT} in flight: ${name}`,
      `${plain(median(own.map(rate)))} /s`,
      `${cpu} µs CPU`,
    );
  }
  for (const [at, target] of [
    [1, 3],
    [2, 4],
  ] as const) {
    const factor = ratio((speeds[0] ?? []).map(rate), (speeds[at] ?? []).map(rate));
    line(`worker ÷ ${servers[at]?.name}, calls per second`, plain(factor), `target ≥ ${target}`);
  }
}

function clientOf(address: string): ServiceClient<GRPCInferenceServiceDefinition> {
  return connect('inference.GRPCInferenceService', { address }, protoFiles.inference);
}

function pythonServer(name: string, address: string): Server {
  const client = clientOf(address);
  return { name, client, cpu: async () => Number((await client.call('ServerMetadata', {}, 30_000)).version) };
}

async function measure({ client, cpu }: Server): Promise<Speed> {
  const request = oneRow();
  const before = await cpu();
  const start = performance.now();
  const end = start + SECONDS * 1_000;
  const counts = await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      let calls = 0;
      for (; performance.now() < end; calls++) await client.call('ModelInfer', request, 60_000);
      return calls;
    }),
  );
  const calls = counts.reduce((sum, count) => sum + count, 0);
  const elapsed = (performance.now() - start) / 1_000;
  return { perSecond: calls / elapsed, cpu: (((await cpu()) - before) / calls) * 1e6 };
}

/** The first golden row. */
function oneRow(): ModelInferRequest {
  const golden: Record<string, { readonly shape: number[]; readonly data: string }> = JSON.parse(
    readFileSync(join(bundleFolder, 'golden.json'), 'utf8'),
  ).step.inputs;
  const tensors = Object.entries(golden).map(([name, { shape, data }]) => {
    const bytes = Buffer.from(data, 'base64');
    if (name === 'out_map') return { name, shape, bytes };
    return {
      name,
      shape: [1, ...shape.slice(1)],
      bytes: bytes.subarray(0, bytes.length / (shape[0] ?? 1)),
    };
  });
  return {
    modelName: 'trajectory',
    inputs: tensors.map(({ name, shape }) => ({ name, datatype: 'FP32', shape })),
    outputs: ['event', 'dt_out', 'cum'].map((name) => ({ name })),
    rawInputContents: tensors.map(({ bytes }) => bytes),
  };
}
