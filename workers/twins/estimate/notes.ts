// Pure: what the intervals of an answer hold, said to people.

/** Reason codes of these notes; clients decide by them. */
export const noteReasons = {
  /** Monte-Carlo error only: nothing is known of the error of the parameters. */
  monteCarloOnly: 'PARAMETER_UNCERTAINTY_NOT_INCLUDED',
  /** Monte-Carlo error and the bundle's error as its evaluation measured it. */
  modelError: 'INTERVAL_INCLUDES_MODEL_ERROR',
  /** Monte-Carlo error and the spread between ensemble members. */
  members: 'INTERVAL_INCLUDES_PARAMETER_UNCERTAINTY',
  /** Differences: paired Monte-Carlo error only. */
  exactEffect: 'EFFECT_PARAMETERS_COUNT_AS_EXACT',
} as const;

/** A reason code with a sentence for people; nothing in it is of a person. */
export interface Note {
  readonly reason: string;
  readonly message: string;
}

/** What the notes depend on. */
export interface Told {
  /** Ensemble members that answered. */
  readonly members: number;
  /** Outcomes that have a figure. */
  readonly outcomes: readonly string[];
  /** Error on the logit scale by outcome; absent or 0 = unknown. */
  readonly logitSd: Readonly<Record<string, number>>;
  /** Whether there are differences between scenarios. */
  readonly compared: boolean;
}

/** The notes of an answer. */
export function intervalNotes({ members, outcomes, logitSd, compared }: Told): readonly Note[] {
  if (members > 1) return [membersNote(members)];
  const unknown = outcomes.filter((name) => !((logitSd[name] ?? 0) > 0));
  return [
    ...(unknown.length < outcomes.length ? [modelErrorNote] : []),
    ...(unknown.length > 0 ? [monteCarloOnlyNote(unknown)] : []),
    ...(compared ? [exactEffectNote] : []),
  ];
}

function membersNote(members: number): Note {
  return {
    reason: noteReasons.members,
    message: `intervals hold the Monte-Carlo error and the spread between the ${members} members of the model, each fitted to resampled persons`,
  };
}

const modelErrorNote: Note = {
  reason: noteReasons.modelError,
  message:
    'intervals of risks hold the Monte-Carlo error and the error of the model as its evaluation measured it at five years; not that the persons here may differ from those it was evaluated on',
};

function monteCarloOnlyNote(outcomes: readonly string[]): Note {
  return {
    reason: noteReasons.monteCarloOnly,
    message: `the interval holds the Monte-Carlo error only, so the parameters of the model count as exact, for ${outcomes.join(', ')}`,
  };
}

const exactEffectNote: Note = {
  reason: noteReasons.exactEffect,
  message:
    'intervals of differences hold the paired Monte-Carlo error only: the model has one member, so the parameters of the effect count as exact',
};
