import { z } from 'zod';
import { runProgram } from '../processes/run.ts';
import type { ClusterObject } from './cluster.ts';
import { ROOT } from './layout.ts';

const predictionSchema = z.object({
  outcome: z.string(),
  horizonDays: z.number(),
  risk: z.number(),
  low: z.number(),
  high: z.number(),
  level: z.number(),
});
export type Prediction = z.infer<typeof predictionSchema>;

const twinSchema = z.object({
  handle: z.string(),
  revision: z.number(),
  events: z.number(),
  predictions: z.array(predictionSchema),
});
export type TwinFigures = z.infer<typeof twinSchema>;

const resultSchema = z.object({
  scenario: z.string(),
  outcome: z.string(),
  risk: z.coerce.number(),
  low: z.coerce.number(),
  high: z.coerce.number(),
  level: z.coerce.number().default(0.9),
  difference: z.coerce.number().optional(),
  differenceLow: z.coerce.number().optional(),
  differenceHigh: z.coerce.number().optional(),
});
export type SimulationResult = z.infer<typeof resultSchema>;
const resultsSchema = z.object({ results: z.array(resultSchema).default([]) });

/** Where the figures of the closing table come from. */
export interface Figures {
  twin(handle: string, namespace: string): Promise<TwinFigures>;
  simulation(object: ClusterObject): Promise<readonly SimulationResult[]>;
}

/**
 * Figures of twins by the `kubectl twin` plugin, as a person reads them; those of simulations from the
 * object's status, and by the plugin where that holds none (a simulation of one twin).
 */
export function pluginFigures(kubeconfig: string, endpoint: string): Figures {
  const plugin = async (...args: readonly string[]): Promise<unknown> => {
    const output = await runProgram(process.execPath, ['workers/plugin/main.ts', ...args, '-o', 'json'], {
      cwd: ROOT,
      env: { KUBECONFIG: kubeconfig, TWINWARD_ENDPOINT: endpoint },
      timeoutMilliseconds: 60_000,
    });
    return JSON.parse(output);
  };
  return {
    twin: async (handle, namespace) => twinSchema.parse(await plugin('get', handle, '-n', namespace)),
    simulation: async (object) => {
      const { results } = resultsSchema.parse(object.status);
      if (results.length > 0 || object.spec['results'] === 'None') {
        return results;
      }
      const { name, namespace } = object.metadata;
      return resultsSchema.parse(await plugin('results', name, '-n', namespace)).results;
    },
  };
}
