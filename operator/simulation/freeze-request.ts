// The question of a Simulation in the words of the twin service. Pure.
import type { Simulation } from '#crds/simulation/v1alpha1.ts';
import type { FreezeSimulationRequest } from '#proto/gen/twinward/v1/FreezeSimulationRequest.ts';
import type { SimulationSpec } from '#proto/gen/twinward/v1/SimulationSpec.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';

/** What FreezeSimulation is asked, with the bundle that answers. */
export function freezeRequest(
  simulation: Simulation,
  tenant: Tenant,
  modelSha256: string,
): FreezeSimulationRequest {
  const { metadata, spec } = simulation;
  return {
    tenant,
    name: metadata.name,
    uid: metadata.uid,
    asOf: spec.asOf ?? '',
    spec: {
      model: spec.modelRef.name,
      modelSha256,
      ...subjectsOf(simulation),
      horizon: spec.horizon,
      trajectories: spec.trajectories,
      seed: spec.seed,
      baseline: spec.baseline,
      scenarios: spec.scenarios.map(({ name, interventions }) => ({
        name,
        interventions: (interventions ?? []).map((each) => ({
          action: each.action,
          system: each.system,
          code: each.code,
          after: each.after,
          value: each.value ?? '',
          unit: each.unit ?? '',
        })),
      })),
      outcomes: spec.outcomes.map(({ name }) => name),
    },
  };
}

function subjectsOf(simulation: Simulation): Pick<SimulationSpec, 'twin' | 'cohort'> {
  const { twinRef, cohort } = simulation.spec.subjects;
  if (twinRef !== undefined) return { twin: twinRef.name };
  return {
    cohort: {
      ...(cohort?.ageYears === undefined
        ? {}
        : { minAgeYears: cohort.ageYears.min, maxAgeYears: cohort.ageYears.max }),
      criteria: (cohort?.criteria ?? []).map(({ system, code, presence }) => ({ system, code, presence })),
      maxSubjects: cohort?.maxSubjects ?? 20_000,
    },
  };
}
