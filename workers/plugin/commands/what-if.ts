import type { ScenarioRisk__Output } from '#proto/gen/twinward/v1/ScenarioRisk.ts';
import type { WhatIfResponse__Output } from '#proto/gen/twinward/v1/WhatIfResponse.ts';
import { type Flags, onlyFlags, wholeNumber } from '../arguments.ts';
import { usageError } from '../failure.ts';
import { durationDays, readCourse, readSetting } from '../interventions.ts';
import { interval, percent, points, span, table } from '../table.ts';
import { type CommandReader, LONG_CALL_MS } from './command.ts';
import { oneHandle } from './handle.ts';
import { fitLines, reasonLines } from './reasons.ts';

const REFERENCE = 'as-is';
const LEAF = 64;

/** what-if: the same futures with and without interventions, answered now. */
export const readWhatIf: CommandReader = (words, flags) => {
  onlyFlags(
    flags,
    'what-if',
    ...(['start', 'stop', 'set', 'outcomes', 'horizon', 'trajectories', 'seed', 'model'] as const),
  );
  const request = {
    handle: oneHandle(words, 'what-if'),
    model: flags.model ?? '',
    scenarios: [
      { name: REFERENCE, interventions: [] },
      { name: 'what-if', interventions: interventionsOf(flags) },
    ],
    horizonsDays: list(flags.horizon ?? 'P5Y')
      .map((text) => durationDays(text, 'horizon'))
      .sort((a, b) => a - b),
    outcomes: list(flags.outcomes ?? ''),
    trajectories: trajectoriesOf(flags),
    seed: wholeNumber(flags.seed, 'seed', 1),
  };
  return {
    verb: 'whatif',
    defaultAccount: 'clinician',
    run: async ({ client }) => {
      const answer = await client.call('WhatIf', request, LONG_CALL_MS);
      return {
        lines: lines(answer),
        json: { handle: request.handle, ...answer, revision: Number(answer.revision) },
      };
    },
  };
};

function interventionsOf(flags: Flags) {
  const interventions = [
    ...(flags.start ?? []).map((text) => readCourse(text, 'start')),
    ...(flags.stop ?? []).map((text) => readCourse(text, 'stop')),
    ...(flags.set ?? []).map(readSetting),
  ];
  if (interventions.length === 0) throw usageError('what-if needs --start, --stop or --set');
  return interventions;
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** Rounded up to whole leaves of 64; 0 = what the service takes by default. */
function trajectoriesOf(flags: Flags): number {
  return Math.ceil(wholeNumber(flags.trajectories, 'trajectories', 0) / LEAF) * LEAF;
}

function lines(answer: WhatIfResponse__Output): readonly string[] {
  const about = `Revision ${answer.revision} as of ${answer.asOf}, model ${answer.modelSha256.slice(0, 12)}, ${answer.engine}`;
  const header = [
    'OUTCOME',
    'HORIZON',
    'SCENARIO',
    'RISK',
    'INTERVAL',
    'DIFFERENCE',
    'INTERVAL',
    'LEVEL',
    'CALIBRATION',
  ];
  const warnings = answer.warnings.map((warning) => `Warning ${warning.reason}: ${warning.message}`);
  return [
    about,
    ...table(header, answer.risks.map(row)),
    ...idle(answer.risks),
    ...reasonLines(answer.contributions),
    ...(answer.fit === null ? [] : fitLines(answer.fit)),
    ...warnings,
  ];
}

/** One line per scenario with an intervention that could not act in some of the futures. */
function idle(risks: readonly ScenarioRisk__Output[]): readonly string[] {
  const shares = new Map<string, number>();
  for (const { scenario, ineligible } of risks) {
    shares.set(scenario, Math.max(shares.get(scenario) ?? 0, ineligible));
  }
  return [...shares]
    .filter(([, share]) => share > 0)
    .map(
      ([scenario, share]) =>
        `${scenario}: could not act in ${futures(share)} of the futures (already so, or not alive then)`,
    );
}

/** A share that is never rounded to none or all. */
function futures(share: number): string {
  const rounded = Math.round(share * 100);
  if (rounded === 0) return 'less than 1 %';
  return rounded === 100 && share < 1 ? 'more than 99 %' : `${rounded} %`;
}

function row(risk: ScenarioRisk__Output): readonly string[] {
  const paired = risk.scenario !== REFERENCE;
  return [
    risk.outcome,
    span(risk.horizonDays),
    risk.scenario,
    percent(risk.risk),
    interval(risk.low, risk.high),
    paired ? points(risk.difference) : 'reference',
    paired ? `${points(risk.differenceLow)} to ${points(risk.differenceHigh)}` : '',
    percent(risk.level),
    risk.calibrated ? 'calibrated' : 'not calibrated',
  ];
}
