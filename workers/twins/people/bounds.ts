// Pure: how much a person may ask at once. A request is multiplied out (scenarios x outcomes x horizons) in memory.
import type { WhatIfRequest__Output } from '#proto/gen/twinward/v1/WhatIfRequest.ts';
import { Refusal } from '../server/failure.ts';

const mostScenarios = 32;
const mostInterventions = 64;
const mostOutcomes = 256;
const mostHorizons = 32;
const longestText = 256;

/** Refuses BAD_REQUEST when a what-if question holds more than anybody means to ask. */
export function requireBounded(request: WhatIfRequest__Output): void {
  const { scenarios, outcomes, horizonsDays, model } = request;
  const limits: readonly (readonly [field: string, size: number, most: number])[] = [
    ['scenarios', scenarios.length, mostScenarios],
    ['outcomes', outcomes.length, mostOutcomes],
    ['horizons_days', horizonsDays.length, mostHorizons],
    [
      'scenarios[].interventions',
      Math.max(0, ...scenarios.slice(0, mostScenarios).map(interventionsOf)),
      mostInterventions,
    ],
  ];
  for (const [field, size, most] of limits) {
    if (size > most)
      throw new Refusal('BAD_REQUEST', `${field} holds ${size} items: ask for at most ${most} at once`);
  }
  const texts = [model, ...outcomes, ...scenarios.map(({ name }) => name)];
  if (texts.some((text) => text.length > longestText)) {
    throw new Refusal(
      'BAD_REQUEST',
      `model, outcomes[] and scenarios[].name hold at most ${longestText} characters`,
    );
  }
}

function interventionsOf({ interventions }: { readonly interventions: readonly unknown[] }): number {
  return interventions.length;
}
