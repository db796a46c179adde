// What should exist for a DataSource, and what its status says.
import type { DataSourceStatus } from '#crds/data-source/v1alpha1.ts';
import type { SourceCounts__Output } from '#proto/gen/twinward/v1/SourceCounts.ts';
import type { SourceState__Output } from '#proto/gen/twinward/v1/SourceState.ts';
import { seconds } from '#runtime/duration.ts';
import { conditionsOf, eventsOf } from '../condition-list.ts';
import type { Plan } from '../plan.ts';
import { cronJob, deployment } from './children.ts';
import { verdictsOf } from './conditions.ts';
import type { Observed } from './observed.ts';

/** Observed → plan. */
export function decide(observed: Observed, now: Date): Plan<DataSourceStatus> {
  const { source, installation, knowledge } = observed;
  const status = statusOf(observed, now);
  const child =
    source.spec.schedule === undefined ? deployment(source, installation) : cronJob(source, installation);
  return {
    children: [{ object: child }],
    status,
    events: eventsOf(source.status.conditions ?? [], status.conditions ?? [], 'SyncSource'),
    ...(knowledge.known === 'Away' ? { checkAgainIn: seconds(5) } : {}),
  };
}

function statusOf(observed: Observed, now: Date): DataSourceStatus {
  const { source, knowledge } = observed;
  const conditions = conditionsOf(verdictsOf(observed), {
    generation: source.metadata.generation,
    suspended: source.spec.suspend,
    previous: source.status.conditions ?? [],
    now,
  });
  const known = knowledge.known === 'Registered' ? syncStatusOf(knowledge.state) : keptOf(source.status);
  return { observedGeneration: source.metadata.generation, ...known, conditions };
}

/** While the twin service is away, what was known last stays. */
function keptOf(status: DataSourceStatus): Partial<DataSourceStatus> {
  const { observedGeneration: _generation, conditions: _conditions, ...kept } = status;
  return kept;
}

function syncStatusOf(state: SourceState__Output): Partial<DataSourceStatus> {
  return {
    ...(state.lastCompletion === ''
      ? {}
      : { lastSync: { startTime: state.lastStart, completionTime: state.lastCompletion } }),
    ...(state.watermark === '' ? {} : { watermark: state.watermark }),
    ...(state.counts ? { counts: countsOf(state.counts) } : {}),
    ...(state.totals ? { totals: countsOf(state.totals) } : {}),
    ...quarantineOf(state),
  };
}

function countsOf(counts: SourceCounts__Output): NonNullable<DataSourceStatus['counts']> {
  return {
    received: Number(counts.received),
    stored: Number(counts.stored),
    unchanged: Number(counts.unchanged),
    quarantined: Number(counts.quarantined),
  };
}

const mostReasons = 64;

function quarantineOf(state: SourceState__Output): Pick<DataSourceStatus, 'quarantineReasons'> {
  const reasons = Object.entries(state.quarantinedByReason)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, mostReasons)
    .map(([reason, count]) => ({ reason, count: Number(count) }));
  return reasons.length === 0 ? {} : { quarantineReasons: reasons };
}
