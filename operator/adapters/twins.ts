// The twin service over gRPC. Translates; holds no rule of the product.
import { connect, type ServiceClient, type Target } from '#proto/connect.ts';
import type { FinalizeSimulationResponse__Output } from '#proto/gen/twinward/v1/FinalizeSimulationResponse.ts';
import type { FreezeSimulationRequest } from '#proto/gen/twinward/v1/FreezeSimulationRequest.ts';
import type { FreezeSimulationResponse__Output } from '#proto/gen/twinward/v1/FreezeSimulationResponse.ts';
import type { ModelEndpoint } from '#proto/gen/twinward/v1/ModelEndpoint.ts';
import type { SourceSpec } from '#proto/gen/twinward/v1/SourceSpec.ts';
import type { SourceState__Output } from '#proto/gen/twinward/v1/SourceState.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { TwinControlDefinition } from '#proto/gen/twinward/v1/TwinControl.ts';
import type { TwinSpec } from '#proto/gen/twinward/v1/TwinSpec.ts';
import type { TwinState__Output } from '#proto/gen/twinward/v1/TwinState.ts';
import { isServiceError, reasonOf } from '#proto/status.ts';
import { type Duration, seconds } from '#runtime/duration.ts';
import type { FromTwins, ModelRegistry, RunRegistry, SourceRegistry, TwinRegistry } from '../ports.ts';
import { specHash } from '../spec-hash.ts';
import { Batcher } from './batcher.ts';

const deadlineMs = 10_000;
const freezeDeadlineMs = 50_000;
/** What was said of a model is said again after this time, in case the store was restored meanwhile. */
const retellMs = 600_000;
const retainWindowMs = 1_000;

type Client = ServiceClient<TwinControlDefinition>;

/** Tells whether the twin service answers; called at each change. */
export type AvailabilityListener = (available: boolean, reason: string) => void;

/** All registries of the twin service. One per process. */
export class TwinService implements TwinRegistry, SourceRegistry, ModelRegistry, RunRegistry {
  readonly retryAfter: Duration = seconds(5);
  readonly client: Client;
  readonly #onAvailability: AvailabilityListener;
  readonly #twinBatches = new Map<string, Batcher<TwinSpec, TwinState__Output | undefined>>();
  readonly #toldModels = new Map<string, { readonly hash: string; readonly at: number }>();
  readonly #retaining = new Map<
    string,
    { readonly tenant: Tenant; uids: readonly string[]; readonly done: Promise<void> }
  >();
  #available = true;

  constructor(target: Target, onAvailability: AvailabilityListener) {
    this.client = connect<TwinControlDefinition>('twinward.v1.TwinControl', target);
    this.#onAvailability = onAvailability;
  }

  /** Whether the last call was answered. */
  get available(): boolean {
    return this.#available;
  }

  ensureTwin(tenant: Tenant, spec: TwinSpec): Promise<FromTwins<TwinState__Output>> {
    return this.#ask(async () => {
      const state = await this.#batcherOf(tenant).ask(spec);
      if (state === undefined) throw new Error('EnsureTwins answered without a state');
      return state;
    });
  }

  #batcherOf(tenant: Tenant): Batcher<TwinSpec, TwinState__Output | undefined> {
    const key = specHash(tenant);
    const known = this.#twinBatches.get(key);
    if (known !== undefined) return known;
    const batcher = new Batcher<TwinSpec, TwinState__Output | undefined>(async (twins) => {
      const { states } = await this.client.call('EnsureTwins', { tenant, twins: [...twins] }, deadlineMs);
      const byHandle = new Map(states.map((state) => [state.handle, state]));
      return twins.map(({ handle = '' }) => byHandle.get(handle));
    });
    this.#twinBatches.set(key, batcher);
    return batcher;
  }

  retainTwins(tenant: Tenant, livingUids: readonly string[]): Promise<void> {
    const key = tenant.namespace ?? '';
    const waiting = this.#retaining.get(key);
    if (waiting !== undefined) {
      waiting.uids = livingUids;
      return waiting.done;
    }
    const done = new Promise<void>((resolve) => setTimeout(resolve, retainWindowMs)).then(async () => {
      const latest = this.#retaining.get(key);
      this.#retaining.delete(key);
      if (latest === undefined) return;
      await this.client.call(
        'RetainTwins',
        { tenant: latest.tenant, livingUids: [...latest.uids] },
        deadlineMs,
      );
    });
    this.#retaining.set(key, { tenant, uids: livingUids, done });
    return done;
  }

  ensureSource(tenant: Tenant, spec: SourceSpec): Promise<FromTwins<SourceState__Output>> {
    return this.#ask(async () => {
      const { states } = await this.client.call('EnsureSources', { tenant, sources: [spec] }, deadlineMs);
      const [state] = states;
      if (state === undefined) throw new Error('EnsureSources answered without a state');
      return state;
    });
  }

  ensureModel(tenant: Tenant, model: ModelEndpoint): Promise<FromTwins<true>> {
    const key = `${tenant.namespaceUid}/${model.name}`;
    const hash = specHash({ tenant, model });
    const told = this.#toldModels.get(key);
    if (told?.hash === hash && performance.now() - told.at < retellMs) {
      return Promise.resolve({ available: true, value: true });
    }
    return this.#ask(async () => {
      await this.client.call('EnsureModels', { tenant, models: [model] }, deadlineMs);
      this.#toldModels.set(key, { hash, at: performance.now() });
      return true as const;
    });
  }

  freeze(request: FreezeSimulationRequest): Promise<FromTwins<FreezeSimulationResponse__Output>> {
    return this.#ask(() => this.client.call('FreezeSimulation', request, freezeDeadlineMs));
  }

  progress(
    tenant: Tenant,
    runKey: string,
  ): Promise<FromTwins<FinalizeSimulationResponse__Output | undefined>> {
    return this.#ask(() => this.client.call('FinalizeSimulation', { tenant, runKey }, freezeDeadlineMs));
  }

  /** Forgets what was told: another replica may have told other things meanwhile. */
  forget(): void {
    this.#toldModels.clear();
  }

  close(): void {
    this.client.close();
  }

  async #ask<T>(call: () => Promise<T>): Promise<FromTwins<T>> {
    try {
      const value = await call();
      this.#report(true, '');
      return { available: true, value };
    } catch (error) {
      if (!isServiceError(error)) throw error;
      const reason = reasonOf(error);
      this.#report(false, reason);
      return { available: false, message: messageOf(reason) };
    }
  }

  #report(available: boolean, reason: string): void {
    if (available === this.#available) return;
    this.#available = available;
    this.#onAvailability(available, reason);
  }
}

const messages: Readonly<Record<string, string>> = {
  TENANT_RECREATED:
    'This namespace was deleted and made anew, and records of the former one are in the store. To adopt them, annotate the Namespace with twinward.io/adopts-namespace=<uid of the former one>.',
  PURPOSE_CHANGED:
    'The label twinward.io/purpose of this namespace differs from the purpose at first use, which is fixed. Set it back, or use another namespace.',
  NOT_OPERATOR: 'The twin service refuses this operator; look at its setting TWINWARD_OPERATOR_ACCOUNT.',
};

function messageOf(reason: string): string {
  return messages[reason] ?? `The twin service does not answer (${reason}); it is asked again.`;
}
