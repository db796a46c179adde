// The rollouts of the worker in one process without gRPC, threads and messages: what serving them costs is measured
// against this. With --profile it says where the time goes: in the graph, or in the host code around it.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulateRequest, SimulateRequest__Output } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { loadBundle } from '../../../workers/inference/bundle/load.ts';
import { Scheduler } from '../../../workers/inference/engine/scheduler.ts';
import { openStepGraph } from '../../../workers/inference/engine/step-graph.ts';
import { sumLeaf } from '../../../workers/inference/trajectory/leaf.ts';
import { prepare } from '../../../workers/inference/trajectory/prepare.ts';
import { buildLexicon } from '../../../workers/inference/trajectory/tokenise.ts';

/** What a loop did. */
export interface LoopResult {
  readonly rows: number;
  readonly events: number;
  readonly runs: number;
  /** Seconds. */
  readonly cpu: number;
  readonly wall: number;
  readonly graph: number;
}

/** Rolls requests to their end with the engine's own scheduler. */
export async function bareLoop(
  bundleFolder: string,
  requests: readonly SimulateRequest[],
  batchRows: number,
): Promise<() => Promise<LoopResult>> {
  const manifest = readFileSync(join(bundleFolder, 'manifest.json'));
  const bundle = loadBundle(bundleFolder, createHash('sha256').update(manifest).digest('hex'));
  const graphs = await Promise.all(bundle.graphs.map((bytes) => openStepGraph(bytes, bundle.model)));
  const lexicon = buildLexicon(bundle.vocabulary);
  const served = { names: ['trajectory'], bundle, lexicon, replayable: true };
  const complement = bundle.model.outcomes.complement;
  const inWire = roundTrip();
  return async () => {
    const result = { rows: 0, events: 0, runs: 0, graph: 0 };
    const timed = graphs.map((graph) => ({
      run: async (...args: Parameters<typeof graph.run>) => {
        const start = performance.now();
        const answer = await graph.run(...args);
        result.graph += (performance.now() - start) / 1_000;
        return answer;
      },
    }));
    const scheduler = new Scheduler(bundle.model, timed, batchRows);
    const [wall, cpu] = [performance.now(), process.cpuUsage()];
    for (const [id, request] of requests.entries()) {
      const { plan } = prepare(served, inWire(request));
      scheduler.start(id, plan, {
        leaf: ({ work }) => {
          result.events += work.events;
          const flip = Uint8Array.from(plan.outcomes, (outcome) => complement[outcome] ?? 0);
          sumLeaf(work.run.buffer, plan.horizonsYears, flip);
        },
        failed: (reason) => {
          throw new Error(reason);
        },
      });
    }
    while (scheduler.isBusy) {
      result.rows += await scheduler.runOnce();
      result.runs++;
    }
    const used = process.cpuUsage(cpu);
    return { ...result, cpu: (used.user + used.system) / 1e6, wall: (performance.now() - wall) / 1_000 };
  };
}

/** A request as a server reads it from the wire. */
function roundTrip(): (request: SimulateRequest) => SimulateRequest__Output {
  const service = loadDefinition(protoFiles.twinward)['twinward.v1.TrajectoryGenerator'] as unknown as {
    readonly Simulate: {
      requestSerialize(request: SimulateRequest): Buffer;
      requestDeserialize(bytes: Buffer): SimulateRequest__Output;
    };
  };
  const { Simulate } = service;
  return (request) => Simulate.requestDeserialize(Simulate.requestSerialize(request));
}
