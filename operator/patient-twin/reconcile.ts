// observe → decide → apply for one PatientTwin.
import type { ReconcileContext, Result } from '#runtime/controller.ts';
import type { ObjectKey } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import { type Applying, applyPlan } from '../apply.ts';
import type { Cluster, TwinRegistry } from '../ports.ts';
import { kinds } from '../resources.ts';
import { tenantOf } from '../tenant/tenant-of.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';
import type { StatusPacer } from './status-pacer.ts';

/** What reconciling PatientTwins needs. */
export interface Deps {
  readonly ports: Applying<ReconcileContext>;
  readonly twins: TwinRegistry;
  readonly pacer: StatusPacer;
  readonly now: () => Date;
}

/** Brings one PatientTwin in line. For one that is gone, tells the twin service which ones live. */
export async function reconcile(key: ObjectKey, context: ReconcileContext, deps: Deps): Promise<Result> {
  const { cluster } = deps.ports;
  const object = cluster.get(kinds.patientTwins, key);
  if (object === undefined) {
    await retainLiving(key.namespace, cluster, deps.twins);
    return {};
  }
  const observed = await observe(key, cluster, deps.twins);
  if (observed === undefined || object.metadata.deletionTimestamp !== undefined) return {};
  const now = deps.now();
  const plan = decide(observed, now);
  const pace = deps.pacer.pace(observed.twin, plan);
  await applyPlan(
    {
      type: kinds.patientTwins,
      object,
      existing: [],
      before: { conditions: observed.twin.status.conditions ?? [], now },
    },
    plan,
    deps.ports,
    context,
    pace.writeNow,
  );
  const again = plan.checkAgainIn ?? pace.writeIn;
  return again === undefined ? {} : { requeueAfter: again };
}

/** Level-based: not "this one was deleted" but "these are all there are", from a cache that is complete. */
async function retainLiving(namespace: string, cluster: Cluster, twins: TwinRegistry): Promise<void> {
  const found = cluster.get(RESOURCES.namespaces, { namespace: '', name: namespace });
  if (found === undefined) return;
  const living = cluster.list(kinds.patientTwins, namespace).map((twin) => twin.metadata.uid ?? '');
  await twins.retainTwins(tenantOf(found), living);
}
