import { z } from 'zod';
import { probeHttps } from '../control-plane/probes.ts';
import type { ControlPlane } from '../control-plane/start.ts';
import { type RunOptions, runProgram } from '../processes/run.ts';

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
});
export type Condition = z.infer<typeof conditionSchema>;

const objectSchema = z.object({
  kind: z.string().default(''),
  metadata: z.object({
    name: z.string(),
    namespace: z.string().default(''),
    generation: z.number().default(0),
  }),
  spec: z.record(z.string(), z.unknown()).default({}),
  status: z
    .looseObject({
      observedGeneration: z.number().default(-1),
      conditions: z.array(conditionSchema).default([]),
    })
    .default({ observedGeneration: -1, conditions: [] }),
});
export type ClusterObject = z.infer<typeof objectSchema>;
const listSchema = z.object({ items: z.array(objectSchema) });

/** What the demo asks of the API server. */
export interface Cluster {
  /** Runs kubectl as administrator and returns what it printed. */
  kubectl(
    args: readonly string[],
    options?: Pick<RunOptions, 'input' | 'timeoutMilliseconds'>,
  ): Promise<string>;
  /** All objects below an API path such as `/apis/apps/v1/deployments`; `kind` fills what lists leave out. */
  list(path: string, kind: string): Promise<readonly ClusterObject[]>;
}

/** The cluster behind a control plane. */
export function clusterOf(plane: ControlPlane): Cluster {
  return {
    kubectl: (args, options = {}) =>
      runProgram(plane.binaries.kubectl, args, { env: { KUBECONFIG: plane.kubeconfig }, ...options }),
    list: async (path, kind) => {
      const body = await probeHttps(plane.port, path, {
        certificateFile: plane.certificateAuthorityFile,
        token: plane.tokens.admin,
      });
      return listSchema.parse(JSON.parse(body)).items.map((item) => ({ ...item, kind }));
    },
  };
}

/** The objects that `kubectl get -o json` printed: a List, or one object. */
export function parseObjects(json: string): readonly ClusterObject[] {
  const value: unknown = JSON.parse(json);
  const list = listSchema.safeParse(value);
  return list.success ? list.data.items : [objectSchema.parse(value)];
}
