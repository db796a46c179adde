// What the operator keeps a copy of. Of foreign kinds only what it made itself, and only the fields that it reads.
import type { Manager } from '#runtime/manager.ts';
import type { KubernetesObject, ResourceType } from '#runtime/objects.ts';
import type { Pod } from '#runtime/pod-objects.ts';
import type { Reflector } from '#runtime/reflector.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import { label } from './names.ts';
import { childTypes, kinds } from './resources.ts';

/** All caches, by plural. */
export interface Caches {
  readonly twinModels: Reflector<KubernetesObject>;
  readonly dataSources: Reflector<KubernetesObject>;
  readonly patientTwins: Reflector<KubernetesObject>;
  readonly simulations: Reflector<KubernetesObject>;
  readonly namespaces: Reflector<KubernetesObject>;
  readonly pods: Reflector<Pod>;
  readonly accounts: Reflector<KubernetesObject>;
  readonly configMaps: Reflector<KubernetesObject>;
  readonly children: readonly Reflector<KubernetesObject>[];
}

const ownOnly = `${label.managedBy}=twinward-operator`;

/** Makes the caches; they run with the manager. */
export function createCaches(manager: Manager): Caches {
  const plain = (type: ResourceType): Reflector<KubernetesObject> => manager.cache({ type });
  const owned = (type: ResourceType): Reflector<KubernetesObject> =>
    manager.cache({ type, labelSelector: ownOnly });
  return {
    twinModels: plain(kinds.twinModels),
    dataSources: plain(kinds.dataSources),
    patientTwins: plain(kinds.patientTwins),
    simulations: plain(kinds.simulations),
    namespaces: plain(RESOURCES.namespaces),
    pods: manager.cache<Pod>({ type: RESOURCES.pods, labelSelector: ownOnly, project: projectPod }),
    accounts: owned(RESOURCES.serviceAccounts),
    configMaps: owned(RESOURCES.configMaps),
    children: childTypes.map(owned),
  };
}

/** Every cache, for reading through one port. */
export function allCaches(caches: Caches): readonly Reflector<KubernetesObject>[] {
  const { children, ...single } = caches;
  return [...Object.values(single), ...children];
}

/** A pod is read for its labels and its status only. */
function projectPod(pod: Pod): Pod {
  const { apiVersion, kind, metadata, status } = pod;
  return {
    apiVersion,
    kind,
    metadata,
    spec: { containers: [] },
    ...(status === undefined ? {} : { status }),
  };
}
