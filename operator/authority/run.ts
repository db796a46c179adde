// Keeps the serving certificates of the twin service and of Shared engines: observe → decide → apply, by the leader.
// Where the twin service has a certificate of somebody else, that authority's certificates are copied into the bundle.
import { existsSync, readFileSync } from 'node:fs';
import { type Clock, sleep } from '#runtime/clock.ts';
import type { ReconcileContext } from '#runtime/controller.ts';
import type { Log } from '#runtime/log.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Writer } from '../apply.ts';
import { label, wellKnown } from '../names.ts';
import type { Cluster } from '../ports.ts';
import {
  type Authority,
  certificatesIn,
  createAuthority,
  extendBundle,
  issueLeaf,
  joinBundles,
} from './certificates.ts';
import { authorityLife, decide, type LeafNote, leafLife } from './decide.ts';
import { engineNoteObject, engineSubjects, type NoteObject, type Subject, servingNames } from './subjects.ts';

/** What the authority needs. */
export interface AuthorityOptions {
  readonly cluster: Cluster;
  readonly writer: Writer<Pick<ReconcileContext, 'signal' | 'wrote'>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Our own namespace. */
  readonly namespace: string;
  /** Whether Shared engines get certificates, too. */
  readonly engines: boolean;
  /** Mounted file with certificates of the authority of the twin service; undefined when that is our own. */
  readonly foreign: string | undefined;
}

const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' } as const;
const notAfterAnnotation = 'twinward.io/leaf-not-after';
const namesAnnotation = 'twinward.io/leaf-names';
const longestBundle = 8;
const retryMs = 5_000;
/** A namespace with its first TwinModel waits at most so long; only caches are read. */
const lookAgainMs = 2_000;
/** One namespace that refuses its certificate does not keep the others from theirs. */
const patienceMs = 30_000;

const labels = {
  [label.name]: 'twinward',
  [label.partOf]: 'twinward',
  [label.managedBy]: 'twinward-operator',
};

/** The trust bundle of our own namespace, PEM; undefined before the first authority. */
export function certificatesOf(cluster: Cluster, namespace: string): string | undefined {
  return bundleOf(cluster, namespace)?.data?.['ca.crt'];
}

function bundleOf(cluster: Cluster, namespace: string): NoteObject | undefined {
  return cluster.get<NoteObject>(RESOURCES.configMaps, { namespace, name: wellKnown.trustBundle });
}

/** Runs until `term` is aborted. The authority is forgotten with it. */
export async function runAuthority(options: AuthorityOptions, term: AbortSignal): Promise<void> {
  const keeper = new Keeper(options, term);
  while (!term.aborted) {
    let wait = retryMs;
    try {
      wait = await keeper.step();
    } catch (error) {
      if (!term.aborted) options.log.error('the serving certificate could not be kept', { error });
    }
    await sleep(options.clock, wait, term);
  }
}

class Keeper {
  readonly #options: AuthorityOptions;
  readonly #context: Pick<ReconcileContext, 'signal' | 'wrote'>;
  #authority: Authority | undefined;
  #publishedAt: Date | undefined;
  #bundle: string | undefined;
  /** Certificates of a foreign authority, PEM, as last read. */
  #foreign = '';
  /** Whether the log knows that the foreign certificates cannot be read. */
  #complained = false;
  /** What the authority in memory has signed, by subject. */
  #signed: ReadonlyMap<string, LeafNote> = new Map();
  /** Subjects whose certificate could not be written, until when they are left alone (monotonic milliseconds). */
  readonly #postponed = new Map<string, number>();

  constructor(options: AuthorityOptions, signal: AbortSignal) {
    this.#options = options;
    this.#context = { signal, wrote: () => {} };
  }

  /** One step; answers the milliseconds to wait before the next. */
  async step(): Promise<number> {
    const { clock } = this.#options;
    const now = new Date(clock.now());
    await this.#copyForeign(now);
    const subjects = this.#subjects();
    this.#signed = new Map([...this.#signed].filter(([key]) => subjects.some((one) => one.key === key)));
    for (const subject of subjects) {
      const signed = this.#signed.get(subject.key);
      const { names, noted } = subject;
      const observed = { names, leaf: signed ?? noted, publishedAt: this.#publishedAt };
      const step = decide({ ...observed, isSignedByPresent: signed !== undefined }, now);
      if (step.do === 'Nothing') continue;
      if (step.do === 'PublishAuthority') await this.#publish(now);
      else await this.#issueOrPostpone(subject, now);
      return 0;
    }
    return lookAgainMs;
  }

  #subjects(): readonly Subject[] {
    const { cluster, clock, namespace, engines, foreign } = this.#options;
    const own: Subject = {
      ...{ key: '', namespace, secret: wellKnown.servingSecret, names: servingNames(namespace) },
      noted: ownNote(bundleOf(cluster, namespace)),
    };
    const others = engines ? engineSubjects(cluster) : [];
    return [...(foreign === undefined ? [own] : []), ...others].filter(
      ({ key }) => (this.#postponed.get(key) ?? 0) <= clock.monotonic(),
    );
  }

  /** Brings what the foreign authority says now into the bundle. What is mounted changes within about a minute. */
  async #copyForeign(now: Date): Promise<void> {
    const { cluster, namespace, foreign, log } = this.#options;
    if (foreign === undefined || !existsSync(foreign)) return;
    try {
      this.#foreign = certificatesIn(readFileSync(foreign, 'utf8'));
      this.#complained = false;
    } catch (error) {
      if (!this.#complained) log.error('the mounted trust bundle cannot be used', { error });
      this.#complained = true;
      return;
    }
    const stored = bundleOf(cluster, namespace)?.data?.['ca.crt'];
    const wanted = joinBundles(this.#foreign, this.#bundle ?? stored ?? '', now, longestBundle);
    if (wanted === (this.#bundle ?? stored)) return;
    this.#bundle = wanted;
    await this.#writeBundle(undefined);
    log.info('trust bundle copied', { name: wellKnown.trustBundle });
  }

  async #publish(now: Date): Promise<void> {
    const { cluster, namespace, foreign } = this.#options;
    const stored = bundleOf(cluster, namespace);
    this.#authority = await createAuthority(now, authorityLife);
    const { certificate } = this.#authority;
    const known = this.#bundle ?? stored?.data?.['ca.crt'] ?? '';
    this.#bundle =
      foreign === undefined
        ? extendBundle(known, certificate, now, longestBundle)
        : joinBundles(this.#foreign, `${certificate.toString('pem')}\n${known}`, now, longestBundle);
    await this.#writeBundle(foreign === undefined ? ownNote(stored) : undefined);
    this.#publishedAt = now;
  }

  async #issueOrPostpone(subject: Subject, now: Date): Promise<void> {
    if (subject.secret === wellKnown.servingSecret) return await this.#issue(subject, now);
    try {
      await this.#issue(subject, now);
    } catch (error) {
      const { clock, log } = this.#options;
      if (this.#context.signal.aborted) throw error;
      this.#postponed.set(subject.key, clock.monotonic() + patienceMs);
      log.error('the certificate of a namespace could not be written', {
        error,
        namespace: subject.namespace,
      });
    }
  }

  async #issue(subject: Subject, now: Date): Promise<void> {
    if (this.#authority === undefined) return;
    const { names, namespace } = subject;
    const leaf = await issueLeaf(this.#authority, names, now, leafLife);
    const { writer, log } = this.#options;
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: subject.secret, namespace, labels },
      type: 'kubernetes.io/tls',
      data: {
        'tls.crt': Buffer.from(leaf.certificate).toString('base64'),
        'tls.key': Buffer.from(leaf.privateKey).toString('base64'),
      },
    };
    await writer.apply(secrets, secret, undefined, this.#context);
    const note = { notAfter: leaf.notAfter, names };
    this.#signed = new Map([...this.#signed, [subject.key, note]]);
    if (subject.secret === wellKnown.servingSecret) await this.#writeBundle(note);
    else {
      await writer.apply(
        RESOURCES.configMaps,
        engineNoteObject(namespace, labels, note),
        undefined,
        this.#context,
      );
    }
    log.info('serving certificate issued', { name: subject.secret });
  }

  async #writeBundle(leaf: LeafNote | undefined): Promise<void> {
    const annotations =
      leaf === undefined
        ? {}
        : { [notAfterAnnotation]: leaf.notAfter.toISOString(), [namesAnnotation]: leaf.names.join(',') };
    const object: NoteObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: wellKnown.trustBundle, namespace: this.#options.namespace, labels, annotations },
      data: { 'ca.crt': this.#bundle ?? '' },
    };
    await this.#options.writer.apply(RESOURCES.configMaps, object, undefined, this.#context);
  }
}

function ownNote(stored: NoteObject | undefined): LeafNote | undefined {
  const annotations = stored?.metadata.annotations ?? {};
  const notAfter = annotations[notAfterAnnotation];
  if (notAfter === undefined) return undefined;
  return { notAfter: new Date(notAfter), names: (annotations[namesAnnotation] ?? '').split(',') };
}
