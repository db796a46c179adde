// observe → decide → apply for one TwinModel.
import type { ReconcileContext, Result } from '#runtime/controller.ts';
import type { ObjectKey } from '#runtime/objects.ts';
import { type Applying, applyPlan } from '../apply.ts';
import type { Installation } from '../installation.ts';
import type { ModelRegistry } from '../ports.ts';
import { kinds } from '../resources.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

/** What reconciling TwinModels needs. */
export interface Deps {
  readonly ports: Applying<ReconcileContext>;
  readonly models: ModelRegistry;
  readonly installation: Installation;
  readonly now: () => Date;
}

/** Brings one TwinModel in line. */
export async function reconcile(key: ObjectKey, context: ReconcileContext, deps: Deps): Promise<Result> {
  const { cluster } = deps.ports;
  const observed = observe(key, cluster, deps.installation);
  const object = cluster.get(kinds.twinModels, key);
  if (observed === undefined || object === undefined || object.metadata.deletionTimestamp !== undefined)
    return {};
  const now = deps.now();
  const plan = decide(observed, now);
  const told = await deps.models.ensureModel(observed.tenant, plan.endpoint);
  await applyPlan(
    {
      type: kinds.twinModels,
      object,
      existing: observed.existing,
      before: { conditions: observed.model.status.conditions ?? [], now },
    },
    plan,
    deps.ports,
    context,
  );
  return told.available ? {} : { requeueAfter: deps.models.retryAfter };
}
