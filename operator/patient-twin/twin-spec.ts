// A PatientTwin in the words of the twin service. Pure.
import { type PatientTwin, refreshAnnotation } from '#crds/patient-twin/v1alpha1.ts';
import type { TwinSpec } from '#proto/gen/twinward/v1/TwinSpec.ts';
import { specHash } from '../spec-hash.ts';

/** What the twin service must know of a PatientTwin. */
export function twinSpecOf(twin: PatientTwin): TwinSpec {
  const { spec, metadata } = twin;
  const wanted = {
    handle: metadata.name,
    uid: metadata.uid,
    sources: (spec.sourceRefs ?? []).map((reference) => reference.name),
    models: spec.modelRefs.map((reference) => reference.name),
    outcomes: (spec.outcomes ?? []).map(({ name, horizon }) => ({ name, horizon })),
    updateMode: spec.update.mode,
    debounceSeconds: spec.update.debounceSeconds,
    cron: spec.update.schedule?.cron ?? '',
    timeZone: spec.update.schedule?.timeZone ?? '',
    refresh: metadata.annotations?.[refreshAnnotation] ?? '',
    deletionPolicy: spec.deletionPolicy,
    suspend: spec.suspend,
  };
  return { ...wanted, specHash: specHash(wanted) };
}
