// What the dashboard needs from outside.
import type { GetTwinResponse__Output } from '#proto/gen/twinward/v1/GetTwinResponse.ts';
import type { WhatIfRequest } from '#proto/gen/twinward/v1/WhatIfRequest.ts';
import type { WhatIfResponse__Output } from '#proto/gen/twinward/v1/WhatIfResponse.ts';

/** Somebody who signed in, by the names that Kubernetes knows them by: prefixes included. */
export interface Person {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A living session. `secret` is what the cookie holds; only its hash is stored. */
export interface Session {
  readonly secret: string;
  readonly person: Person;
}

/** Where sessions are kept. Rejects with CodedError DatabaseUnavailable. */
export interface Sessions {
  /** Starts a session and answers its secret. */
  begin(person: Person): Promise<string>;
  /** The session of a secret, unless it has ended; keeps it from idling out. */
  find(secret: string): Promise<Session | undefined>;
  end(secret: string): Promise<void>;
  /** Removes what has ended; answers how many. */
  sweep(): Promise<number>;
}

/** What one sign-in has to bring back; kept in the browser, sealed. */
export interface SignInChecks {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** The claims of an ID token that was verified. */
export type Claims = Readonly<Record<string, unknown>>;

/** The identity provider. */
export interface IdentityProvider {
  /** Where to send the browser. Rejects with CodedError ProviderUnavailable. */
  begin(): Promise<{ readonly url: URL; readonly checks: SignInChecks }>;
  /** Redeems the answer that the browser brought. Rejects with CodedError SignInRefused or ProviderUnavailable. */
  finish(answer: URL, checks: SignInChecks): Promise<Claims>;
}

/** A twin as its object says; nothing of the record. */
export interface TwinLine {
  readonly handle: string;
  readonly ready: string;
  readonly upToDate: string;
  /** Constant reason of the condition UpToDate. */
  readonly reason: string;
  readonly freshness: string;
  readonly revision: number | undefined;
  /** RFC 3339: since when UpToDate is what it is. */
  readonly since: string | undefined;
}

/** Some twins of a namespace, and how to ask for those behind them. */
export interface TwinPage {
  readonly twins: readonly TwinLine[];
  readonly next: string | undefined;
}

/** The Kubernetes API. Rejects with ApiError or ConnectionError. */
export interface Cluster {
  /** Namespaces in which our kinds are used, in order; at most 200. */
  namespaces(): Promise<readonly string[]>;
  /** Whether a person may list the twins of a namespace. */
  mayList(person: Person, namespace: string): Promise<boolean>;
  twins(namespace: string, after: string | undefined): Promise<TwinPage>;
}

/** The twin service, asked as a person. Rejects with a gRPC error. */
export interface Twins {
  read(person: Person, namespace: string, handle: string): Promise<GetTwinResponse__Output>;
  whatIf(person: Person, namespace: string, request: WhatIfRequest): Promise<WhatIfResponse__Output>;
}
