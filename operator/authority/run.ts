// Keeps the serving certificate of the twin service: observe → decide → apply, by the leader, in our own namespace.
import { type Clock, sleep } from '#runtime/clock.ts';
import type { ReconcileContext } from '#runtime/controller.ts';
import type { Log } from '#runtime/log.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Writer } from '../apply.ts';
import { label, wellKnown } from '../names.ts';
import type { Cluster } from '../ports.ts';
import { type Authority, createAuthority, extendBundle, issueLeaf } from './certificates.ts';
import { authorityLife, decide, type LeafNote, leafLife } from './decide.ts';

/** What the authority needs. */
export interface AuthorityOptions {
  readonly cluster: Cluster;
  readonly writer: Writer<Pick<ReconcileContext, 'signal' | 'wrote'>>;
  readonly clock: Clock;
  readonly log: Log;
  /** Our own namespace. */
  readonly namespace: string;
}

const secrets = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' } as const;
const notAfterAnnotation = 'twinward.io/leaf-not-after';
const namesAnnotation = 'twinward.io/leaf-names';
const longestBundle = 8;
const retryMs = 5_000;

const labels = {
  [label.name]: 'twinward',
  [label.partOf]: 'twinward',
  [label.managedBy]: 'twinward-operator',
};

type BundleObject = KubernetesObject & { readonly data?: Readonly<Record<string, string>> };

/** The trust bundle of our own namespace, PEM; undefined before the first authority. */
export function certificatesOf(cluster: Cluster, namespace: string): string | undefined {
  return bundleOf(cluster, namespace)?.data?.['ca.crt'];
}

function bundleOf(cluster: Cluster, namespace: string): BundleObject | undefined {
  return cluster.get<BundleObject>(RESOURCES.configMaps, { namespace, name: wellKnown.trustBundle });
}

/** DNS names under which the twin service is called. */
export function servingNames(namespace: string): readonly string[] {
  return [wellKnown.twinsService, wellKnown.twinsClientService].flatMap((service) => [
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ]);
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
  #leaf: LeafNote | undefined;

  constructor(options: AuthorityOptions, signal: AbortSignal) {
    this.#options = options;
    this.#context = { signal, wrote: () => {} };
  }

  /** One step; answers the milliseconds to wait before the next. */
  async step(): Promise<number> {
    const { cluster, clock, namespace } = this.#options;
    const now = new Date(clock.now());
    const stored = bundleOf(cluster, namespace);
    const names = servingNames(namespace);
    const leaf = this.#leaf ?? noteOf(stored);
    const step = decide({ names, leaf, publishedAt: this.#publishedAt }, now);
    switch (step.do) {
      case 'Nothing':
        return step.checkAgainIn;
      case 'PublishAuthority':
        await this.#publish(stored?.data?.['ca.crt'] ?? '', leaf, now);
        return 0;
      case 'IssueLeaf':
        await this.#issue(names, now);
        return 0;
    }
  }

  async #publish(bundle: string, leaf: LeafNote | undefined, now: Date): Promise<void> {
    this.#authority = await createAuthority(now, authorityLife);
    this.#bundle = extendBundle(bundle, this.#authority.certificate, now, longestBundle);
    await this.#writeBundle(leaf);
    this.#publishedAt = now;
  }

  async #issue(names: readonly string[], now: Date): Promise<void> {
    if (this.#authority === undefined) return;
    const leaf = await issueLeaf(this.#authority, names, now, leafLife);
    const { namespace, writer, log } = this.#options;
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: wellKnown.servingSecret, namespace, labels },
      type: 'kubernetes.io/tls',
      data: {
        'tls.crt': Buffer.from(leaf.certificate).toString('base64'),
        'tls.key': Buffer.from(leaf.privateKey).toString('base64'),
      },
    };
    await writer.apply(secrets, secret, undefined, this.#context);
    this.#leaf = { notAfter: leaf.notAfter, names };
    await this.#writeBundle(this.#leaf);
    log.info('serving certificate issued', { name: wellKnown.servingSecret });
  }

  async #writeBundle(leaf: LeafNote | undefined): Promise<void> {
    const annotations =
      leaf === undefined
        ? {}
        : { [notAfterAnnotation]: leaf.notAfter.toISOString(), [namesAnnotation]: leaf.names.join(',') };
    const object: BundleObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: wellKnown.trustBundle, namespace: this.#options.namespace, labels, annotations },
      data: { 'ca.crt': this.#bundle ?? '' },
    };
    await this.#options.writer.apply(RESOURCES.configMaps, object, undefined, this.#context);
  }
}

function noteOf(stored: BundleObject | undefined): LeafNote | undefined {
  const annotations = stored?.metadata.annotations ?? {};
  const notAfter = annotations[notAfterAnnotation];
  if (notAfter === undefined) return undefined;
  return { notAfter: new Date(notAfter), names: (annotations[namesAnnotation] ?? '').split(',') };
}
