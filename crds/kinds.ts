import { dataSourceKind } from './data-source/v1alpha1.ts';
import type { KindDefinition } from './kind.ts';
import { patientTwinKind } from './patient-twin/v1alpha1.ts';
import { simulationKind } from './simulation/v1alpha1.ts';
import { twinModelKind } from './twin-model/v1alpha1.ts';

/** Every kind that is installed. */
export const kinds: readonly KindDefinition[] = [
  twinModelKind,
  dataSourceKind,
  patientTwinKind,
  simulationKind,
];
