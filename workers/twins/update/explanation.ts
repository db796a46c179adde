// Pure: what to ask a model about the reasons of its risks, and its answer in words of the record instead of positions.
import type { ExplainRequest } from '#proto/gen/twinward/v1/ExplainRequest.ts';
import type { ExplainResponse__Output } from '#proto/gen/twinward/v1/ExplainResponse.ts';
import type { RecordFit } from '#proto/gen/twinward/v1/RecordFit.ts';
import type { RiskContribution } from '#proto/gen/twinward/v1/RiskContribution.ts';
import type { RiskToExplain } from '#proto/gen/twinward/v1/RiskToExplain.ts';
import type { StoredContribution, StoredFit, StoredHistoryEvent } from '../store/predictions.ts';
import type { History } from './history.ts';

/** A figure that may be explained. */
export interface Figure {
  readonly outcome: string;
  readonly horizonDays: number;
  readonly risk: number;
}

/** Reasons in words of the record. */
export interface Explained {
  /** By outcome. */
  readonly contributions: ReadonlyMap<string, readonly StoredContribution[]>;
  readonly fit: StoredFit;
}

const fiveYears = 1_826.25;
const mostRisks = 64;
const mostEvents = 20;
const survival = 'event-free';

/** The horizon at which reasons are given: the one nearest to five years. */
export function explainedHorizon(figures: readonly Figure[]): number {
  const distance = (days: number): number => Math.abs(days - fiveYears);
  return figures.reduce(
    (best, { horizonDays }) => (distance(horizonDays) < distance(best) ? horizonDays : best),
    Number.POSITIVE_INFINITY,
  );
}

/** Asks for the reasons of the figures at that horizon; undefined when there is none to explain. */
export function explainRequest(
  model: string,
  digest: string,
  history: History,
  figures: readonly Figure[],
): ExplainRequest | undefined {
  const horizon = explainedHorizon(figures);
  const risks: RiskToExplain[] = figures
    .filter(({ outcome, horizonDays }) => horizonDays === horizon && outcome !== survival)
    .map(({ outcome, risk }) => ({ outcome, risk }));
  if (risks.length === 0) return undefined;
  return {
    model,
    bundleDigest: digest,
    ageAtIndexDays: history.ageDays ?? 0,
    sex: history.sex,
    observedFromDays: history.observedFromDays,
    history: [...history.events],
    risks: risks.slice(0, mostRisks),
  };
}

/** The answer with the events of the record in place of their positions. */
export function explained(answer: ExplainResponse__Output, history: History): Explained {
  const eventAt = (position: number): readonly StoredHistoryEvent[] => {
    const event = history.events[position];
    if (event === undefined) return [];
    const { system = '', code = '', offsetDays = 0, action = 'ACTION_UNSPECIFIED' } = event;
    return [{ system, code, offsetDays: Number(offsetDays), action }];
  };
  const contributions = answer.outcomes.map(
    ({ outcome, contributions: found }) =>
      [
        outcome,
        found.map(({ part, title, history: positions, logOdds }) => ({
          ...{ part, title, logOdds },
          events: positions.slice(0, mostEvents).flatMap(eventAt),
        })),
      ] as const,
  );
  return { contributions: new Map(contributions), fit: fitOf(answer, history, eventAt) };
}

function fitOf(
  { familiarity }: ExplainResponse__Output,
  history: History,
  eventAt: (position: number) => readonly StoredHistoryEvent[],
): StoredFit {
  const last = history.events.at(-1)?.offsetDays;
  return {
    observed: familiarity?.observed ?? 0,
    expected: familiarity?.expected ?? 0,
    surprise: familiarity?.surprise ?? 1,
    years: familiarity?.years ?? 0,
    latest: (familiarity?.latest ?? []).flatMap(({ history: position, pit }) =>
      eventAt(position).map((event) => ({ event, pit })),
    ),
    flags: (familiarity?.flags ?? []).map(({ reason, message }) => ({ reason, message })),
    ...(last === undefined ? {} : { dataAgeDays: -Number(last) }),
  };
}

/** Contributions as the wire has them. */
export function contributionMessages(stored: readonly StoredContribution[]): RiskContribution[] {
  return stored.map(({ events, ...rest }) => ({ ...rest, events: [...events] }));
}

/** How well a model knows a record, as the wire has it. */
export function fitMessage(model: string, { latest, flags, ...rest }: StoredFit): RecordFit {
  return { model, ...rest, latest: [...latest], flags: [...flags] };
}
