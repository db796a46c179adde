// What is known about a DataSource when it is decided about.
import type { DataSource } from '#crds/data-source/v1alpha1.ts';
import type { SourceState__Output } from '#proto/gen/twinward/v1/SourceState.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import type { Pod } from '#runtime/pod-objects.ts';
import type { Installation } from '../installation.ts';

/** What the twin service says of the source. */
export type SourceKnowledge =
  | { readonly known: 'Away'; readonly message: string }
  | { readonly known: 'Registered'; readonly state: SourceState__Output };

export interface Observed {
  readonly source: DataSource;
  readonly tenant: Tenant;
  readonly installation: Installation;
  readonly pods: readonly Pod[];
  readonly existing: readonly KubernetesObject[];
  readonly knowledge: SourceKnowledge;
}
