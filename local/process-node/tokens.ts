import type { KubeApi } from './api.ts';
import { type Pod, podName } from './pod.ts';
import { MountError } from './volume-files.ts';

/** Pod-bound service-account tokens, renewed when four fifths of their life have passed. */
export interface Tokens {
  /** Fetches or renews what is due; afterwards `token` answers. @throws ApiError */
  refresh(pod: Pod, audience: string, lifetime: number): Promise<void>;
  /** @throws MountError before the first successful refresh. */
  token(pod: Pod, audience: string, lifetime: number): string;
  /** When the next token of the pod has to be renewed, milliseconds since the epoch. */
  nextRefresh(pod: Pod): number | undefined;
  forget(podUid: string): void;
}

interface Held {
  readonly token: string;
  readonly refreshAt: number;
}

interface TokenAnswer {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

/** Tokens by TokenRequest. */
export function createTokens(api: KubeApi, now: () => number): Tokens {
  const held = new Map<string, Map<string, Held>>();
  const of = (pod: Pod): Map<string, Held> => {
    const uid = pod.metadata.uid ?? '';
    const known = held.get(uid) ?? new Map<string, Held>();
    held.set(uid, known);
    return known;
  };
  return {
    refresh: async (pod, audience, lifetime) => {
      const key = `${audience} ${lifetime}`;
      const current = of(pod).get(key);
      if (current !== undefined && now() < current.refreshAt) return;
      of(pod).set(key, await requested(api, pod, audience, lifetime, now()));
    },
    token: (pod, audience, lifetime) => {
      const current = of(pod).get(`${audience} ${lifetime}`);
      if (current === undefined) throw new MountError(`no token yet for pod ${podName(pod)}`);
      return current.token;
    },
    nextRefresh: (pod) => {
      const times = [...of(pod).values()].map((one) => one.refreshAt);
      return times.length === 0 ? undefined : Math.min(...times);
    },
    forget: (podUid) => void held.delete(podUid),
  };
}

async function requested(
  api: KubeApi,
  pod: Pod,
  audience: string,
  lifetime: number,
  now: number,
): Promise<Held> {
  const { name, namespace = 'default', uid } = pod.metadata;
  const account = pod.spec.serviceAccountName ?? 'default';
  const answer = await api.send<TokenAnswer>(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        ...(audience === '' ? {} : { audiences: [audience] }),
        expirationSeconds: lifetime,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    },
  );
  const life = Date.parse(answer.status.expirationTimestamp) - now;
  return { token: answer.status.token, refreshAt: now + Math.min(life, lifetime * 1000) * 0.8 };
}
