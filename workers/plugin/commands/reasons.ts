// Why a risk is what it is, for people: the largest contributions per outcome, and how well the model knows the record.
import type { RecordFit__Output } from '#proto/gen/twinward/v1/RecordFit.ts';
import type { RiskContribution__Output } from '#proto/gen/twinward/v1/RiskContribution.ts';
import { table } from '../table.ts';

/** An outcome with what raises and lowers its risk. */
export interface Reasoned {
  readonly outcome: string;
  readonly contributions: readonly RiskContribution__Output[];
}

const MOST = 3;

/** A table of the largest contributions; nothing when there are none. */
export function reasonLines(reasoned: readonly Reasoned[]): readonly string[] {
  const rows = reasoned.flatMap(({ outcome, contributions }) =>
    contributions
      .slice(0, MOST)
      .map((contribution, at) => [
        at === 0 ? outcome : '',
        signed(contribution.logOdds),
        nameOf(contribution),
      ]),
  );
  if (rows.length === 0) return [];
  return [
    '',
    'Associated with it (log-odds; not an effect):',
    ...table(['OUTCOME', 'LOG-ODDS', 'WHAT'], rows),
  ];
}

function nameOf({ part, title, events }: RiskContribution__Output): string {
  const codes = events.map(({ code }) => code).join(', ');
  const [first] = events;
  const when = first === undefined ? '' : `, ${Math.round(-first.offsetDays)} days before`;
  return part === 'CONTRIBUTION_PART_HOLDS' ? `${title}${when}` : `what was recorded${when} (${codes})`;
}

function signed(value: number): string {
  return `${value >= 0 ? '+' : ''}${value.toFixed(2)}`;
}

/** One line per model, and its flags. */
export function fitLines(fit: RecordFit__Output): readonly string[] {
  const { observed, expected, years, surprise, dataAgeDays } = fit;
  const age = dataAgeDays === undefined ? '' : `; the latest record is ${Math.round(dataAgeDays)} days old`;
  return [
    `Record: ${observed} events in ${years.toFixed(1)} years where ${fit.model} expected ${expected.toFixed(1)} (p ${surprise.toFixed(3)})${age}`,
    ...fit.flags.map(({ reason, message }) => `Warning ${reason}: ${message}`),
  ];
}
