// What is known about a TwinModel when it is decided about.
import type { TwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { Deployment, KubernetesObject } from '#runtime/objects.ts';
import type { Pod } from '#runtime/pod-objects.ts';
import type { Installation } from '../installation.ts';

export interface Observed {
  readonly model: TwinModel;
  readonly tenant: Tenant;
  readonly installation: Installation;
  /** Deployments of this model, one per bundle. */
  readonly deployments: readonly Deployment[];
  /** Pods of this model. */
  readonly pods: readonly Pod[];
  /** Every child that exists. */
  readonly existing: readonly KubernetesObject[];
  /** Unfinished Simulations per bundle digest that they are pinned to and that use the Shared engine. */
  readonly pinnedBy: Readonly<Record<string, number>>;
}
