// What every namespace with our objects gets: an account per role, and the trust bundle of the twin service.
import type { KubernetesObject } from '#runtime/objects.ts';
import { label, wellKnown } from '../names.ts';

const labels = {
  [label.name]: 'twinward',
  [label.partOf]: 'twinward',
  [label.managedBy]: 'twinward-operator',
};

/** A ServiceAccount for one role. It may do nothing in Kubernetes: its token only says who calls the twin service. */
export function account(
  namespace: string,
  name: string,
): KubernetesObject & { readonly automountServiceAccountToken: false } {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace, labels },
    automountServiceAccountToken: false,
  };
}

/** The certificates to trust when calling the twin service, PEM. */
export function trustBundle(
  namespace: string,
  certificates: string,
): KubernetesObject & { readonly data: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: wellKnown.trustBundle, namespace, labels },
    data: { 'ca.crt': certificates },
  };
}

/** All of it. Without certificates (the authority has not spoken yet) only the accounts. */
export function tenantObjects(
  namespace: string,
  certificates: string | undefined,
): readonly KubernetesObject[] {
  const accounts = [wellKnown.ingestAccount, wellKnown.simulateAccount, wellKnown.inferenceAccount];
  return [
    ...accounts.map((name) => account(namespace, name)),
    ...(certificates === undefined ? [] : [trustBundle(namespace, certificates)]),
  ];
}
