// Carries out a plan: the only code that writes. Children first, then what is no longer wanted, then the status, then
// the events: whoever reads a status finds the world as it says, and an event is told once its status is stored.

import { keyOf } from '#runtime/object-key.ts';
import type { KubernetesObject, ResourceType } from '#runtime/objects.ts';
import type { ConditionedStatus, Plan, PlannedEvent } from './plan.ts';
import type { Cluster } from './ports.ts';
import { type Before, type Refusal, refusalOf, withRefusal } from './refused-child.ts';
import { resourceOf } from './resources.ts';

/** Server-side apply under one field manager. `Context` is the write context of the runtime. */
export interface Writer<Context> {
  apply(
    type: ResourceType,
    desired: KubernetesObject,
    live: KubernetesObject | undefined,
    context: Context,
  ): Promise<unknown>;
  create(type: ResourceType, desired: KubernetesObject, context: Context): Promise<unknown>;
  remove(type: ResourceType, live: KubernetesObject, context: Context): Promise<unknown>;
  applyStatus(type: ResourceType, live: KubernetesObject, status: object, context: Context): Promise<unknown>;
}

/** Tells events. */
export interface EventRecorder {
  record(regarding: KubernetesObject, event: PlannedEvent): void;
}

/** What carrying out needs. */
export interface Applying<Context> {
  readonly writer: Writer<Context>;
  readonly recorder: EventRecorder;
  readonly cluster: Cluster;
}

/** The object as read from the server, its resource, the children that exist, and what its status said. */
export interface Subject {
  readonly type: ResourceType;
  readonly object: KubernetesObject;
  readonly existing: readonly KubernetesObject[];
  readonly before: Before;
}

/**
 * Makes the world be as the plan says. `writeStatus: false` leaves the status for a later pass. A child that the API
 * server refuses, or whose name another's object has, does not keep the other children from being made; the status
 * then says why the object is not Ready, and the error is thrown so that it is tried again.
 */
export async function applyPlan<Status extends ConditionedStatus, Context>(
  subject: Subject,
  plan: Plan<Status>,
  ports: Applying<Context>,
  context: Context,
  writeStatus = true,
): Promise<void> {
  const refused = await applyChildren(plan, ports, context);
  if (refused === undefined) await prune(subject, plan, ports.writer, context);
  if (writeStatus) {
    const said = refused === undefined ? plan : withRefusal(plan.status, refused.refusal, subject.before);
    await ports.writer.applyStatus(subject.type, subject.object, said.status, context);
    for (const event of said.events) ports.recorder.record(subject.object, event);
  }
  if (refused !== undefined) throw refused.error;
}

/** The first refusal, after all children were tried. Any other error ends it at once. */
async function applyChildren<Context>(
  plan: Plan<object>,
  ports: Applying<Context>,
  context: Context,
): Promise<{ readonly refusal: Refusal; readonly error: unknown } | undefined> {
  let first: { readonly refusal: Refusal; readonly error: unknown } | undefined;
  for (const child of plan.children) {
    try {
      await applyChild(child, ports, context);
    } catch (error) {
      const refusal = refusalOf(error, child.object);
      if (refusal === undefined) throw error;
      first ??= { refusal, error };
    }
  }
  return first;
}

async function applyChild<Context>(
  child: Plan<object>['children'][number],
  { writer, cluster }: Applying<Context>,
  context: Context,
): Promise<void> {
  const type = resourceOf(child.object);
  const live = cluster.get(type, keyOf(child.object));
  if (child.once !== true) await writer.apply(type, child.object, live, context);
  else if (live === undefined) await writer.create(type, child.object, context);
}

async function prune<Context>(
  subject: Subject,
  plan: Plan<object>,
  writer: Writer<Context>,
  context: Context,
): Promise<void> {
  const wanted = new Set(plan.children.map(({ object }) => identityOf(object)));
  for (const child of subject.existing) {
    if (!wanted.has(identityOf(child))) await writer.remove(resourceOf(child), child, context);
  }
}

function identityOf(object: KubernetesObject): string {
  return `${object.kind}/${object.metadata.name}`;
}
