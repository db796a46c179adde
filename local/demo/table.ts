import type { Prediction, SimulationResult, TwinFigures } from './figures.ts';

/** Five years of 365.25 days; a model may round the days. */
const FIVE_YEARS_DAYS = 1826.25;
const MOST_OUTCOMES = 3;

/** The closing table of twins: revision, events, and the 5-year risks that most twins have. */
export function twinTable(twins: readonly TwinFigures[]): readonly string[] {
  const outcomes = commonOutcomes(twins);
  const header = ['twin', 'revision', 'events', ...outcomes.map((outcome) => `5-year ${outcome}`)];
  const rows = twins.map((twin) => [
    twin.handle,
    String(twin.revision),
    String(twin.events),
    ...outcomes.map((outcome) => {
      const found = fiveYearRisks(twin).find((prediction) => prediction.outcome === outcome);
      return found === undefined ? '–' : riskText(found);
    }),
  ]);
  return alignColumns([header, ...rows]);
}

/** The closing table of one simulation: per scenario and outcome the risk and what it changes. */
export function simulationTable(results: readonly SimulationResult[]): readonly string[] {
  const header = ['scenario', 'outcome', 'risk', 'difference from baseline'];
  const rows = results.map((result) => [
    result.scenario,
    result.outcome,
    riskText(result),
    differenceText(result),
  ]);
  return alignColumns([header, ...rows]);
}

/** How many intervals are meant: `90 %`. Undefined when there is nothing to show. */
export function levelText(levels: readonly number[]): string | undefined {
  const distinct = [...new Set(levels)];
  return distinct.length === 0
    ? undefined
    : distinct.map((level) => `${Math.round(level * 100)} %`).join(', ');
}

function fiveYearRisks(twin: TwinFigures): readonly Prediction[] {
  return twin.predictions.filter(({ horizonDays }) => Math.abs(horizonDays - FIVE_YEARS_DAYS) < 2);
}

/** The outcomes that most twins have a 5-year risk for; ties keep the order in which they came. */
function commonOutcomes(twins: readonly TwinFigures[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { outcome } of twins.flatMap(fiveYearRisks)) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_OUTCOMES)
    .map(([outcome]) => outcome);
}

function riskText({
  risk,
  low,
  high,
}: {
  readonly risk: number;
  readonly low: number;
  readonly high: number;
}) {
  return `${percent(risk)} % (${percent(low)}–${percent(high)})`;
}

function differenceText({ difference, differenceLow, differenceHigh }: SimulationResult): string {
  if (difference === undefined || differenceLow === undefined || differenceHigh === undefined) {
    return 'baseline';
  }
  return `${signed(difference)} points (${signed(differenceLow)} to ${signed(differenceHigh)})`;
}

function percent(fraction: number): string {
  return (fraction * 100).toFixed(1);
}

function signed(fraction: number): string {
  const points = fraction * 100;
  const text = Math.abs(points) < 0.005 && points !== 0 ? points.toPrecision(1) : points.toFixed(2);
  return (points > 0 ? `+${text}` : text).replace('-', '−');
}

/** Pads every column to its widest cell; the first is left-aligned, and so are all others. */
function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
