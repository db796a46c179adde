// The audit log of the API server: what the operator asked for, under which token, and what it was answered.
import { existsSync, readFileSync } from 'node:fs';

/** The account under which the operator runs. */
export const OPERATOR_USER = 'system:serviceaccount:twinward-system:twinward-operator';

/** Records every request of the operator, without bodies. */
export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, users: ["${OPERATOR_USER}"]}
- {level: None}
`;

export interface AuditEntry {
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly verb: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly requestURI: string;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** The entries so far; a line that is being written is left for the next time. */
export function readAudit(file: string): readonly AuditEntry[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line): AuditEntry => JSON.parse(line));
}

const writing = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Requests that change objects, other than the lease, which candidates write too. Refused ones count. */
export function writesIn(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return entries.filter(
    ({ stage, verb, objectRef }) =>
      stage === 'ResponseComplete' && writing.has(verb) && objectRef?.resource !== 'leases',
  );
}

/** As `writesIn`, without events: what changes the state that others act on. */
export function stateWritesIn(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return writesIn(entries).filter(({ objectRef }) => objectRef?.resource !== 'events');
}

/** Which token was used; each replica of the tests has one of its own. */
export function tokenOf(entry: AuditEntry): string {
  return entry.user.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '';
}

/** `group/resource/subresource` of an entry. */
export function resourceOf({ objectRef }: AuditEntry): string {
  const { apiGroup = '', resource = '', subresource } = objectRef ?? {};
  return `${apiGroup}/${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** One line per entry, for messages of failed tests. */
export function describeEntry(entry: AuditEntry): string {
  const { verb, objectRef, responseStatus } = entry;
  return `${entry.requestReceivedTimestamp} ${verb} ${resourceOf(entry)} ${objectRef?.namespace ?? ''}/${objectRef?.name ?? ''} ${responseStatus?.code ?? ''}`;
}
