// What should exist for a TwinModel, and what its status says.
import type { TwinModelStatus } from '#crds/twin-model/v1alpha1.ts';
import type { ModelEndpoint } from '#proto/gen/twinward/v1/ModelEndpoint.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import { conditionsOf, eventsOf } from '../condition-list.ts';
import { annotation, label } from '../names.ts';
import type { Child, Plan } from '../plan.ts';
import { deployment, disruptionBudget, service, servingTarget } from './children.ts';
import { activeDeployment, verdictsOf } from './conditions.ts';
import type { Observed } from './observed.ts';

/** Plan for a TwinModel; `endpoint` is what the twin service must know. */
export interface ModelPlan extends Plan<TwinModelStatus> {
  readonly endpoint: ModelEndpoint;
}

/** Observed → plan. */
export function decide(observed: Observed, now: Date): ModelPlan {
  const status = statusOf(observed, now);
  const previous = observed.model.status.conditions ?? [];
  return {
    children: childrenOf(observed),
    status,
    events: eventsOf(previous, status.conditions ?? [], 'ServeModel'),
    endpoint: endpointOf(observed),
  };
}

function childrenOf(observed: Observed): readonly Child[] {
  const { model, installation } = observed;
  const replicas = model.spec.suspend ? 0 : model.spec.replicas;
  return [
    { object: deployment(model, replicas, installation) },
    { object: service(model, installation) },
    { object: disruptionBudget(model) },
    ...pinnedChildren(observed),
  ];
}

/** Children of older bundles that unfinished runs are pinned to: kept as they are. */
function pinnedChildren(observed: Observed): readonly Child[] {
  return observed.existing
    .filter((child) => isPinned(child, observed))
    .map((object) => ({ object, once: true }));
}

function isPinned(child: KubernetesObject, observed: Observed): boolean {
  const sha256 = child.metadata.annotations?.[annotation.sha256];
  if (sha256 === undefined || sha256 === observed.model.spec.artifact.sha256) return false;
  return (observed.pinnedBy[sha256] ?? 0) > 0;
}

function endpointOf(observed: Observed): ModelEndpoint {
  const { metadata, spec } = observed.model;
  const target = servingTarget(metadata.name, metadata.namespace, spec.artifact.sha256);
  return {
    name: metadata.name,
    uid: metadata.uid,
    sha256: spec.artifact.sha256,
    target: observed.installation.sharedEngines === undefined ? target : `tls:${target}`,
    ready: !spec.suspend && (activeDeployment(observed)?.status?.readyReplicas ?? 0) > 0,
    deleted: false,
  };
}

function statusOf(observed: Observed, now: Date): TwinModelStatus {
  const { model } = observed;
  const active = activeDeployment(observed);
  return {
    observedGeneration: model.metadata.generation,
    replicas: active?.status?.replicas ?? 0,
    readyReplicas: active?.status?.readyReplicas ?? 0,
    selector: `${label.model}=${model.metadata.name}`,
    revisions: revisionsOf(observed),
    conditions: conditionsOf(verdictsOf(observed), {
      generation: model.metadata.generation,
      suspended: model.spec.suspend,
      previous: model.status.conditions ?? [],
      now,
    }),
  };
}

function revisionsOf(observed: Observed): NonNullable<TwinModelStatus['revisions']> {
  const wanted = observed.model.spec.artifact.sha256;
  const others = observed.deployments
    .filter((child) => isPinned(child, observed))
    .map((child) => child.metadata.annotations?.[annotation.sha256] ?? '');
  return [wanted, ...others].map((sha256) => {
    const child = observed.deployments.find(
      (other) => other.metadata.annotations?.[annotation.sha256] === sha256,
    );
    return {
      sha256,
      role: sha256 === wanted ? 'Active' : 'Retiring',
      readyReplicas: child?.status?.readyReplicas ?? 0,
      pinnedBy: observed.pinnedBy[sha256] ?? 0,
    };
  });
}
