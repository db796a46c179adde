// The tenant that a namespace is, as the twin service wants to hear it. Pure.
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import { annotation, label } from '../names.ts';

/** Tenant of a Namespace object. The purpose is fixed by the twin service at first use. */
export function tenantOf(namespace: KubernetesObject): Tenant {
  const { metadata } = namespace;
  return {
    namespace: metadata.name,
    namespaceUid: metadata.uid ?? '',
    purpose: metadata.labels?.[label.purpose] ?? 'clinical',
    adoptsNamespaceUid: metadata.annotations?.[annotation.adoptsNamespace] ?? '',
  };
}
