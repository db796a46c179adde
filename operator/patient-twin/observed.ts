// What is known about a PatientTwin when it is decided about.
import type { PatientTwin } from '#crds/patient-twin/v1alpha1.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { TwinState__Output } from '#proto/gen/twinward/v1/TwinState.ts';

/** What the twin service says of the twin. */
export type TwinKnowledge =
  /** It does not answer. */
  | { readonly known: 'Away'; readonly message: string }
  /** It was not asked, because the references of the twin do not hold. */
  | { readonly known: 'NotAsked' }
  | { readonly known: 'Registered'; readonly state: TwinState__Output };

export interface Observed {
  readonly twin: PatientTwin;
  readonly tenant: Tenant;
  readonly knowledge: TwinKnowledge;
  /** Names in spec.modelRefs and spec.sourceRefs for which there is no object, as "TwinModel x". */
  readonly missing: readonly string[];
  /** Names of referenced models whose task is not Trajectory. */
  readonly wrongTask: readonly string[];
}
