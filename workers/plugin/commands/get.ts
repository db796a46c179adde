import type { GetTwinResponse__Output } from '#proto/gen/twinward/v1/GetTwinResponse.ts';
import type { Prediction__Output } from '#proto/gen/twinward/v1/Prediction.ts';
import { onlyFlags } from '../arguments.ts';
import { interval, percent, span, table } from '../table.ts';
import { CALL_MS, type CommandReader } from './command.ts';
import { oneHandle } from './handle.ts';
import { fitLines, reasonLines } from './reasons.ts';

/** get: what the store holds of a twin, and its current risks with their intervals. */
export const readGet: CommandReader = (words, flags) => {
  onlyFlags(flags, 'get');
  const handle = oneHandle(words, 'get');
  return {
    verb: 'get',
    defaultAccount: 'clinician',
    run: async ({ client }) => {
      const twin = await client.call('GetTwin', { handle }, CALL_MS);
      return { lines: lines(twin), json: toJson(twin) };
    },
  };
};

function toJson(twin: GetTwinResponse__Output): unknown {
  const { handle, pseudonym, sources, state } = twin;
  return {
    handle,
    revision: Number(twin.revision),
    events: Number(twin.events),
    records: Number(twin.records),
    pseudonym,
    sources,
    state,
    fits: twin.fits,
    predictions: twin.predictions.map((prediction) => ({
      ...prediction,
      revision: Number(prediction.revision),
    })),
  };
}

function lines(twin: GetTwinResponse__Output): readonly string[] {
  const { state } = twin;
  const facts = [
    ['Handle', twin.handle],
    ['Revision', twin.revision],
    ['Events', `${twin.events} in ${twin.records} records from ${twin.sources.join(', ') || 'no source'}`],
    ['Binding', readable(state?.binding)],
    ['Freshness', readable(state?.freshness)],
    ['Update', [readable(state?.update), state?.reasonCode, state?.message].filter(Boolean).join(': ')],
  ];
  const [first] = twin.predictions;
  const about =
    first === undefined
      ? []
      : [
          `As of ${first.asOf}, model ${first.model} (${first.modelSha256.slice(0, 12)}), ${first.engine}, seed ${first.seed}:`,
        ];
  return [
    ...table(['', ''], facts).slice(1),
    '',
    ...about,
    ...(first === undefined ? ['No forecast yet.'] : riskTable(twin.predictions)),
    ...reasonLines(twin.predictions),
    ...twin.fits.flatMap(fitLines),
    ...warnings(twin.predictions),
  ];
}

/** BINDING_STATE_AWAITING_SUBJECT → awaiting subject. */
function readable(state: string | undefined): string {
  return (state ?? 'unknown')
    .replace(/^(?:[A-Z]+_STATE|FRESHNESS)_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
}

function riskTable(predictions: readonly Prediction__Output[]): readonly string[] {
  const rows = predictions.map((each) => [
    each.outcome,
    span(each.horizonDays),
    percent(each.risk),
    interval(each.low, each.high),
    percent(each.level),
    each.calibrated ? 'calibrated' : 'not calibrated',
    each.current ? '' : 'outdated',
  ]);
  return table(['OUTCOME', 'HORIZON', 'RISK', 'INTERVAL', 'LEVEL', 'CALIBRATION', ''], rows);
}

function warnings(predictions: readonly Prediction__Output[]): readonly string[] {
  const all = predictions.flatMap((each) =>
    each.warnings.map((warning) => `${warning.reason}: ${warning.message}`),
  );
  return [...new Set(all)].map((warning) => `Warning ${warning}`);
}
