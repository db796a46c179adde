import { setTimeout as delay } from 'node:timers/promises';
import { formatElapsed, type Progress } from '../progress.ts';
import { type Cluster, type ClusterObject, parseObjects } from './cluster.ts';
import {
  FOLLOWED,
  type FollowedKind,
  isFollowed,
  judge,
  referenceOf,
  stateOf,
  type Verdict,
} from './convergence.ts';
import { MANIFESTS } from './layout.ts';

/** How long nothing may change before we stop waiting. */
const PATIENCE_MILLISECONDS = 5 * 60_000;
const PAUSE_MILLISECONDS = 1_000;

export interface FollowedObject {
  readonly kind: FollowedKind;
  readonly object: ClusterObject;
  readonly verdict: Verdict;
}

/** The objects of the samples with how they stand now. */
export async function readFollowed(cluster: Cluster): Promise<readonly FollowedObject[]> {
  const wanted = await sampleKeys(cluster);
  return readObjects(cluster, wanted);
}

/**
 * Prints one line per change of the samples' objects until each has converged or failed, or until nothing
 * has changed for five minutes. Returns how they stand then.
 */
export async function followSamples(
  cluster: Cluster,
  progress: Progress,
): Promise<readonly FollowedObject[]> {
  const started = Date.now();
  const wanted = await sampleKeys(cluster);
  const printed = new Map<string, string>();
  let changedAt = Date.now();
  for (;;) {
    const objects = await readObjects(cluster, wanted);
    for (const [key, line] of changesOf(objects, printed)) {
      printed.set(key, line);
      changedAt = Date.now();
      progress.say(`  ${formatElapsed(changedAt - started).padStart(9)}  ${key}  ${line}`);
    }
    const waiting = objects.some(({ verdict }) => verdict === 'Waiting');
    if (!waiting || Date.now() - changedAt > PATIENCE_MILLISECONDS) {
      return objects;
    }
    await delay(PAUSE_MILLISECONDS);
  }
}

function changesOf(
  objects: readonly FollowedObject[],
  printed: ReadonlyMap<string, string>,
): readonly (readonly [string, string])[] {
  return objects
    .map(({ kind, object }) => [referenceOf(kind, object), stateOf(kind, object)] as const)
    .filter(([key, line]) => printed.get(key) !== line);
}

async function sampleKeys(cluster: Cluster): Promise<ReadonlySet<string>> {
  const json = await cluster.kubectl(['get', '-f', MANIFESTS.samples, '-o', 'json']);
  return new Set(parseObjects(json).map((object) => keyOf(object.kind, object)));
}

async function readObjects(
  cluster: Cluster,
  wanted: ReadonlySet<string>,
): Promise<readonly FollowedObject[]> {
  const lists = await Promise.all(
    Object.entries(FOLLOWED).map(([kind, { plural }]) =>
      cluster.list(`/apis/twinward.io/v1alpha1/${plural}`, kind),
    ),
  );
  return lists.flat().flatMap((object) => {
    const { kind } = object;
    return isFollowed(kind) && wanted.has(keyOf(kind, object))
      ? [{ kind, object, verdict: judge(kind, object) }]
      : [];
  });
}

function keyOf(kind: string, { metadata }: ClusterObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
