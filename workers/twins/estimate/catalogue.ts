// Pure: what figures need to know of a model, as Describe says it of one bundle.
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import {
  countBounds,
  countDifferenceBounds,
  differenceBounds,
  type EstimateOptions,
  riskBounds,
} from './risk.ts';

/** What is known of a bundle when figures are made. It depends on the digest of the bundle and on nothing else. */
export interface Catalogue {
  readonly kappa: number;
  readonly calibrated: readonly string[];
  readonly recurrent: readonly string[];
  /** Error of risks on the logit scale by outcome; those that are unknown are absent. */
  readonly logitSd: Readonly<Record<string, number>>;
}

/** Nothing is known: no outcome counts as calibrated, and intervals are Monte-Carlo only. */
export const unknownCatalogue: Catalogue = { kappa: 1, calibrated: [], recurrent: [], logitSd: {} };

/** The catalogue of a model. */
export function catalogueOf(model: DescribeResponse__Output): Catalogue {
  const { kappa, outcomes } = model;
  return {
    kappa,
    calibrated: outcomes.filter((outcome) => outcome.calibrated).map((outcome) => outcome.name),
    recurrent: outcomes.filter((outcome) => outcome.recurrent).map((outcome) => outcome.name),
    logitSd: Object.fromEntries(
      outcomes.filter((each) => each.logitSd > 0).map(({ name, logitSd }) => [name, logitSd]),
    ),
  };
}

/** How a figure of an outcome is estimated: its own, or its paired difference to the reference. */
export function optionsOf(catalogue: Catalogue, outcome: string, difference: boolean): EstimateOptions {
  const counted = catalogue.recurrent.includes(outcome);
  const own = counted ? countBounds : riskBounds;
  const paired = counted ? countDifferenceBounds : differenceBounds;
  return {
    kappa: catalogue.kappa,
    logitSd: catalogue.logitSd[outcome] ?? 0,
    difference,
    bounds: difference ? paired : own,
  };
}
