// One replica of a small operator, run as a process of its own by the handover tests: every ConfigMap with the
// label role=parent gets a child that repeats its text.

import { fenced } from '#runtime/api.ts';
import { systemClock } from '#runtime/clock.ts';
import { findCredentials } from '#runtime/credentials.ts';
import { createHttpClient } from '#runtime/http.ts';
import { Elector } from '#runtime/leader.ts';
import { createLog } from '#runtime/log.ts';
import { Manager } from '#runtime/manager.ts';
import { toOwner, toSelf } from '#runtime/mappings.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { controllerReference, keyOf } from '#runtime/object-key.ts';
import { startProbes } from '#runtime/probes.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import { createShutdown } from '#runtime/shutdown.ts';
import { Applier } from '../../../operator/adapters/kubernetes/apply.ts';
import type { ConfigMap } from './plane.ts';

const identity = process.argv[2] ?? 'replica';
const namespace = process.argv[3] ?? 'default';
const times = process.argv[4] === undefined ? {} : JSON.parse(process.argv[4]);
const clock = systemClock();
const random = Math.random;
const log = createLog({ name: identity });
const registry = createRegistry();
const shutdown = createShutdown({ log, clock });
const client = createHttpClient({
  credentials: await findCredentials(clock),
  clock,
  random,
  userAgent: identity,
});
shutdown.onShutdown('client', () => client.close());
const elector = new Elector({
  client,
  clock,
  random,
  log,
  registry,
  namespace,
  name: 'handover',
  identity,
  times,
});
const applier = new Applier({ client: fenced(client, elector), fieldManager: 'twinward-operator' });
const manager = new Manager({ client, clock, random, log, registry, controllers: ['parent'] });
const parents = manager.cache<ConfigMap>({
  type: RESOURCES.configMaps,
  namespace,
  labelSelector: 'role=parent',
});
const children = manager.cache<ConfigMap>({
  type: { ...RESOURCES.configMaps },
  namespace,
  labelSelector: 'role=child',
});
manager
  .controller({
    name: 'parent',
    reconcile: async (key, context) => {
      const parent = parents.store.get(key);
      if (parent === undefined) return {};
      const child: ConfigMap = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: `${key.name}-child`,
          namespace,
          labels: { role: 'child' },
          ownerReferences: [controllerReference(parent)],
        },
        data: { text: parent.data?.['text'] ?? '' },
      };
      await applier.apply(RESOURCES.configMaps, child, children.store.get(keyOf(child)), context);
      return {};
    },
  })
  .watch(parents, toSelf())
  .watch(children, toOwner('ConfigMap', ''));
const probes = await startProbes({ registry, ready: [manager.readyCheck()], host: '127.0.0.1', port: 0 });
shutdown.onShutdown('probes', () => probes.close());
const ended = manager.run(shutdown.signal, elector, { whileLeading: async () => applier.forgetAll() });
shutdown.onShutdown('manager', () => ended);
log.info('started', { port: probes.port });
process.exitCode = (await shutdown.ended) ? 0 : 1;
