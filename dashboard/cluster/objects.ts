// What the dashboard reads of Kubernetes: names and states of twins, as its own account, once the API server has said
// that the person may list them.
import { z } from 'zod';
import type { ApiClient } from '#runtime/api.ts';
import { seconds } from '#runtime/duration.ts';
import type { Cluster, Person, TwinLine } from '../ports.ts';

const GROUP = 'twinward.io';
const KINDS = `/apis/${GROUP}/v1alpha1`;
const PAGE = 50;
/** Objects of a kind that are looked at for their namespaces. */
const MOST_OBJECTS = 1_000;
const MOST_NAMESPACES = 200;
const PATIENCE = { timeout: seconds(5), retries: 1 } as const;

const meta = z.object({ continue: z.string().optional() }).default({});
const named = z.object({ metadata: z.object({ namespace: z.string() }) });
const nameList = z.object({ items: z.array(named) });
const condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  lastTransitionTime: z.string().optional(),
});
const status = z.object({
  revision: z.number().optional(),
  freshness: z.string().default(''),
  conditions: z.array(condition).default([]),
});
const twin = z.object({
  metadata: z.object({ name: z.string() }),
  status: status.default({ freshness: '', conditions: [] }),
});
const twinList = z.object({ metadata: meta, items: z.array(twin) });
const review = z.object({ status: z.object({ allowed: z.boolean() }) });

/** The cluster behind a client of the API server. */
export function kubernetesCluster(client: ApiClient): Cluster {
  return {
    namespaces: async () => {
      const lists = await Promise.all(
        ['twinmodels', 'datasources'].map((plural) => namespacesOf(client, plural)),
      );
      return [...new Set(lists.flat())].sort().slice(0, MOST_NAMESPACES);
    },
    mayList: async ({ user, groups }: Person, namespace) => {
      const resourceAttributes = { namespace, group: GROUP, resource: 'patienttwins', verb: 'list' };
      const answer = await client.request<unknown>({
        ...PATIENCE,
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SubjectAccessReview',
          spec: { user, groups, resourceAttributes },
        },
      });
      return review.parse(answer).status.allowed;
    },
    twins: async (namespace, after) => {
      const answer = await client.request<unknown>({
        ...PATIENCE,
        method: 'GET',
        path: `${KINDS}/namespaces/${encodeURIComponent(namespace)}/patienttwins`,
        query: { limit: PAGE, continue: after },
      });
      const { metadata, items } = twinList.parse(answer);
      return { twins: items.map(lineOf), next: metadata.continue || undefined };
    },
  };
}

async function namespacesOf(client: ApiClient, plural: string): Promise<readonly string[]> {
  const path = `${KINDS}/${plural}`;
  const answer = await client.request<unknown>({
    ...PATIENCE,
    method: 'GET',
    path,
    query: { limit: MOST_OBJECTS },
  });
  return nameList.parse(answer).items.map(({ metadata }) => metadata.namespace);
}

function lineOf({ metadata, status: { conditions, freshness, revision } }: z.output<typeof twin>): TwinLine {
  const of = (type: string) => conditions.find((each) => each.type === type);
  const upToDate = of('UpToDate');
  return {
    handle: metadata.name,
    ready: of('Ready')?.status ?? 'Unknown',
    upToDate: upToDate?.status ?? 'Unknown',
    reason: upToDate?.reason ?? '',
    freshness,
    revision,
    since: upToDate?.lastTransitionTime,
  };
}
