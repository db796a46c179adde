// Who calls, for which tenant, in which role. The tenant comes from the token's namespace, never from a request; only a
// proxy that may speak for people names the person and the namespace, in headers.
import { type Metadata, status } from '@grpc/grpc-js';
import { isHandle } from '#crds/patient-twin/handle.ts';
import { statusError } from '#proto/status.ts';
import { namespaceAskedFor, personSpokenFor, speaksForSomebody } from '../auth/behalf.ts';
import { type Role, roleOf } from '../auth/roles.ts';
import type { Authenticator, Identity, User, Verb } from '../ports.ts';
import { type AuditEntry, writeAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { findTenant, type Tenant } from '../store/tenants.ts';
import { Refusal } from './failure.ts';

/** Somebody who proved who they are, or whom a proxy that may do so speaks for. */
export interface Caller {
  readonly identity: User;
  readonly role: Role;
  /**
   * As the audit log names them: `namespace/account`, or `<person> via <namespace/account of the proxy>` with what a URI
   * may not hold percent-encoded, so that no name reads like another.
   */
  readonly actor: string;
}

/** What callers are checked with. */
export interface Gate {
  readonly authenticator: Authenticator;
  readonly operatorAccount: string;
  readonly clusterId: string;
  readonly service: Database;
}

/**
 * Who calls, by the headers alone. Refuses TOKEN_MISSING and TOKEN_REJECTED; a proxy also with IMPERSONATE_REQUIRED,
 * NAMESPACE_MALFORMED, PERSON_MALFORMED and PERSON_RESERVED, and audits that.
 */
export async function callerOf(gate: Gate, metadata: Metadata): Promise<Caller> {
  const identity = await identityBehind(gate, metadata);
  if (speaksForSomebody(metadata)) return await callerThrough(gate, identity, metadata);
  return { identity, role: roleOf(identity, gate.operatorAccount), actor: accountOf(identity) };
}

function accountOf({ account, namespace }: Identity): string {
  return `${namespace}/${account}`;
}

async function identityBehind(gate: Gate, metadata: Metadata): Promise<Identity> {
  const header = String(metadata.get('authorization')[0] ?? '');
  const token = /^Bearer (\S+)$/.exec(header)?.[1];
  if (token === undefined) {
    throw statusError(
      status.UNAUTHENTICATED,
      'TOKEN_MISSING',
      'send a service-account token of audience twinward as bearer token',
    );
  }
  const identity = await gate.authenticator
    .authenticate(token)
    .catch(() => unavailable('the API server could not be asked about the token; try again'));
  if (identity !== undefined) return identity;
  throw statusError(
    status.UNAUTHENTICATED,
    'TOKEN_REJECTED',
    'the token is not accepted: make one with audience twinward, and check its expiry',
  );
}

/** A person whom the account `proxy` speaks for; never more than a person, whatever their name. */
async function callerThrough(gate: Gate, proxy: Identity, metadata: Metadata): Promise<Caller> {
  const actor = accountOf(proxy);
  const note = (namespace: string, outcome: string): Promise<void> =>
    auditRefusal(gate, namespace, { kind: 'impersonate', actor, outcome });
  const mayProxy = await gate.authenticator.maySpeakForPeople(proxy).catch(rightsUnavailable);
  if (!mayProxy) {
    await note(proxy.namespace, 'Denied');
    throw statusError(
      status.PERMISSION_DENIED,
      'IMPERSONATE_REQUIRED',
      'to speak for a person the account needs the verb impersonate on people of group twinward.io in all namespaces: grant it with a ClusterRoleBinding, or send no header twinward-user, twinward-group or twinward-namespace',
    );
  }
  const namespace = await noting(
    () => namespaceAskedFor(metadata),
    (reason) => note(proxy.namespace, reason),
  );
  const identity = await noting(
    () => personSpokenFor(metadata, namespace),
    (reason) => note(namespace, reason),
  );
  return { identity, role: 'person', actor: `${encodeURI(identity.username)} via ${actor}` };
}

/** What `read` returns; notes the reason when it refuses. */
async function noting<T>(read: () => T, note: (reason: string) => Promise<void>): Promise<T> {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) await note(error.code);
    throw error;
  }
}

function unavailable(message: string): never {
  throw statusError(status.UNAVAILABLE, 'REVIEW_UNAVAILABLE', message);
}

function rightsUnavailable(): never {
  return unavailable('the API server could not be asked about rights; try again');
}

/** Lets the operator pass; refuses others with NOT_OPERATOR, and audits that. */
export async function requireOperator(gate: Gate, caller: Caller): Promise<void> {
  if (caller.role === 'operator') return;
  await auditDenied(gate, caller, 'operator', '');
  throw statusError(status.PERMISSION_DENIED, 'NOT_OPERATOR', 'only the operator may call this service');
}

/** The tenant of a worker; refuses other roles with ROLE_REQUIRED, and audits that; TENANT_UNKNOWN. */
export async function workerTenant(gate: Gate, caller: Caller, role: Role): Promise<Tenant> {
  if (caller.role === role) return await tenantOf(gate, caller);
  await auditDenied(gate, caller, role, '');
  throw statusError(
    status.PERMISSION_DENIED,
    'ROLE_REQUIRED',
    `this call is for the account twinward-${role}`,
  );
}

/**
 * The tenant of a person who may do `verb`; a refusal is audited. `handle` empty = all twins. Rights come first: whoever
 * has none does not learn whether anything is registered for a namespace.
 */
export async function personTenant(gate: Gate, caller: Caller, verb: Verb, handle: string): Promise<Tenant> {
  if (handle !== '' && !isHandle(handle)) {
    throw statusError(
      status.INVALID_ARGUMENT,
      'BAD_REQUEST',
      'handle is no handle: check its last character',
    );
  }
  const allowed =
    caller.role === 'person' &&
    (await gate.authenticator.mayDo(caller.identity, verb, handle).catch(rightsUnavailable));
  if (allowed) return await tenantOf(gate, caller);
  await auditDenied(gate, caller, verb, handle);
  const resource = verb === 'get' ? 'patienttwins/record' : 'patienttwins';
  throw statusError(
    status.PERMISSION_DENIED,
    'VERB_REQUIRED',
    `the caller needs the verb ${verb} on ${resource} of group twinward.io in the namespace asked for`,
  );
}

/** Notes a refusal in the audit log of the caller's tenant, if there is one. */
async function auditDenied(gate: Gate, caller: Caller, kind: string, handle: string): Promise<void> {
  const entry = { kind, actor: caller.actor, outcome: 'Denied', handle };
  await auditRefusal(gate, caller.identity.namespace, entry);
}

async function auditRefusal(gate: Gate, namespace: string, entry: AuditEntry): Promise<void> {
  const tenant = await tenantNamed(gate, namespace);
  if (tenant === undefined) return;
  await gate.service.inTenant(tenant.tenant_id, (session) => writeAudit(session, entry));
}

async function tenantOf(gate: Gate, caller: Caller): Promise<Tenant> {
  const tenant = await knownTenant(gate, caller);
  if (tenant !== undefined) return tenant;
  throw statusError(
    status.NOT_FOUND,
    'TENANT_UNKNOWN',
    'nothing is registered for this namespace: create a DataSource or a PatientTwin in it and wait until it is Ready',
  );
}

/** The tenant of the namespace in which somebody asks, whatever they may do; undefined when nothing is registered. */
export async function knownTenant(gate: Gate, { identity }: Caller): Promise<Tenant | undefined> {
  return await tenantNamed(gate, identity.namespace);
}

async function tenantNamed(gate: Gate, namespace: string): Promise<Tenant | undefined> {
  return await gate.service.inSystem((session) => findTenant(session, gate.clusterId, namespace));
}
