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

/** Who signs service-account tokens, and with which keys (a JSON Web Key Set). */
export interface TokenIssuer {
  readonly issuer: string;
  readonly keySet: string;
}

/** What engines judge their callers by. */
export function engineCallers(
  namespace: string,
  { issuer, keySet }: TokenIssuer,
): KubernetesObject & { readonly data: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: wellKnown.engineCallers, namespace, labels },
    data: { issuer, 'jwks.json': keySet },
  };
}

/** All of it. What is not known yet (certificates, or who signs tokens) comes later. */
export function tenantObjects(
  namespace: string,
  certificates: string | undefined,
  tokens: TokenIssuer | undefined,
): readonly KubernetesObject[] {
  const accounts = [wellKnown.ingestAccount, wellKnown.simulateAccount, wellKnown.inferenceAccount];
  return [
    ...accounts.map((name) => account(namespace, name)),
    ...(certificates === undefined ? [] : [trustBundle(namespace, certificates)]),
    ...(tokens === undefined ? [] : [engineCallers(namespace, tokens)]),
  ];
}
