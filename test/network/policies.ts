// The rendered policies, and cyclonus, which says of traffic whether they let it through.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { resolveTool } from '../../local/binaries/tools.ts';
import { lineProgress } from '../../local/progress.ts';

const root = join(import.meta.dirname, '../..');

/** The namespace that the chart is rendered for. */
export const releaseNamespace = 'twinward-system';

const peer = z.looseObject({});
const rule = z.object({
  from: z.array(peer).optional(),
  to: z.array(peer).optional(),
  ports: z.array(z.looseObject({})).optional(),
});
const policySchema = z.object({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata: z.object({ name: z.string(), namespace: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.object({
    podSelector: z.looseObject({}),
    policyTypes: z.array(z.string()),
    ingress: z.array(rule).optional(),
    egress: z.array(rule).optional(),
  }),
});

/** A rule that opens something. */
export type Rule = z.output<typeof rule>;
/** A NetworkPolicy of the chart. */
export type Policy = z.output<typeof policySchema>;

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
/** Any object of the chart. */
export type Rendered = z.output<typeof objectSchema>;

/** Every object of the chart with these arguments of helm. */
export async function renderChart(...args: readonly string[]): Promise<readonly Rendered[]> {
  const helm = await resolveTool('helm', lineProgress(console.log));
  const command = [
    'template',
    'twinward',
    join(root, 'charts/twinward'),
    '--namespace',
    releaseNamespace,
    ...args,
  ];
  const done = spawnSync(helm, command, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (done.status !== 0) throw new Error(`helm template failed: ${done.stderr}`);
  return parseAllDocuments(done.stdout)
    .map((document) => document.toJS())
    .filter((object) => object !== null)
    .map((object) => objectSchema.parse(object));
}

/** The policies among rendered objects. Throws when one is not what the API server would take. */
export function policiesOf(objects: readonly Rendered[]): readonly Policy[] {
  return objects.filter(({ kind }) => kind === 'NetworkPolicy').map((object) => policySchema.parse(object));
}

/** One end of a connection: a pod, or an address outside of the cluster. */
export interface End {
  readonly ip: string;
  readonly pod?: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

/** A connection that somebody tries to open. */
export interface Traffic {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

const describeEnd = ({ ip, pod }: End): object => ({
  IP: ip,
  ...(pod === undefined
    ? {}
    : {
        Internal: {
          PodLabels: pod.labels,
          NamespaceLabels: { 'kubernetes.io/metadata.name': pod.namespace },
          Namespace: pod.namespace,
        },
      }),
});

/** Whether the policies let each connection through, in the order asked. */
export async function judge(
  policies: readonly Policy[],
  traffic: readonly Traffic[],
): Promise<readonly boolean[]> {
  const cyclonus = await resolveTool('cyclonus', lineProgress(console.log));
  const folder = mkdtempSync(join(tmpdir(), 'twinward-network-'));
  try {
    const policyFile = join(folder, 'policies.json');
    const trafficFile = join(folder, 'traffic.json');
    writeFileSync(policyFile, JSON.stringify({ items: policies }));
    writeFileSync(
      trafficFile,
      JSON.stringify(
        traffic.map(({ from, to, port, protocol }) => ({
          Source: describeEnd(from),
          Destination: describeEnd(to),
          Protocol: protocol,
          ResolvedPort: port,
          ResolvedPortName: '',
        })),
      ),
    );
    const args = [
      'analyze',
      '--mode',
      'query-traffic',
      '--policy-path',
      policyFile,
      '--traffic-path',
      trafficFile,
    ];
    const done = spawnSync(cyclonus, args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    if (done.status !== 0) throw new Error(`cyclonus failed: ${done.stderr}`);
    const verdicts = [...done.stdout.matchAll(/IS ALLOWED\?\s*\|\s*(TRUE|FALSE)/g)].map(
      ([, word]) => word === 'TRUE',
    );
    if (verdicts.length !== traffic.length) {
      throw new Error(`cyclonus judged ${verdicts.length} of ${traffic.length} connections`);
    }
    return verdicts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
