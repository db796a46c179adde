// ModelInfer of one row with 32 calls in flight, by the same client, against servers in Python, and against servers that
// compute nothing: what those need is the transport, below which no server in their language comes.
import { readFileSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import { join } from 'node:path';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { connect } from '#proto/connect.ts';
import type { GRPCInferenceServiceDefinition } from '#proto/gen/inference/GRPCInferenceService.ts';
import type { ModelInferRequest } from '#proto/gen/inference/ModelInferRequest.ts';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { bundleFolder, type Worker } from '../../integration/inference/worker.ts';
import { line, median, plain, ratio } from './figures.ts';
import { flood, framed, openConnection } from './http2-client.ts';
import { startEmptyServer, startPythonServer } from './peers.ts';
import { cpuSecondsOf } from './rollouts.ts';

const IN_FLIGHT = 32;
const SECONDS = 2;
const PATH = '/inference.GRPCInferenceService/ModelInfer';

interface Speed {
  readonly perSecond: number;
  /** Microseconds of the server's CPU per call. */
  readonly cpu: number;
}

interface Server {
  readonly name: string;
  readonly session: ClientHttp2Session;
  cpu(): Promise<number>;
  stop(): void;
}

/** Measures the worker, both kinds of Python server, and servers that compute nothing, in turn, some rounds. */
export async function benchModelInfer(worker: Worker, python: string, rounds: number): Promise<void> {
  const ours = {
    ...{ name: 'worker', session: openConnection(worker.address), stop: () => undefined },
    cpu: () => cpuSecondsOf(worker),
  };
  const servers: Server[] = [
    ours,
    peerServer('Python grpcio sync', await startPythonServer(python, 'sync')),
    peerServer('Python grpcio aio', await startPythonServer(python, 'aio')),
    peerServer('grpc-js that computes nothing', await startEmptyServer()),
    peerServer('Python grpcio sync that computes nothing', await startPythonServer(python, 'empty-sync')),
    peerServer('Python grpcio aio that computes nothing', await startPythonServer(python, 'empty-aio')),
  ];
  const frame = framed(oneRow());
  const speeds = servers.map((): Speed[] => []);
  try {
    for (let round = -1; round < rounds; round++) {
      for (const [at, server] of servers.entries()) {
        const speed = await measure(server, frame);
        if (round >= 0) speeds[at]?.push(speed);
      }
    }
  } finally {
    for (const { session, stop } of servers) {
      session.close();
      stop();
    }
  }
  report(servers, speeds);
}

function report(servers: readonly Server[], speeds: readonly (readonly Speed[])[]): void {
  const rate = ({ perSecond }: Speed): number => perSecond;
  const cost = ({ cpu }: Speed): number => cpu;
  for (const [at, { name }] of servers.entries()) {
    const own = speeds[at] ?? [];
    line(
      `ModelInfer, 1 row, ${IN_FLIGHT} in flight: ${name}`,
      `${plain(median(own.map(rate)))} /s`,
      `${plain(median(own.map(cost)))} µs CPU`,
    );
  }
  const ours = speeds[0] ?? [];
  for (const [at, target] of [
    [1, 3],
    [2, 4],
  ] as const) {
    const theirs = speeds[at] ?? [];
    const calls = ratio(ours.map(rate), theirs.map(rate));
    line(`worker ÷ ${servers[at]?.name}, calls per second`, plain(calls), `target ≥ ${target}`);
    line(`${servers[at]?.name} ÷ worker, CPU per call`, plain(ratio(theirs.map(cost), ours.map(cost))));
  }
}

function peerServer(name: string, { address, stop }: { readonly address: string; stop(): void }): Server {
  const client = connect<GRPCInferenceServiceDefinition>(
    'inference.GRPCInferenceService',
    { address },
    protoFiles.inference,
  );
  return {
    ...{ name, session: openConnection(address) },
    cpu: async () => Number((await client.call('ServerMetadata', {}, 30_000)).version),
    stop: () => {
      client.close();
      stop();
    },
  };
}

async function measure({ session, cpu }: Server, frame: Uint8Array): Promise<Speed> {
  const before = await cpu();
  const { calls, elapsed } = await flood(session, PATH, frame, { inFlight: IN_FLIGHT, seconds: SECONDS });
  return { perSecond: calls / elapsed, cpu: (((await cpu()) - before) / calls) * 1e6 };
}

/** A request with the first golden row. */
function oneRow(): Buffer {
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
  const service = loadDefinition(protoFiles.inference)['inference.GRPCInferenceService'] as ServiceDefinition;
  const request: ModelInferRequest = {
    modelName: 'trajectory',
    inputs: tensors.map(({ name, shape }) => ({ name, datatype: 'FP32', shape })),
    outputs: ['event', 'dt_out', 'cum'].map((name) => ({ name })),
    rawInputContents: tensors.map(({ bytes }) => bytes),
  };
  return service['ModelInfer']?.requestSerialize(request) ?? Buffer.alloc(0);
}
