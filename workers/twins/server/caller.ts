// Who calls, for which tenant, in which role. The tenant comes from the token's namespace, never from a request.
import { type Metadata, status } from '@grpc/grpc-js';
import { isHandle } from '#crds/patient-twin/handle.ts';
import { statusError } from '#proto/status.ts';
import { type Role, roleOf } from '../auth/roles.ts';
import type { Authenticator, Identity, Verb } from '../ports.ts';
import { writeAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { findTenant, type Tenant } from '../store/tenants.ts';

/** Somebody who proved who they are. */
export interface Caller {
  readonly identity: Identity;
  readonly role: Role;
  /** `namespace/account`, as the audit log names them. */
  readonly actor: string;
}

/** What callers are checked with. */
export interface Gate {
  readonly authenticator: Authenticator;
  readonly operatorAccount: string;
  readonly clusterId: string;
  readonly service: Database;
}

/** The caller of a bearer token. Refuses with TOKEN_MISSING or TOKEN_REJECTED. */
export async function callerOf(gate: Gate, metadata: Metadata): Promise<Caller> {
  const header = String(metadata.get('authorization')[0] ?? '');
  const token = /^Bearer (\S+)$/.exec(header)?.[1];
  if (token === undefined) {
    throw statusError(
      status.UNAUTHENTICATED,
      'TOKEN_MISSING',
      'send a service-account token of audience twinward as bearer token',
    );
  }
  const identity = await gate.authenticator.authenticate(token).catch(() => {
    throw statusError(
      status.UNAVAILABLE,
      'REVIEW_UNAVAILABLE',
      'the API server could not be asked about the token; try again',
    );
  });
  if (identity === undefined) {
    throw statusError(
      status.UNAUTHENTICATED,
      'TOKEN_REJECTED',
      'the token is not accepted: make one with audience twinward, and check its expiry',
    );
  }
  return {
    identity,
    role: roleOf(identity, gate.operatorAccount),
    actor: `${identity.namespace}/${identity.account}`,
  };
}

/** Lets the operator pass; refuses others with NOT_OPERATOR, and audits that. */
export async function requireOperator(gate: Gate, caller: Caller): Promise<void> {
  if (caller.role === 'operator') return;
  await auditDenied(gate, caller, 'operator', '');
  throw statusError(status.PERMISSION_DENIED, 'NOT_OPERATOR', 'only the operator may call this service');
}

/** The tenant of a worker; refuses other roles with ROLE_REQUIRED, and audits that. */
export async function workerTenant(gate: Gate, caller: Caller, role: Role): Promise<Tenant> {
  if (caller.role === role) return await tenantOf(gate, caller);
  await auditDenied(gate, caller, role, '');
  throw statusError(
    status.PERMISSION_DENIED,
    'ROLE_REQUIRED',
    `this call is for the account twinward-${role}`,
  );
}

/** The tenant of a person who may do `verb`; a refusal is audited. `handle` empty = all twins. */
export async function personTenant(gate: Gate, caller: Caller, verb: Verb, handle: string): Promise<Tenant> {
  if (handle !== '' && !isHandle(handle)) {
    throw statusError(
      status.INVALID_ARGUMENT,
      'BAD_REQUEST',
      'handle is no handle: check its last character',
    );
  }
  const tenant = await tenantOf(gate, caller);
  const allowed =
    caller.role === 'person' &&
    (await gate.authenticator.mayDo(caller.identity, verb, handle).catch(() => {
      throw statusError(
        status.UNAVAILABLE,
        'REVIEW_UNAVAILABLE',
        'the API server could not be asked about rights; try again',
      );
    }));
  if (allowed) return tenant;
  await auditDenied(gate, caller, verb, handle);
  const resource = verb === 'get' ? 'patienttwins/record' : 'patienttwins';
  throw statusError(
    status.PERMISSION_DENIED,
    'VERB_REQUIRED',
    `the account needs the verb ${verb} on ${resource} of group twinward.io in its namespace`,
  );
}

/** Notes a refusal in the audit log of the caller's own tenant, if there is one. */
async function auditDenied(gate: Gate, caller: Caller, kind: string, handle: string): Promise<void> {
  const tenant = await knownTenant(gate, caller);
  if (tenant === undefined) return;
  await gate.service.inTenant(tenant.tenant_id, (session) =>
    writeAudit(session, { kind, actor: caller.actor, outcome: 'Denied', handle }),
  );
}

/** The tenant of the caller's namespace. Refuses TENANT_UNKNOWN. */
export async function tenantOf(gate: Gate, caller: Caller): Promise<Tenant> {
  const tenant = await knownTenant(gate, caller);
  if (tenant !== undefined) return tenant;
  throw statusError(
    status.NOT_FOUND,
    'TENANT_UNKNOWN',
    'nothing is registered for this namespace: create a DataSource or a PatientTwin in it and wait until it is Ready',
  );
}

async function knownTenant(gate: Gate, { identity }: Caller): Promise<Tenant | undefined> {
  return await gate.service.inSystem((session) => findTenant(session, gate.clusterId, identity.namespace));
}
