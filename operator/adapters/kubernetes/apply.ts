import { type ApiClient, ApiError, isConflict, isNotFound } from '#runtime/api.ts';
import type { ReconcileContext } from '#runtime/controller.ts';
import { CodedError, StaleError } from '#runtime/errors.ts';
import { collectionPath, controllerOf, keyOf, objectPath } from '#runtime/object-key.ts';
import type { KubernetesObject, ResourceType } from '#runtime/objects.ts';
import { fingerprint, project } from './intent.ts';

/** What happened to an object. */
export type ApplyOutcome = 'Unchanged' | 'Applied';

/** The part of a reconcile's context that a write needs. */
export type WriteContext = Pick<ReconcileContext, 'signal' | 'wrote'>;

/** What an applier needs. */
export interface ApplierOptions {
  /** A fenced client: it refuses to write when this process does not lead. */
  readonly client: ApiClient;
  /** The one field manager of this operator. */
  readonly fieldManager: string;
}

/** What was applied, and how the server showed it. */
interface Remembered {
  readonly uid: string | undefined;
  readonly intent: string;
  readonly resourceVersion: string | undefined;
  readonly shown: string;
}

/** Another controller owns an object of the name that a child should have. */
export class NotOursError extends CodedError {
  constructor(kind: string) {
    super(
      'ChildNotOurs',
      `a ${kind} of the child's name exists that is not this object's own: rename or remove it`,
    );
  }
}

/** The only way objects are written: server-side apply with one field manager, skipped when nothing would change. */
export class Applier {
  readonly #options: ApplierOptions;
  readonly #memory = new Map<string, Remembered>();

  constructor(options: ApplierOptions) {
    this.#options = options;
  }

  /**
   * Makes a child be as `desired` says. `live` is what the cache shows of it; a child that the cache does not show is
   * looked up, since the cache holds only what bears our labels and an apply would take a foreign object over. Fields
   * that others took are taken back only on an object that the desired controller already controls. Throws
   * NotOursError for another's object.
   */
  async apply(
    type: ResourceType,
    desired: KubernetesObject,
    live: KubernetesObject | undefined,
    context: WriteContext,
  ): Promise<ApplyOutcome> {
    const isChild = controllerOf(desired) !== undefined;
    const seen = live ?? (isChild ? await this.#lookUp(type, desired, context) : undefined);
    const ours = seen !== undefined && sameController(desired, seen);
    if (seen !== undefined && !ours && isChild) throw new NotOursError(type.kind);
    return this.#write({ type, body: desired, subresource: '', live: seen, force: ours }, context);
  }

  async #lookUp(
    type: ResourceType,
    desired: KubernetesObject,
    context: WriteContext,
  ): Promise<KubernetesObject | undefined> {
    try {
      return await this.#options.client.request<KubernetesObject>({
        method: 'GET',
        path: objectPath(type, keyOf(desired)),
        signal: context.signal,
      });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /**
   * Makes the status of `live` be exactly `status`: a field that is left out goes away. Throws StaleError when
   * the object is no longer the version that was decided about.
   */
  async applyStatus(
    type: ResourceType,
    live: KubernetesObject,
    status: object,
    context: WriteContext,
  ): Promise<ApplyOutcome> {
    const { name, namespace, resourceVersion } = live.metadata;
    const metadata = { name, ...(namespace ? { namespace } : {}) };
    const body = { apiVersion: live.apiVersion, kind: live.kind, metadata, status };
    const write = { type, body, subresource: 'status', live, force: true } as const;
    try {
      return await this.#write(resourceVersion ? { ...write, onlyVersion: resourceVersion } : write, context);
    } catch (error) {
      throw isConflict(error) ? new StaleError({ cause: error }) : error;
    }
  }

  /**
   * Creates a child that is never changed afterwards; `Unchanged` when it exists already. Throws NotOursError when
   * another's object has its name.
   */
  async create(type: ResourceType, desired: KubernetesObject, context: WriteContext): Promise<ApplyOutcome> {
    try {
      const answer = await this.#options.client.request<KubernetesObject>({
        method: 'POST',
        path: collectionPath(type, desired.metadata.namespace),
        query: { fieldManager: this.#options.fieldManager },
        body: desired,
        signal: context.signal,
      });
      const { resourceVersion } = answer.metadata;
      if (resourceVersion) context.wrote({ kind: 'Written', type, resourceVersion });
      return 'Applied';
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'AlreadyExists')) throw error;
      const found = await this.#lookUp(type, desired, context);
      if (found !== undefined && !sameController(desired, found)) throw new NotOursError(type.kind);
      return 'Unchanged';
    }
  }

  /** Deletes exactly the object that was seen; `Gone` when it no longer exists. Throws StaleError when it changed. */
  async remove(
    type: ResourceType,
    live: KubernetesObject,
    context: WriteContext,
  ): Promise<'Deleted' | 'Gone'> {
    if (live.metadata.deletionTimestamp !== undefined) return 'Gone';
    const { uid = '', resourceVersion } = live.metadata;
    try {
      await this.#options.client.request({
        method: 'DELETE',
        path: objectPath(type, keyOf(live)),
        body: { propagationPolicy: 'Background', preconditions: { uid, resourceVersion } },
        signal: context.signal,
      });
    } catch (error) {
      if (isNotFound(error)) return 'Gone';
      throw isConflict(error) ? new StaleError({ cause: error }) : error;
    } finally {
      this.#memory.delete(memoryKey(type, live, ''));
      this.#memory.delete(memoryKey(type, live, 'status'));
    }
    context.wrote({ kind: 'Deleted', type, key: keyOf(live), uid });
    return 'Deleted';
  }

  /** Forgets the status of an object that is gone, so that memory does not grow with every object ever seen. */
  forget(type: ResourceType, object: KubernetesObject): void {
    this.#memory.delete(memoryKey(type, object, ''));
    this.#memory.delete(memoryKey(type, object, 'status'));
  }

  /** Forgets everything: another replica may have written meanwhile. */
  forgetAll(): void {
    this.#memory.clear();
  }

  async #write(write: PlannedWrite, context: WriteContext): Promise<ApplyOutcome> {
    const key = memoryKey(write.type, write.body, write.subresource);
    const intent = fingerprint(write.body);
    if (isUnchanged(this.#memory.get(key), intent, write)) return 'Unchanged';
    const answer = await this.#options.client.request<KubernetesObject>({
      method: 'PATCH',
      path: objectPath(write.type, keyOf(write.body), write.subresource),
      query: { fieldManager: this.#options.fieldManager, force: write.force },
      body: bodyOf(write),
      contentType: 'apply',
      signal: context.signal,
    });
    const { uid, resourceVersion } = answer.metadata;
    this.#memory.set(key, { uid, intent, resourceVersion, shown: shownOf(answer, write) });
    if (resourceVersion) context.wrote({ kind: 'Written', type: write.type, resourceVersion });
    return resourceVersion !== undefined && resourceVersion === write.live?.metadata.resourceVersion
      ? 'Unchanged'
      : 'Applied';
  }
}

interface PlannedWrite {
  readonly type: ResourceType;
  readonly body: KubernetesObject;
  readonly subresource: '' | 'status';
  readonly live: KubernetesObject | undefined;
  readonly force: boolean;
  /** Refuse the write unless the object is still this version. */
  readonly onlyVersion?: string;
}

function bodyOf(write: PlannedWrite): KubernetesObject {
  if (write.onlyVersion === undefined) return write.body;
  return { ...write.body, metadata: { ...write.body.metadata, resourceVersion: write.onlyVersion } };
}

/**
 * Unchanged when the same intent was applied to the same object, and the fields it names still look as the
 * server showed them then (the server may write a value in another way than we do).
 */
function isUnchanged(known: Remembered | undefined, intent: string, write: PlannedWrite): boolean {
  const { live } = write;
  if (known === undefined || live === undefined || known.intent !== intent) return false;
  if (live.metadata.uid !== known.uid) return false;
  return live.metadata.resourceVersion === known.resourceVersion || shownOf(live, write) === known.shown;
}

function shownOf(object: KubernetesObject, write: PlannedWrite): string {
  return fingerprint(project(object, write.body));
}

function memoryKey(type: ResourceType, object: KubernetesObject, subresource: string): string {
  const { namespace = '', name } = object.metadata;
  return `${type.plural}.${type.group}/${namespace}/${name}/${subresource}`;
}

function sameController(desired: KubernetesObject, live: KubernetesObject): boolean {
  const wanted = controllerOf(desired)?.uid;
  return wanted !== undefined && controllerOf(live)?.uid === wanted;
}
