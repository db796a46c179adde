// The host side against what the exporter wrote down: tokeniser, streams, fold and whole futures.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Action } from '#proto/gen/twinward/v1/Action.ts';
import type { CodedEvent } from '#proto/gen/twinward/v1/CodedEvent.ts';
import type { SimulateRequest, SimulateRequest__Output } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { TrajectoryGeneratorDefinition } from '#proto/gen/twinward/v1/TrajectoryGenerator.ts';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { loadBundle } from '../../../workers/inference/bundle/load.ts';
import { openGraph } from '../../../workers/inference/engine/onnx-graph.ts';
import { Scheduler } from '../../../workers/inference/engine/scheduler.ts';
import type { LeafBuffer } from '../../../workers/inference/trajectory/leaf.ts';
import { prepare } from '../../../workers/inference/trajectory/prepare.ts';
import { buildLexicon } from '../../../workers/inference/trajectory/tokenise.ts';
import {
  aRequest,
  bundleFolder,
  fileSha256,
  simulate,
  startWorker,
  untilReady,
  type Worker,
} from './worker.ts';

interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}
interface Golden {
  readonly tokeniser: {
    readonly history: readonly {
      readonly system: string;
      readonly code: string;
      readonly offset_days: number;
      readonly action: string;
      readonly number?: number;
      readonly concept?: string;
      readonly ucum?: string;
    }[];
    readonly coverage: {
      readonly mapped: number;
      readonly ignored: number;
      readonly unmapped: number;
      readonly bad_unit: number;
    };
  };
  readonly rollout: {
    readonly seed: number;
    readonly subjectKeyUtf8: string;
    readonly ageAtIndexDays: number;
    readonly samples: number;
    readonly horizonsDays: readonly number[];
    readonly outcomes: readonly string[];
    readonly paths: readonly (readonly { readonly event: string; readonly days: number }[])[];
    readonly count: Packed;
    readonly compensator: Packed;
  };
}

const golden: Golden = JSON.parse(readFileSync(join(bundleFolder, 'golden.json'), 'utf8'));
const vocabulary: { readonly events: readonly { readonly name: string }[] } = JSON.parse(
  readFileSync(join(bundleFolder, 'vocabulary.json'), 'utf8'),
);

const history: CodedEvent[] = golden.tokeniser.history.map(
  ({ offset_days, action, number, concept, ...rest }) => ({
    ...rest,
    offsetDays: offset_days,
    action: `ACTION_${action}` as Action & string,
    ...(number === undefined ? {} : { number }),
    ...(concept === undefined ? {} : { concept }),
  }),
);

describe('golden cases of the bundle', () => {
  let worker: Worker;
  before(async () => {
    worker = await untilReady(await startWorker());
  });
  after(async () => {
    await worker.stop();
  });

  it('covers the history as the exporter did', async () => {
    const { coverage } = await worker.client.call('Tokenize', { history }, 10_000);
    const { mapped, ignored, unmapped, bad_unit } = golden.tokeniser.coverage;
    assert.deepEqual({ ...coverage }, { mapped, ignored, unmapped, badUnit: bad_unit });
  });

  it('rolls the same futures, event by event', async () => {
    const { rollout } = golden;
    const { leaves } = await simulate(
      worker.client,
      aRequest({
        history,
        subjectKey: Buffer.from(rollout.subjectKeyUtf8),
        seed: String(rollout.seed),
        ageAtIndexDays: rollout.ageAtIndexDays,
        sex: 'SEX_FEMALE',
        horizonsDays: [...rollout.horizonsDays],
        outcomes: [...rollout.outcomes],
        ranges: [{ from: 0, to: 64 }],
        output: 'OUTPUT_BOTH',
      }),
    );
    const paths = leaves[0]?.paths;
    assert.ok(paths);
    const { offsetsU32, eventU16, daysF64 } = paths;
    for (let sample = 0; sample < rollout.samples; sample++) {
      const from: number = offsetsU32.readUInt32LE(sample * 4);
      const to: number = offsetsU32.readUInt32LE(sample * 4 + 4);
      const events = Array.from({ length: to - from }, (_, at) => eventU16.readUInt16LE((from + at) * 2));
      const wanted = rollout.paths[sample] ?? [];
      assert.deepEqual(
        events.map((event) => vocabulary.events[event]?.name),
        wanted.map(({ event }) => event),
        `sample ${sample}`,
      );
      for (const [at, { days }] of wanted.entries()) {
        const gap = Math.abs(daysF64.readDoubleLE((from + at) * 8) - days);
        assert.ok(gap < 0.01, `sample ${sample}, event ${at}: ${gap} days`);
      }
    }
  });

  it('counts and integrates in every sample what the exporter did', async () => {
    const { rollout } = golden;
    const bundle = loadBundle(bundleFolder, fileSha256(join(bundleFolder, 'manifest.json')));
    const [graph] = bundle.graphs;
    assert.ok(graph);
    const session = await openGraph(graph, bundle.model);
    const request = await decoded({
      history,
      subjectKey: Buffer.from(rollout.subjectKeyUtf8),
      seed: String(rollout.seed),
      ageAtIndexDays: rollout.ageAtIndexDays,
      sex: 'SEX_FEMALE',
      horizonsDays: [...rollout.horizonsDays],
      outcomes: [...rollout.outcomes],
      ranges: [{ from: 0, to: 64 }],
    });
    const model = {
      names: ['trajectory'],
      bundle,
      lexicon: buildLexicon(bundle.vocabulary),
      replayable: true,
    };
    const { plan, outcomes } = prepare(model, request);
    const scheduler = new Scheduler(bundle.model, [session], 256);
    const buffers: LeafBuffer[] = [];
    scheduler.start(1, plan, {
      leaf: ({ work }) => buffers.push(work.run.buffer),
      failed: (reason) => assert.fail(reason),
    });
    while (scheduler.isBusy) await scheduler.runOnce();
    await session.release();
    const [buffer] = buffers;
    assert.ok(buffer);
    const counted = valuesOf(rollout.count);
    const integrated = valuesOf(rollout.compensator);
    const horizons = rollout.horizonsDays.length;
    let compared = 0;
    for (const [place, outcome] of outcomes.entries()) {
      for (let sample = 0; sample < rollout.samples; sample++) {
        for (let horizon = 0; horizon < horizons; horizon++) {
          const theirs =
            (sample * horizons + horizon) * rollout.outcomes.length + rollout.outcomes.indexOf(outcome);
          const mine: number = buffer.offset(sample) + place * horizons + horizon;
          const wanted = integrated[theirs] ?? 0;
          const gap = Math.abs((buffer.compensators[mine] ?? 0) - wanted);
          assert.equal(buffer.counts[mine], counted[theirs], `${outcome}, sample ${sample}`);
          assert.ok(gap <= 1e-6 + 1e-5 * wanted, `${outcome}, sample ${sample}: ${gap}`);
          compared++;
        }
      }
    }
    assert.equal(compared, rollout.samples * horizons * rollout.outcomes.length);
  });
});

/** A request as the server receives it. */
async function decoded(request: SimulateRequest): Promise<SimulateRequest__Output> {
  const service: unknown = loadDefinition(protoFiles.twinward)['twinward.v1.TrajectoryGenerator'];
  const method = (service as TrajectoryGeneratorDefinition).Simulate;
  return method.requestDeserialize(method.requestSerialize(request));
}

function valuesOf(packed: Packed): Float64Array {
  const bytes = Buffer.from(packed.data, 'base64');
  const values = new Float64Array(bytes.length / 8);
  new Uint8Array(values.buffer).set(bytes);
  return values;
}
