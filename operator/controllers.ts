// The controllers, and what wakes each.

import { group } from '#crds/kind.ts';
import { parsePatientTwin } from '#crds/patient-twin/v1alpha1.ts';
import { parseSimulation } from '#crds/simulation/v1alpha1.ts';
import type { Controller, Mapping, ReconcileContext } from '#runtime/controller.ts';
import type { Manager } from '#runtime/manager.ts';
import { toKeys, toOwner, toSelf } from '#runtime/mappings.ts';
import type { KubernetesObject, ObjectKey } from '#runtime/objects.ts';
import type { TwinService } from './adapters/twins.ts';
import type { Applying } from './apply.ts';
import { certificatesOf } from './authority/run.ts';
import type { Caches } from './caches.ts';
import { reconcile as reconcileSource } from './data-source/reconcile.ts';
import type { Installation } from './installation.ts';
import { label, wellKnown } from './names.ts';
import { reconcile as reconcileTwin } from './patient-twin/reconcile.ts';
import { StatusPacer } from './patient-twin/status-pacer.ts';
import { reconcile as reconcileSimulation } from './simulation/reconcile.ts';
import type { TokenIssuer } from './tenant/children.ts';
import { reconcile as reconcileTenant } from './tenant/reconcile.ts';
import { reconcile as reconcileModel } from './twin-model/reconcile.ts';

/** Names of all controllers: labels of their metrics. */
export const controllerNames = ['twin-model', 'data-source', 'patient-twin', 'simulation', 'tenant'] as const;

/** What controllers are made from. */
export interface Wiring {
  readonly manager: Manager;
  readonly caches: Caches;
  readonly ports: Applying<ReconcileContext>;
  readonly twins: TwinService;
  readonly installation: Installation;
  readonly ownNamespace: string;
  /** Who signs tokens, as far as it is known. */
  readonly tokens: () => TokenIssuer | undefined;
  readonly workers: number;
  readonly now: () => Date;
  readonly monotonic: () => number;
  readonly random: () => number;
}

/** Controllers that others wake: the change stream of the twin service, and whoever learns of new signing keys. */
export interface Controllers {
  readonly tenants: Controller;
  readonly twins: Controller;
  readonly sources: Controller;
  readonly simulations: Controller;
}

/** Makes all controllers. */
export function createControllers(wiring: Wiring): Controllers {
  modelController(wiring);
  return {
    tenants: tenantController(wiring),
    twins: twinController(wiring),
    sources: sourceController(wiring),
    simulations: simulationController(wiring),
  };
}

/** The object that a label of the changed one names. */
function toLabelled<T extends KubernetesObject>(name: string): Mapping<T> {
  return toKeys((object) => {
    const value = object.metadata.labels?.[name];
    return value === undefined ? [] : [{ namespace: object.metadata.namespace ?? '', name: value }];
  });
}

/** As `mapping`, for objects that appear or go only: their status does not matter. */
function onExistence<T extends KubernetesObject>(mapping: Mapping<T>): Mapping<T> {
  return (change) => (change.type === 'Updated' ? [] : mapping(change));
}

function modelController({ manager, caches, ports, twins, installation, now, workers }: Wiring): void {
  const deps = { ports, models: twins, installation, now };
  const controller = manager.controller({
    name: 'twin-model',
    workers,
    reconcile: (key, context) => reconcileModel(key, context, deps),
  });
  controller
    .watch(caches.twinModels, toSelf())
    .watch(caches.pods, toLabelled(label.model))
    .watch(caches.namespaces, toMembers(caches.twinModels))
    .watch(
      caches.simulations,
      toKeys((object) => [
        { namespace: object.metadata.namespace ?? '', name: parseSimulation(object).spec.modelRef.name },
      ]),
    );
  for (const cache of caches.children) controller.watch(cache, toOwner('TwinModel', group));
}

/** All objects of a cache that are in the changed Namespace. */
function toMembers(cache: Caches['twinModels']): Mapping<KubernetesObject> {
  return onExistence(toKeys((namespace) => keysIn(cache, namespace.metadata.name)));
}

function keysIn(cache: Caches['twinModels'], namespace: string): readonly ObjectKey[] {
  return cache.store.list(namespace).map(({ metadata }) => ({ namespace, name: metadata.name }));
}

function sourceController({ manager, caches, ports, twins, installation, now, workers }: Wiring): Controller {
  const deps = { ports, sources: twins, installation, now };
  const controller = manager.controller({
    name: 'data-source',
    workers,
    reconcile: (key, context) => reconcileSource(key, context, deps),
  });
  controller
    .watch(caches.dataSources, toSelf())
    .watch(caches.pods, toLabelled(label.source))
    .watch(caches.namespaces, toMembers(caches.dataSources));
  for (const cache of caches.children) controller.watch(cache, toOwner('DataSource', group));
  return controller;
}

function twinController(wiring: Wiring): Controller {
  const { manager, caches, ports, twins, now, workers, monotonic, random } = wiring;
  const deps = { ports, twins, pacer: new StatusPacer(monotonic, random), now };
  const referring = (plural: 'modelRefs' | 'sourceRefs'): Mapping<KubernetesObject> =>
    onExistence(
      toKeys(({ metadata: { namespace = '', name } }) =>
        caches.patientTwins.store
          .list(namespace)
          .filter((twin) =>
            (parsePatientTwin(twin).spec[plural] ?? []).some((reference) => reference.name === name),
          )
          .map((twin) => ({ namespace, name: twin.metadata.name })),
      ),
    );
  return manager
    .controller({
      name: 'patient-twin',
      workers: workers * 4,
      reconcile: (key, context) => reconcileTwin(key, context, deps),
    })
    .watch(caches.patientTwins, toSelf())
    .watch(caches.twinModels, referring('modelRefs'))
    .watch(caches.dataSources, referring('sourceRefs'))
    .watch(caches.namespaces, toMembers(caches.patientTwins));
}

function simulationController({
  manager,
  caches,
  ports,
  twins,
  installation,
  now,
  workers,
}: Wiring): Controller {
  const deps = { ports, runs: twins, installation, now };
  const controller = manager.controller({
    name: 'simulation',
    workers,
    reconcile: (key, context) => reconcileSimulation(key, context, deps),
  });
  const neighbours: Mapping<KubernetesObject> = toKeys((object) =>
    keysIn(caches.simulations, object.metadata.namespace ?? ''),
  );
  controller
    .watch(caches.simulations, toSelf())
    .watch(caches.pods, toLabelled(label.simulation))
    .watch(caches.twinModels, neighbours)
    .watch(caches.dataSources, neighbours)
    .watch(caches.namespaces, toMembers(caches.simulations));
  for (const cache of caches.children) controller.watch(cache, toOwner('Simulation', group));
  return controller;
}

function tenantController({ manager, caches, ports, ownNamespace, tokens }: Wiring): Controller {
  const certificates = (): string | undefined => certificatesOf(ports.cluster, ownNamespace);
  const deps = { ports, ownNamespace, certificates, tokens };
  const toNamespace: Mapping<KubernetesObject> = onExistence(
    toKeys(({ metadata }) => [{ namespace: '', name: metadata.namespace ?? '' }]),
  );
  const ofBundle: Mapping<KubernetesObject> = (change) => {
    const { name, namespace } = change.object.metadata;
    if (name !== wellKnown.trustBundle || namespace !== ownNamespace) return toNamespace(change);
    const everywhere = caches.namespaces.store
      .list()
      .map((found) => ({ namespace: '', name: found.metadata.name }));
    return toKeys(() => everywhere)(change);
  };
  return manager
    .controller({
      name: 'tenant',
      workers: 2,
      reconcile: (key, context) => reconcileTenant(key, context, deps),
    })
    .watch(caches.twinModels, toNamespace)
    .watch(caches.dataSources, toNamespace)
    .watch(caches.patientTwins, toNamespace)
    .watch(caches.simulations, toNamespace)
    .watch(caches.accounts, toNamespace)
    .watch(caches.configMaps, ofBundle);
}
