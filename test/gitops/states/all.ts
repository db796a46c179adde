import { dataSourceStates } from './data-source.ts';
import { patientTwinStates } from './patient-twin.ts';
import { simulationStates } from './simulation.ts';
import type { State } from './state.ts';
import { twinModelStates } from './twin-model.ts';

/** Every state of every kind. */
export const states: readonly State[] = [
  ...twinModelStates,
  ...dataSourceStates,
  ...patientTwinStates,
  ...simulationStates,
];
