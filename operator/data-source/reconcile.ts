// observe → decide → apply for one DataSource.
import type { ReconcileContext, Result } from '#runtime/controller.ts';
import type { ObjectKey } from '#runtime/objects.ts';
import { type Applying, applyPlan } from '../apply.ts';
import type { Installation } from '../installation.ts';
import type { SourceRegistry } from '../ports.ts';
import { kinds } from '../resources.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

/** What reconciling DataSources needs. */
export interface Deps {
  readonly ports: Applying<ReconcileContext>;
  readonly sources: SourceRegistry;
  readonly installation: Installation;
  readonly now: () => Date;
}

/** Brings one DataSource in line. */
export async function reconcile(key: ObjectKey, context: ReconcileContext, deps: Deps): Promise<Result> {
  const { cluster } = deps.ports;
  const object = cluster.get(kinds.dataSources, key);
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return {};
  const observed = await observe(key, cluster, deps.sources, deps.installation);
  if (observed === undefined) return {};
  const now = deps.now();
  const plan = decide(observed, now);
  await applyPlan(
    {
      type: kinds.dataSources,
      object,
      existing: observed.existing,
      before: { conditions: observed.source.status.conditions ?? [], now },
    },
    plan,
    deps.ports,
    context,
  );
  return plan.checkAgainIn === undefined ? {} : { requeueAfter: plan.checkAgainIn };
}
