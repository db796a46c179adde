// What the twin service needs from outside.
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { ExplainRequest } from '#proto/gen/twinward/v1/ExplainRequest.ts';
import type { ExplainResponse__Output } from '#proto/gen/twinward/v1/ExplainResponse.ts';
import type { Leaf__Output } from '#proto/gen/twinward/v1/Leaf.ts';
import type { SimulateHeader__Output } from '#proto/gen/twinward/v1/SimulateHeader.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';

/** Somebody whose rights are asked about. */
export interface User {
  /** In which they ask. */
  readonly namespace: string;
  /** Name and groups as Kubernetes knows them, for SubjectAccessReview. */
  readonly username: string;
  readonly groups: readonly string[];
}

/** Who a token belongs to: a service account, which asks in its own namespace. */
export interface Identity extends User {
  readonly account: string;
}

/**
 * What a person may do to twins: `get` is the verb of that name on `patienttwins/record` (reading what is known of a
 * patient, which is more than reading the object), the others are verbs on `patienttwins`, all of group `twinward.io`.
 */
export type Verb = 'get' | 'enrol' | 'erase' | 'whatif' | 'audit';

/** Tells who a bearer token belongs to. */
export interface Authenticator {
  /** Undefined when the token is not accepted. Rejects when the question could not be asked. */
  authenticate(token: string): Promise<Identity | undefined>;
  /** Whether somebody may do something in the namespace in which they ask; `handle` empty = to all twins. */
  mayDo(user: User, verb: Verb, handle: string): Promise<boolean>;
  /** Whether an account may speak for people: `impersonate` on `people` of group `twinward.io`, in all namespaces. */
  maySpeakForPeople(identity: Identity): Promise<boolean>;
}

/** One answered simulation of one subject. */
export interface Rollout {
  readonly header: SimulateHeader__Output;
  readonly leaves: readonly Leaf__Output[];
}

/** Trajectory generators by gRPC target. */
export interface Trajectories {
  /** What is served at a target. Rejects with a gRPC error. */
  describe(target: string): Promise<DescribeResponse__Output>;
  /** All leaves of all ranges, asked again for what a drain left out. Rejects with a gRPC error. */
  simulate(target: string, request: SimulateRequest, signal?: AbortSignal): Promise<Rollout>;
  /** What raises and lowers risks. Undefined when the model cannot explain. Rejects with a gRPC error. */
  explain(target: string, request: ExplainRequest): Promise<ExplainResponse__Output | undefined>;
  close(): void;
}

/** What the ledger keeps of an erasure: enough to repeat it after a restore, nothing of the person. */
export interface LedgerEntry {
  readonly erasure: string;
  readonly clusterId: string;
  readonly namespace: string;
  readonly handle: string;
  readonly pseudonym: string;
  readonly at: string;
}

/** Erasures, outside the database: a restored backup must not bring an erased person back. */
export interface Ledger {
  /** Durable when it resolves. */
  append(entry: LedgerEntry): Promise<void>;
  readAll(): Promise<readonly LedgerEntry[]>;
}

/** Random bytes and numbers that identify; injected so that two demonstration installs can agree. */
export interface Minting {
  /** Random stream of a new subject. `handle` empty when it has none yet. */
  rngId(handle: string): bigint;
  /** A new handle. */
  handle(): string;
}
