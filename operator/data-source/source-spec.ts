// A DataSource in the words of the twin service. Pure.
import type { DataSource } from '#crds/data-source/v1alpha1.ts';
import type { SourceSpec } from '#proto/gen/twinward/v1/SourceSpec.ts';
import { toDays, tryParseDuration } from '#runtime/duration.ts';
import { specHash } from '../spec-hash.ts';

/** What the twin service must know of a DataSource. */
export function sourceSpecOf(source: DataSource): SourceSpec {
  const { enrolment, quarantine, retention } = source.spec;
  const spec = {
    name: source.metadata.name,
    uid: source.metadata.uid,
    enrolment: enrolment.mode,
    templateModels: (enrolment.template?.modelRefs ?? []).map((reference) => reference.name),
    templateOutcomes: (enrolment.template?.outcomes ?? []).map(({ name, horizon }) => ({ name, horizon })),
    quarantineMaxPercent: quarantine.maxPercent,
    rawRetentionDays: retentionDays(retention?.rawMessages),
  };
  return { ...spec, specHash: specHash(spec) };
}

function retentionDays(period: string | undefined): number {
  const duration = period === undefined ? undefined : tryParseDuration(period);
  return duration === undefined ? 0 : toDays(duration);
}
