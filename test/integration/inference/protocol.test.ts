// What clients rely on: reason codes, health, reflection, the Open Inference Protocol, cancellation, drain.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { GRPCInferenceServiceDefinition } from '#proto/gen/inference/GRPCInferenceService.ts';
import type { ModelInferRequest } from '#proto/gen/inference/ModelInferRequest.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { SimulateResponse__Output } from '#proto/gen/twinward/v1/SimulateResponse.ts';
import type { TrajectoryGeneratorDefinition } from '#proto/gen/twinward/v1/TrajectoryGenerator.ts';
import { protoFiles } from '#proto/load.ts';
import { isServiceError, reasonOf } from '#proto/status.ts';
import { writeCertificate } from '../twins/certificate.ts';
import { GrpcReflectionDescriptors } from './reflection-client.ts';
import {
  aRequest,
  bundleFolder,
  RXNORM,
  STATIN,
  simulate,
  startWorker,
  untilReady,
  type Worker,
} from './worker.ts';

const GOLDEN = JSON.parse(readFileSync(join(bundleFolder, 'golden.json'), 'utf8'));

async function refusal(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    assert.ok(isServiceError(error), String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the call was answered' });
}

describe('the TrajectoryGenerator', () => {
  let worker: Worker;
  before(async () => {
    worker = await untilReady(await startWorker({ env: { TWINWARD_QUEUE_ROWS: '65536' } }));
  });
  after(async () => {
    await worker.stop();
  });

  it('describes what it serves', async () => {
    const answer = await worker.client.call('Describe', {}, 10_000);
    assert.equal(answer.model, 'trajectory');
    assert.match(answer.engine, /^ort-1\.30\.0\/cpu\/(avx512|avx2|base|arm64)$/);
    assert.equal(answer.replayable, true);
    assert.equal(answer.task, 'Trajectory');
    const names = answer.outcomes.map(({ name }) => name);
    assert.ok(['mi', 'death', 'event-free'].every((name) => names.includes(name)));
    const statin = answer.interventions.find(({ code, system }) => code === STATIN.code && system === RXNORM);
    assert.deepEqual(statin?.actions, ['ACTION_START', 'ACTION_STOP']);
    assert.equal(answer.maxHorizonDays, 3_653);
    const calibration = JSON.parse(readFileSync(join(bundleFolder, 'calibration.json'), 'utf8'));
    assert.ok(answer.outcomes.some(({ logitSd }) => logitSd > 0));
    for (const { name, logitSd } of answer.outcomes) {
      assert.equal(logitSd, calibration.logitSd[name] ?? 0, name);
    }
  });

  it('counts coverage by kind and names what it does not know', async () => {
    const history = [
      ...(aRequest().history ?? []),
      { system: 'urn:site', code: 'unheard-of', offsetDays: -3, action: 'ACTION_MEASURE' as const },
    ];
    const answer = await worker.client.call('Tokenize', { history, listUnmapped: true }, 10_000);
    assert.deepEqual({ ...answer.coverage }, { mapped: 6, ignored: 0, unmapped: 1, badUnit: 0 });
    assert.deepEqual(answer.unmapped, ['urn:site|unheard-of']);
    assert.equal(answer.byKind['measurement']?.unmapped, 1);
    assert.equal(answer.byKind['drug']?.mapped, 2);
  });

  const refusals: readonly (readonly [string, status, string, Partial<SimulateRequest>])[] = [
    ['another model', status.NOT_FOUND, 'MODEL_UNKNOWN', { model: 'other' }],
    ['another bundle', status.FAILED_PRECONDITION, 'DIGEST_MISMATCH', { bundleDigest: 'a'.repeat(64) }],
    ['no range', status.INVALID_ARGUMENT, 'BAD_RANGE', { ranges: [] }],
    ['a crooked range', status.INVALID_ARGUMENT, 'BAD_RANGE', { ranges: [{ from: 0, to: 100 }] }],
    [
      'overlapping ranges',
      status.INVALID_ARGUMENT,
      'BAD_RANGE',
      {
        ranges: [
          { from: 0, to: 128 },
          { from: 64, to: 192 },
        ],
      },
    ],
    ['descending horizons', status.INVALID_ARGUMENT, 'BAD_RANGE', { horizonsDays: [365, 30] }],
    ['nine horizons', status.INVALID_ARGUMENT, 'BAD_RANGE', { horizonsDays: [1, 2, 3, 4, 5, 6, 7, 8, 9] }],
    ['a horizon beyond the model', status.FAILED_PRECONDITION, 'HORIZON_TOO_LONG', { horizonsDays: [3_654] }],
    ['an unknown outcome', status.FAILED_PRECONDITION, 'OUTCOME_NOT_MODELLED', { outcomes: ['happiness'] }],
    [
      'an event after the index',
      status.INVALID_ARGUMENT,
      'FUTURE_EVENT',
      { history: [{ ...STATIN, offsetDays: 0.5, action: 'ACTION_START' }] },
    ],
    ['an impossible age', status.FAILED_PRECONDITION, 'OUT_OF_SCOPE', { ageAtIndexDays: -1 }],
    [
      'a history of unknown codes',
      status.FAILED_PRECONDITION,
      'COVERAGE_TOO_LOW',
      { history: [{ system: 'urn:site', code: 'x', offsetDays: -1, action: 'ACTION_OCCUR' }] },
    ],
    [
      'an unknown intervention',
      status.INVALID_ARGUMENT,
      'INTERVENTION_UNKNOWN',
      {
        scenarios: [
          { name: 'a', interventions: [{ system: RXNORM, code: '0', action: 'ACTION_START', atDays: 0 }] },
        ],
      },
    ],
    [
      'setting a laboratory value',
      status.INVALID_ARGUMENT,
      'INTERVENTION_UNKNOWN',
      {
        scenarios: [
          {
            name: 'a',
            interventions: [
              {
                system: 'http://loinc.org',
                code: '8480-6',
                action: 'ACTION_SET',
                atDays: 0,
                number: 120,
                ucum: 'mm[Hg]',
              },
            ],
          },
        ],
      },
    ],
    [
      'a programme on an unknown outcome',
      status.FAILED_PRECONDITION,
      'OUTCOME_NOT_MODELLED',
      {
        scenarios: [{ name: 'a', interventions: [{ atDays: 0, hazardRatio: 0.8, onOutcome: 'happiness' }] }],
      },
    ],
    [
      'two arms of one name',
      status.INVALID_ARGUMENT,
      'BAD_RANGE',
      { scenarios: [{ name: 'a' }, { name: 'a' }] },
    ],
    [
      'more rows than can ever be admitted',
      status.RESOURCE_EXHAUSTED,
      'REQUEST_TOO_LARGE',
      { ranges: [{ from: 0, to: 65_600 }] },
    ],
  ];
  for (const [name, code, reason, change] of refusals) {
    it(`refuses ${name} with ${reason}`, async () => {
      const error = await refusal(simulate(worker.client, aRequest(change)));
      assert.equal(error.code, code);
      assert.equal(reasonOf(error), reason);
      assert.doesNotMatch(error.details, /happiness|urn:site|36567|59621000/);
    });
  }

  it('warns about ages and effects', async () => {
    const { interventions } = await worker.client.call('Describe', {}, 5_000);
    const associated = interventions.find(
      ({ actions, effect }) => effect === 'association' && actions.includes('ACTION_STOP'),
    );
    assert.ok(associated !== undefined, 'the bundle has a drug whose effect is an association');
    const { system, code } = associated;
    const stop = {
      name: 'stop',
      interventions: [{ system, code, action: 'ACTION_STOP' as const, atDays: 0 }],
    };
    const programme = {
      name: 'programme',
      interventions: [{ atDays: 0, hazardRatio: 0.8, onOutcome: 'mi' }],
    };
    const { header } = await simulate(
      worker.client,
      aRequest({
        ageAtIndexDays: 35_000,
        scenarios: [{ name: 'usual' }, stop, programme],
        ranges: [{ from: 0, to: 64 }],
      }),
    );
    assert.deepEqual(
      header.warnings.map(({ reason }) => reason),
      ['AGE_OUTSIDE_VALIDATED_RANGE', 'EFFECT_IS_ASSOCIATION', 'EFFECT_IS_ASSUMED'],
    );
  });

  it('packs paths, and nothing but paths when only they were asked for', async () => {
    const { leaves } = await simulate(
      worker.client,
      aRequest({
        scenarios: [{ name: 'a' }, { name: 'b' }],
        ranges: [{ from: 64, to: 128 }],
        output: 'OUTPUT_PATHS',
      }),
    );
    const [leaf] = leaves;
    assert.equal(leaf?.cells.length, 0);
    assert.ok(leaf?.paths);
    const { offsetsU32, scenarioU8, eventU16, daysF64, endU8 } = leaf.paths;
    const events = offsetsU32.readUInt32LE(128 * 4);
    assert.equal(offsetsU32.length, 129 * 4);
    assert.deepEqual([...scenarioU8.subarray(0, 4)], [0, 1, 0, 1]);
    assert.equal(eventU16.length, events * 2);
    assert.equal(daysF64.length, events * 8);
    assert.ok([...endU8].every((end) => end === 1 || end === 2));
    for (let path = 0; path < 128; path += 2) {
      const pathOf = (at: number): Buffer =>
        daysF64.subarray(offsetsU32.readUInt32LE(at * 4) * 8, offsetsU32.readUInt32LE(at * 4 + 4) * 8);
      assert.deepEqual(pathOf(path), pathOf(path + 1), 'equal arms have equal paths');
    }
  });

  it('ends a stream before its deadline with what is finished and what is not', async () => {
    const answer = await simulate(worker.client, aRequest({ ranges: [{ from: 0, to: 60_032 }] }), 5_000);
    const unfinished = answer.done.unfinished.reduce((sum, { from, to }) => sum + to - from, 0);
    assert.ok(answer.leaves.length > 0, 'some leaves were finished');
    assert.ok(unfinished > 0, 'some were not');
    assert.equal(answer.leaves.length * 64 + unfinished, 60_032);
  });

  it('drops cancelled work within half a second', async () => {
    const stream = worker.client.serverStream(
      'Simulate',
      aRequest({ ranges: [{ from: 0, to: 60_032 }] }),
      60_000,
    );
    const cancelled = Promise.withResolvers<void>();
    stream.on('error', () => cancelled.resolve());
    stream.on('data', (part: SimulateResponse__Output) => {
      if (part.leaf) stream.cancel();
    });
    await cancelled.promise;
    const start = performance.now();
    const answer = await simulate(worker.client, aRequest({ ranges: [{ from: 0, to: 64 }] }));
    assert.equal(answer.leaves.length, 1);
    const took = performance.now() - start;
    assert.ok(took < 500, `the next request took ${took.toFixed(0)} ms`);
    const metrics = await fetch(`${worker.probes}/metrics`).then((response) => response.text());
    assert.match(metrics, /twinward_inference_requests_total\{method="Simulate",reason="CANCELLED"\} 1/);
  });

  it('refuses what does not fit the queue, and says when to come back', async () => {
    const big = simulate(worker.client, aRequest({ ranges: [{ from: 0, to: 60_032 }] }), 2_000);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const error = await refusal(simulate(worker.client, aRequest({ ranges: [{ from: 0, to: 8_192 }] })));
    assert.equal(error.code, status.UNAVAILABLE);
    assert.equal(reasonOf(error), 'QUEUE_FULL');
    assert.ok(Number(error.metadata.get('grpc-retry-pushback-ms')[0]) > 0);
    await big;
  });

  it('answers people while batch work fills the engine', async () => {
    const batch = simulate(
      worker.client,
      aRequest({ ranges: [{ from: 0, to: 60_032 }], priority: 'PRIORITY_BATCH' }),
      5_000,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const urgent = simulate(worker.client, aRequest({ ranges: [{ from: 0, to: 64 }] }));
    const first = await Promise.race([urgent.then(() => 'urgent'), batch.then(() => 'batch')]);
    assert.equal(first, 'urgent');
    assert.equal((await urgent).leaves.length, 1);
    assert.ok((await batch).done.unfinished.length > 0, 'the batch was still running');
  });

  it('logs no code, key or value of a request', () => {
    assert.doesNotMatch(worker.logs(), /59621000|subject-1|151|happiness|urn:site/);
  });
});

describe('the Open Inference Protocol', () => {
  let worker: Worker;
  let client: ServiceClient<GRPCInferenceServiceDefinition>;
  before(async () => {
    worker = await untilReady(await startWorker());
    client = connect<GRPCInferenceServiceDefinition>(
      'inference.GRPCInferenceService',
      { address: worker.address },
      protoFiles.inference,
    );
  });
  after(async () => {
    client.close();
    await worker.stop();
  });

  const inputs = (names = Object.keys(GOLDEN.step.inputs)): ModelInferRequest => ({
    modelName: 'trajectory',
    id: 'request-1',
    inputs: names.map((name) => ({ name, datatype: 'FP32', shape: GOLDEN.step.inputs[name].shape })),
    rawInputContents: names.map((name) => Buffer.from(GOLDEN.step.inputs[name].data, 'base64')),
  });

  it('says that server and model are live and ready', async () => {
    assert.equal((await client.call('ServerLive', {}, 5_000)).live, true);
    assert.equal((await client.call('ServerReady', {}, 5_000)).ready, true);
    assert.equal((await client.call('ModelReady', { name: 'trajectory' }, 5_000)).ready, true);
    assert.equal((await client.call('ModelReady', { name: 'other' }, 5_000)).ready, false);
    assert.equal((await client.call('ServerMetadata', {}, 5_000)).name, 'twinward-inference');
  });

  it('describes inputs and outputs, rows as -1', async () => {
    const answer = await client.call('ModelMetadata', { name: 'trajectory' }, 5_000);
    assert.equal(answer.platform, 'onnx_onnxv1');
    const shapes = Object.fromEntries(answer.inputs.map(({ name, shape }) => [name, shape.map(Number)]));
    assert.deepEqual(shapes['age'], [-1, 1]);
    assert.deepEqual(shapes['out_map'], GOLDEN.step.inputs.out_map.shape);
    assert.deepEqual(answer.outputs.find(({ name }) => name === 'event')?.shape.map(Number), [-1]);
    assert.match(answer.properties['bundleDigest'] ?? '', /^[0-9a-f]{64}$/);
  });

  it('runs the graph on raw contents and gives raw contents back, near the golden outputs', async () => {
    const answer = await client.call('ModelInfer', inputs(), 10_000);
    assert.equal(answer.id, 'request-1');
    for (const [at, { name, shape }] of answer.outputs.entries()) {
      const golden = GOLDEN.step.outputs[name];
      assert.deepEqual(shape.map(Number), golden.shape);
      const found = answer.rawOutputContents[at] ?? Buffer.alloc(0);
      const wanted = Buffer.from(golden.data, 'base64');
      assert.equal(found.length, wanted.length);
      const read = (bytes: Buffer, offset: number): number =>
        name === 'event' ? bytes.readInt32LE(offset) : bytes.readFloatLE(offset);
      for (let offset = 0; offset < wanted.length; offset += 4) {
        const gap = Math.abs(read(found, offset) - read(wanted, offset));
        assert.ok(gap <= 1e-6 + 1e-4 * Math.abs(read(wanted, offset)), `${name} at ${offset}`);
      }
    }
  });

  it('runs the graph on typed contents, for the outputs that are asked for', async () => {
    const floats = (name: string): number[] => {
      const bytes = Buffer.from(GOLDEN.step.inputs[name].data, 'base64');
      return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
    };
    const raw = await client.call('ModelInfer', inputs(), 10_000);
    const answer = await client.call(
      'ModelInfer',
      {
        ...inputs(),
        inputs: (inputs().inputs ?? []).map((input) => ({
          ...input,
          contents: { fp32Contents: floats(input.name ?? '') },
        })),
        rawInputContents: [],
        outputs: [{ name: 'event' }, { name: 'dt_out' }],
      },
      10_000,
    );
    assert.deepEqual(
      answer.outputs.map(({ name }) => name),
      ['event', 'dt_out'],
    );
    assert.equal(answer.rawOutputContents.length, 0);
    const at = raw.outputs.findIndex(({ name }) => name === 'event');
    const events = Array.from({ length: 16 }, (_, row) => raw.rawOutputContents[at]?.readInt32LE(row * 4));
    assert.deepEqual(answer.outputs[0]?.contents?.intContents, events);
  });

  /** A golden row as a request of its own. */
  const oneRow = (row: number): ModelInferRequest => ({
    ...inputs(),
    id: `row-${row}`,
    inputs: (inputs().inputs ?? []).map((input) =>
      input.name === 'out_map' ? input : { ...input, shape: [1, ...(input.shape ?? []).slice(1)] },
    ),
    rawInputContents: Object.entries<{ shape: number[]; data: string }>(GOLDEN.step.inputs).map(
      ([name, { shape, data }]) => {
        const bytes = Buffer.from(data, 'base64');
        const width = (bytes.length / (shape[0] ?? 1)) | 0;
        return name === 'out_map' ? bytes : bytes.subarray(row * width, (row + 1) * width);
      },
    ),
  });

  it('gives a row the same bits alone as among others', async () => {
    const [alone, among] = [
      await client.call('ModelInfer', oneRow(5), 10_000),
      await client.call('ModelInfer', inputs(), 10_000),
    ];
    for (const at of alone.outputs.keys()) {
      const row = alone.rawOutputContents[at] ?? Buffer.alloc(0);
      assert.deepEqual(row, among.rawOutputContents[at]?.subarray(5 * row.length, 6 * row.length));
    }
  });

  it('runs together what many ask at once, and gives everybody their own bits', async () => {
    const whole = await client.call('ModelInfer', inputs(), 10_000);
    const before = await runsOf();
    const calls = Array.from({ length: 96 }, (_, call) =>
      client.call('ModelInfer', oneRow(call % 16), 10_000),
    );
    for (const [call, answer] of (await Promise.all(calls)).entries()) {
      const row = call % 16;
      assert.equal(answer.id, `row-${row}`);
      for (const [at, bytes] of answer.rawOutputContents.entries()) {
        const { length } = bytes;
        assert.deepEqual(bytes, whole.rawOutputContents[at]?.subarray(row * length, (row + 1) * length));
      }
    }
    const runs = (await runsOf()) - before;
    assert.ok(runs <= 12, `96 rows took ${runs} runs; more than seven rows of a connection come at once`);
  });

  const runsOf = async (): Promise<number> => {
    const { modelStats } = await client.call('ModelStatistics', { name: 'trajectory' }, 10_000);
    return Number(modelStats[0]?.executionCount);
  };

  const refusals: readonly (readonly [string, status, ModelInferRequest])[] = [
    ['an unknown model', status.NOT_FOUND, { ...inputs(), modelName: 'other' }],
    ['an unknown version', status.NOT_FOUND, { ...inputs(), modelVersion: '99' }],
    ['a missing input', status.INVALID_ARGUMENT, inputs(['now', 'bag'])],
    ['an unknown output', status.INVALID_ARGUMENT, { ...inputs(), outputs: [{ name: 'magic' }] }],
    [
      'raw contents for some inputs only',
      status.INVALID_ARGUMENT,
      { ...inputs(), rawInputContents: [Buffer.alloc(4)] },
    ],
    ['no contents at all', status.INVALID_ARGUMENT, { ...inputs(), rawInputContents: [] }],
    [
      'another datatype',
      status.INVALID_ARGUMENT,
      { ...inputs(), inputs: (inputs().inputs ?? []).map((input) => ({ ...input, datatype: 'FP64' })) },
    ],
    [
      'another shape',
      status.INVALID_ARGUMENT,
      { ...inputs(), inputs: (inputs().inputs ?? []).map((input) => ({ ...input, shape: [16, 3] })) },
    ],
    [
      'an unknown member',
      status.INVALID_ARGUMENT,
      { ...inputs(), parameters: { member: { int64Param: 7 } } },
    ],
  ];
  for (const [name, code, request] of refusals) {
    it(`refuses ${name}`, async () => {
      assert.equal((await refusal(client.call('ModelInfer', request, 10_000))).code, code);
    });
  }

  it('answers the gRPC health service and reflection', async () => {
    const health = await healthOf(worker.address, 'inference.GRPCInferenceService');
    assert.equal(health, 1);
    const services = await new GrpcReflectionDescriptors(worker.address).services();
    for (const name of [
      'inference.GRPCInferenceService',
      'twinward.v1.TrajectoryGenerator',
      'grpc.health.v1.Health',
    ]) {
      assert.ok(services.includes(name), `${name} in ${services.join()}`);
    }
  });

  it('answers probes and metrics over plain HTTP', async () => {
    for (const path of ['livez', 'readyz'])
      assert.equal((await fetch(`${worker.probes}/${path}`)).status, 200);
    const metrics = await fetch(`${worker.probes}/metrics`).then((response) => response.text());
    assert.match(
      metrics,
      /twinward_inference_requests_total\{method="ModelInfer",reason="INVALID_TENSOR"\} [1-9]/,
    );
    assert.match(metrics, /nodejs_eventloop_lag_seconds/);
  });
});

/** Check of grpc.health.v1 by its wire form: field 1 of the request is the name, of the answer the status. */
function healthOf(address: string, service: string): Promise<number> {
  const client = new Client(address, credentials.createInsecure());
  const name = Buffer.from(service);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest<Buffer, Buffer>(
      '/grpc.health.v1.Health/Check',
      (bytes) => bytes,
      (bytes) => bytes,
      Buffer.concat([Buffer.from([10, name.length]), name]),
      (error, answer) => {
        client.close();
        if (error) reject(error);
        else resolve(answer?.[1] ?? 0);
      },
    );
  });
}

describe('a worker with a mounted certificate', () => {
  it('serves TLS, and nothing in the clear', async () => {
    const mounts = mkdtempSync(join(tmpdir(), 'twinward-tls-'));
    const folder = join(mounts, 'var/run/secrets/twinward-tls');
    mkdirSync(folder, { recursive: true });
    const { certificate: caFile } = await writeCertificate(folder);
    const worker = await untilReady(await startWorker({ env: { CONTAINER_SANDBOX_MOUNT_POINT: mounts } }));
    const trusting = connect<TrajectoryGeneratorDefinition>('twinward.v1.TrajectoryGenerator', {
      address: worker.address,
      caFile,
    });
    try {
      assert.equal((await trusting.call('Describe', {}, 10_000)).task, 'Trajectory');
      await refusal(worker.client.call('Describe', {}, 1_500));
    } finally {
      trusting.close();
      await worker.stop();
      rmSync(mounts, { recursive: true, force: true });
    }
  });
});

describe('drain', () => {
  it('finishes what runs, refuses what comes, and ends with 0', async () => {
    const worker = await untilReady(await startWorker());
    const running = simulate(worker.client, aRequest({ ranges: [{ from: 0, to: 4_096 }] }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    worker.process.kill('SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const error = await refusal(simulate(worker.client, aRequest()));
    assert.equal(error.code, status.UNAVAILABLE);
    assert.ok(['DRAINING', 'UNAVAILABLE'].includes(reasonOf(error)), reasonOf(error));
    const answer = await running;
    assert.equal(answer.leaves.length, 64);
    assert.deepEqual(answer.done.unfinished, []);
    assert.equal(await worker.exited, 0);
    worker.client.close();
  });

  it('reports what it could not finish in time', async () => {
    const worker = await untilReady(await startWorker());
    const running = simulate(
      worker.client,
      aRequest({ ranges: [{ from: 0, to: 1_000_000 - (1_000_000 % 64) }] }),
      120_000,
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const start = performance.now();
    assert.equal(await worker.stop(), 0);
    const answer = await running;
    assert.ok(answer.leaves.length > 0);
    assert.ok(answer.done.unfinished.length > 0);
    assert.ok(performance.now() - start < 25_000);
  });
});
