import type { GetResultsResponse__Output } from '#proto/gen/twinward/v1/GetResultsResponse.ts';
import type { SimulationResult__Output } from '#proto/gen/twinward/v1/SimulationResult.ts';
import { onlyFlags } from '../arguments.ts';
import { usageError } from '../failure.ts';
import { interval, percent, points, table } from '../table.ts';
import { CALL_MS, type CommandReader } from './command.ts';

/** results: what a Simulation found, those of one twin included. */
export const readResults: CommandReader = (words, flags) => {
  onlyFlags(flags, 'results');
  const [simulation, ...rest] = words;
  if (simulation === undefined || rest.length > 0) throw usageError('results takes one SIMULATION');
  return {
    verb: 'get',
    defaultAccount: 'clinician',
    run: async ({ client }) => {
      const answer = await client.call('GetResults', { simulation }, CALL_MS);
      return { lines: lines(answer), json: toJson(simulation, answer) };
    },
  };
};

function toJson(simulation: string, answer: GetResultsResponse__Output): unknown {
  return {
    simulation,
    ...answer,
    subjects: Number(answer.subjects),
    results: answer.results.map(({ difference, differenceLow, differenceHigh, subjects, ...result }) => ({
      ...result,
      subjects: Number(subjects),
      // The reference has no difference to itself.
      ...(difference === '' ? {} : { difference, differenceLow, differenceHigh }),
    })),
  };
}

function lines(answer: GetResultsResponse__Output): readonly string[] {
  const about = `${answer.subjects} subjects as of ${answer.asOf}, model ${answer.modelSha256.slice(0, 12)}, ${answer.engine}, digest ${answer.digest.slice(0, 12)}`;
  const header = [
    'SCENARIO',
    'OUTCOME',
    'HORIZON',
    'RISK',
    'INTERVAL',
    'DIFFERENCE',
    'INTERVAL',
    'LEVEL',
    'CALIBRATION',
  ];
  const warnings = answer.warnings.map((warning) => `Warning ${warning.reason}: ${warning.message}`);
  return [about, ...table(header, answer.results.map(row)), ...warnings];
}

function row(result: SimulationResult__Output): readonly string[] {
  const paired = result.difference !== '';
  return [
    result.scenario,
    result.outcome,
    result.horizon,
    percent(Number(result.risk)),
    interval(Number(result.low), Number(result.high)),
    paired ? points(Number(result.difference)) : 'reference',
    paired ? `${points(Number(result.differenceLow))} to ${points(Number(result.differenceHigh))}` : '',
    percent(Number(result.level)),
    result.calibration === 'Calibrated' ? 'calibrated' : 'not calibrated',
  ];
}
