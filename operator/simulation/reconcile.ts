// observe → decide → apply for one Simulation. A run is pinned before its Job exists: then it is decided about again.
import type { FreezeSimulationRequest } from '#proto/gen/twinward/v1/FreezeSimulationRequest.ts';
import type { ReconcileContext, Result } from '#runtime/controller.ts';
import type { ObjectKey } from '#runtime/objects.ts';
import { type Applying, applyPlan } from '../apply.ts';
import type { Installation } from '../installation.ts';
import type { RunRegistry } from '../ports.ts';
import { kinds } from '../resources.ts';
import { decide } from './decide.ts';
import { observe, withFreeze } from './observe.ts';
import type { Freeze } from './observed.ts';

/** What reconciling Simulations needs. */
export interface Deps {
  readonly ports: Applying<ReconcileContext>;
  readonly runs: RunRegistry;
  readonly installation: Installation;
  readonly now: () => Date;
}

/** Brings one Simulation in line. */
export async function reconcile(key: ObjectKey, context: ReconcileContext, deps: Deps): Promise<Result> {
  const { cluster } = deps.ports;
  const object = cluster.get(kinds.simulations, key);
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return {};
  const observed = await observe(key, cluster, deps.runs, deps.installation);
  if (observed === undefined) return {};
  const now = deps.now();
  const first = decide(observed, now);
  const plan =
    first.freeze === undefined
      ? first
      : decide(await withFreeze(observed, await freeze(deps.runs, first.freeze), deps.runs), now);
  await applyPlan(
    {
      type: kinds.simulations,
      object,
      existing: observed.existing,
      before: { conditions: observed.simulation.status.conditions ?? [], now },
    },
    plan,
    deps.ports,
    context,
  );
  return plan.checkAgainIn === undefined ? {} : { requeueAfter: plan.checkAgainIn };
}

async function freeze(runs: RunRegistry, request: FreezeSimulationRequest): Promise<Freeze> {
  const answer = await runs.freeze(request);
  if (!answer.available) return { state: 'Away', message: answer.message };
  const { frozen, refused } = answer.value;
  if (frozen) return { state: 'Frozen', frozen };
  return refused
    ? { state: 'Refused', refused }
    : { state: 'Away', message: 'The twin service gave no answer; it is asked again.' };
}
