import { type ApiClient, isNotFound } from '#runtime/api.ts';
import type { Clock, Random } from '#runtime/clock.ts';
import { asError } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';
import { collectionPath, objectPath } from '#runtime/object-key.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import { type EventIdentity, EventSeries } from './event-series.ts';

/** Something worth telling about an object. No patient data. */
export interface EventDescription {
  readonly type: 'Normal' | 'Warning';
  /** A PascalCase constant. */
  readonly reason: string;
  /** What was done, as a short PascalCase verb phrase. */
  readonly action: string;
  /** For people; cut at 1 kB. */
  readonly note: string;
}

/** What a recorder needs. */
export interface RecorderOptions {
  /** A fenced client, so that only the leader tells. */
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A qualified name, for example `twinward.io/operator`. */
  readonly reportingController: string;
  /** The pod's name; cut at 128 characters. */
  readonly reportingInstance: string;
}

const LONGEST_NOTE_BYTES = 1_024;
const MOST_WAITING = 1_000;

/** Writes events.k8s.io/v1 events in the background; a repeated one becomes a series instead of a new event. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #series: EventSeries;
  readonly #waiting: (() => Promise<void>)[] = [];
  #draining: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#series = new EventSeries(options.clock);
  }

  /** Tells an event about `regarding`, which was read from the server. Returns at once and never throws. */
  record(regarding: KubernetesObject, description: EventDescription): void {
    if (this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(() => this.#write(regarding, description));
    this.#draining ??= this.#drain();
  }

  /** Resolves when everything recorded so far is written or given up. */
  async flush(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    for (let write = this.#waiting.shift(); write !== undefined; write = this.#waiting.shift()) await write();
    this.#draining = undefined;
  }

  async #write(regarding: KubernetesObject, description: EventDescription): Promise<void> {
    const { type, reason, action } = description;
    const identity = { regardingUid: regarding.metadata.uid ?? '', type, reason, action };
    const decision = this.#series.occurred(identity);
    try {
      if (decision.write === 'Create') await this.#create(regarding, description, identity);
      if (decision.write === 'Series') await this.#count(regarding, decision.eventName, decision.count);
    } catch (error) {
      this.#series.lost(identity);
      if (!isNotFound(error)) this.#options.log.warn('event not written', { reason, error: asError(error) });
    }
  }

  async #create(
    regarding: KubernetesObject,
    description: EventDescription,
    identity: EventIdentity,
  ): Promise<void> {
    const { client, clock, random, reportingController, reportingInstance } = this.#options;
    const { name: regardingName, uid } = regarding.metadata;
    const namespace = namespaceOf(regarding);
    const eventTime = microTime(clock.now());
    const suffix = `${clock.now().getTime().toString(16)}${Math.floor(random() * 0xffff)
      .toString(16)
      .padStart(4, '0')}`;
    const name = `${regardingName.slice(0, 230)}.${suffix}`;
    await client.request({
      method: 'POST',
      path: collectionPath(RESOURCES.events, namespace),
      body: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name, namespace },
        eventTime,
        reportingController,
        reportingInstance: reportingInstance.slice(0, 128),
        type: description.type,
        reason: description.reason,
        action: description.action,
        note: cutNote(description.note),
        regarding: {
          apiVersion: regarding.apiVersion,
          kind: regarding.kind,
          name: regardingName,
          ...(regarding.metadata.namespace ? { namespace } : {}),
          ...(uid ? { uid } : {}),
        },
      },
    });
    this.#series.created(identity, name);
  }

  async #count(regarding: KubernetesObject, name: string, count: number): Promise<void> {
    await this.#options.client.request({
      method: 'PATCH',
      path: objectPath(RESOURCES.events, { namespace: namespaceOf(regarding), name }),
      body: { series: { count, lastObservedTime: microTime(this.#options.clock.now()) } },
      contentType: 'mergePatch',
    });
  }
}

function namespaceOf(regarding: KubernetesObject): string {
  return regarding.metadata.namespace || 'default';
}

/** At most 1 kB in UTF-8, without half a character at the end. */
export function cutNote(note: string): string {
  const bytes = Buffer.from(note);
  if (bytes.length <= LONGEST_NOTE_BYTES) return note;
  const text = bytes
    .subarray(0, LONGEST_NOTE_BYTES - 3)
    .toString('utf8')
    .replace(/�+$/, '');
  return `${text}…`;
}

function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
