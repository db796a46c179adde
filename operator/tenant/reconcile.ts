// Gives every namespace with our objects its accounts and the trust bundle.
import type { ReconcileContext, Result } from '#runtime/controller.ts';
import { keyOf } from '#runtime/object-key.ts';
import type { ObjectKey } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Applying } from '../apply.ts';
import type { Cluster } from '../ports.ts';
import { kinds, resourceOf } from '../resources.ts';
import { type TokenIssuer, tenantObjects } from './children.ts';

/** What reconciling tenants needs. */
export interface Deps {
  readonly ports: Applying<ReconcileContext>;
  /** Our own namespace, whose trust bundle is the authority's. */
  readonly ownNamespace: string;
  /** The trust bundle, PEM; undefined before the first authority. */
  readonly certificates: () => string | undefined;
  /** Who signs tokens; undefined before the API server was asked, or when engines do not ask who calls. */
  readonly tokens: () => TokenIssuer | undefined;
}

/** Brings one namespace in line; the key's name is the namespace. */
export async function reconcile(key: ObjectKey, context: ReconcileContext, deps: Deps): Promise<Result> {
  const { cluster, writer } = deps.ports;
  const namespace = cluster.get(RESOURCES.namespaces, { namespace: '', name: key.name });
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return {};
  if (!hasOurObjects(key.name, cluster)) return {};
  const certificates = key.name === deps.ownNamespace ? undefined : deps.certificates();
  for (const object of tenantObjects(key.name, certificates, deps.tokens())) {
    const type = resourceOf(object);
    await writer.apply(type, object, cluster.get(type, keyOf(object)), context);
  }
  return {};
}

function hasOurObjects(namespace: string, cluster: Cluster): boolean {
  return Object.values(kinds).some((type) => cluster.list(type, namespace).length > 0);
}
