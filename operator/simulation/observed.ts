// What is known about a Simulation when it is decided about.
import type { Simulation } from '#crds/simulation/v1alpha1.ts';
import type { TwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { FinalizeSimulationResponse__Output } from '#proto/gen/twinward/v1/FinalizeSimulationResponse.ts';
import type { Frozen__Output } from '#proto/gen/twinward/v1/Frozen.ts';
import type { Refused__Output } from '#proto/gen/twinward/v1/Refused.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { Job, KubernetesObject } from '#runtime/objects.ts';
import type { Pod } from '#runtime/pod-objects.ts';
import type { Installation } from '../installation.ts';

/** What came of asking the twin service to pin the subjects. */
export type Freeze =
  | { readonly state: 'NotAsked' }
  | { readonly state: 'Away'; readonly message: string }
  | { readonly state: 'Refused'; readonly refused: Refused__Output }
  | { readonly state: 'Frozen'; readonly frozen: Frozen__Output };

export interface Observed {
  readonly simulation: Simulation;
  readonly tenant: Tenant;
  readonly installation: Installation;
  /** The TwinModel of spec.modelRef. */
  readonly model: TwinModel | undefined;
  /** Names of the DataSources that feed its subjects and have not completed a first sync. */
  readonly unsyncedSources: readonly string[];
  /** Number of DataSources that feed its subjects. */
  readonly sources: number;
  /** The present Job and all pods of this Simulation. */
  readonly job: Job | undefined;
  readonly pods: readonly Pod[];
  readonly existing: readonly KubernetesObject[];
  readonly freeze: Freeze;
  /** State of the run, once it is frozen and the twin service answers. */
  readonly run: FinalizeSimulationResponse__Output | undefined;
}
