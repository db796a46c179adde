// Pure: what a caller is, by its service account.
import type { Identity } from '../ports.ts';

/** The operator, a worker of a tenant's namespace, or a person. */
export type Role = 'operator' | 'ingest' | 'simulate' | 'person';

const workers: Readonly<Record<string, Role>> = {
  'twinward-ingest': 'ingest',
  'twinward-simulate': 'simulate',
};

/** The role of an account; `operatorAccount` is `namespace/name`. */
export function roleOf(identity: Identity, operatorAccount: string): Role {
  if (`${identity.namespace}/${identity.account}` === operatorAccount) return 'operator';
  return workers[identity.account] ?? 'person';
}
