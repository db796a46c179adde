// What the operator needs from outside. Adapters implement these; tests pass fakes that hold plain data.
import type { FinalizeSimulationResponse__Output } from '#proto/gen/twinward/v1/FinalizeSimulationResponse.ts';
import type { FreezeSimulationRequest } from '#proto/gen/twinward/v1/FreezeSimulationRequest.ts';
import type { FreezeSimulationResponse__Output } from '#proto/gen/twinward/v1/FreezeSimulationResponse.ts';
import type { ModelEndpoint } from '#proto/gen/twinward/v1/ModelEndpoint.ts';
import type { SourceSpec } from '#proto/gen/twinward/v1/SourceSpec.ts';
import type { SourceState__Output } from '#proto/gen/twinward/v1/SourceState.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { TwinSpec } from '#proto/gen/twinward/v1/TwinSpec.ts';
import type { TwinState__Output } from '#proto/gen/twinward/v1/TwinState.ts';
import type { Duration } from '#runtime/duration.ts';
import type { KubernetesObject, ObjectKey, ResourceType } from '#runtime/objects.ts';

/** Reads from warm caches; never a request. */
export interface Cluster {
  /** The object, or undefined when the cache has none. */
  get<T extends KubernetesObject>(type: ResourceType, key: ObjectKey): T | undefined;
  /** All objects of a namespace. */
  list<T extends KubernetesObject>(type: ResourceType, namespace: string): readonly T[];
  /** Objects of these types that the owner controls. */
  ownedBy(uid: string, types: readonly ResourceType[]): readonly KubernetesObject[];
}

/** The answer of the twin service, or that it is away: then nothing is decided about what it knows. */
export type FromTwins<T> =
  | { readonly available: true; readonly value: T }
  /** `message` says why, for people. */
  | { readonly available: false; readonly message: string };

/** The twin service, for twins. Calls of one moment travel as one batch. */
export interface TwinRegistry {
  /** Registers the twin by its spec hash (a known one costs a read) and answers its state. */
  ensureTwin(tenant: Tenant, spec: TwinSpec): Promise<FromTwins<TwinState__Output>>;
  /** Tells the complete set of living twins; calls within a second are one. */
  retainTwins(tenant: Tenant, livingUids: readonly string[]): Promise<void>;
}

/** The twin service, for sources. */
export interface SourceRegistry {
  /** Registers the source by its spec hash and answers its state. */
  ensureSource(tenant: Tenant, spec: SourceSpec): Promise<FromTwins<SourceState__Output>>;
}

/** The twin service, for models. */
export interface ModelRegistry {
  /** When to try again while the twin service is away. */
  readonly retryAfter: Duration;
  ensureModel(tenant: Tenant, model: ModelEndpoint): Promise<FromTwins<true>>;
}

/** The twin service, for simulations. */
export interface RunRegistry {
  freeze(request: FreezeSimulationRequest): Promise<FromTwins<FreezeSimulationResponse__Output>>;
  progress(
    tenant: Tenant,
    runKey: string,
  ): Promise<FromTwins<FinalizeSimulationResponse__Output | undefined>>;
}
