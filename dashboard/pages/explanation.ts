// Why a risk is what it is, and how well the model knows the record: associations, in the words of the plugin.
import type { RecordFit__Output } from '#proto/gen/twinward/v1/RecordFit.ts';
import type { RiskContribution__Output } from '#proto/gen/twinward/v1/RiskContribution.ts';
import { type Content, type Html, html } from '../web/html.ts';
import { daysOld, outcomeTitle, probability, signed, words } from './figures.ts';

/** An outcome with what raises and lowers its risk. */
export interface Reasoned {
  readonly outcome: string;
  readonly contributions: readonly RiskContribution__Output[];
}

const MOST = 5;

/** The largest contributions per outcome; nothing when there are none. */
export function reasonsSection(all: readonly Reasoned[]): Content {
  const explained = all
    .map(({ contributions, outcome }) => ({ outcome, contributions: contributions.filter(isVisible) }))
    .filter(({ contributions }) => contributions.length > 0);
  if (explained.length === 0) return false;
  return html`<section aria-labelledby="reasons"><h2 id="reasons">What goes with these risks</h2>
<p>What in the record the model associates with a higher or a lower risk, the strongest first, in log-odds. An association, not a cause.</p>
<div class="columns">${explained.map(outcomeReasons)}</div></section>`;
}

/** Whether two decimals show anything of it. */
function isVisible({ logOdds }: RiskContribution__Output): boolean {
  return Math.abs(logOdds) >= 0.005;
}

function outcomeReasons({ contributions, outcome }: Reasoned): Html {
  return html`<div><h3>${outcomeTitle(outcome)}</h3><ul class="reasons">${contributions.slice(0, MOST).map(reason)}</ul></div>`;
}

function reason(contribution: RiskContribution__Output): Html {
  const raises = contribution.logOdds >= 0;
  return html`<li class="${raises ? 'raises' : 'lowers'}"><span class="amount">${raises ? 'raises' : 'lowers'} ${signed(contribution.logOdds)}</span> ${nameOf(contribution)}</li>`;
}

function nameOf({ events, part, title }: RiskContribution__Output): string {
  const [first] = events;
  const when =
    first === undefined
      ? ''
      : `, ${daysOld(-first.offsetDays)}${first.offsetDays < -0.5 ? ' before the forecast' : ''}`;
  if (part === 'CONTRIBUTION_PART_HOLDS') return `${title}${when}`;
  return `what was recorded${when} (${events.map(({ code }) => code).join(', ')})`;
}

/** What the model expected of the record, against what is in it. */
export function fitSection({ expected, flags, model, observed, surprise, years }: RecordFit__Output): Html {
  const id = `fit-${model}`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">How well ${model} knows this record</h2>
<p>${observed} events in ${years.toFixed(1)} years, where ${expected.toFixed(1)} were expected (probability of a count so far off: ${probability(surprise)}).</p>
${
  flags.length === 0
    ? html`<p><span class="mark good">no flags</span> Age, coverage of the codes and length of the history are within what the model was checked on.</p>`
    : html`<p><span class="mark bad">outside what the model was checked on</span> ${flags.map(({ reason: code }) => words(code)).join(', ')}: see the notes at the top.</p>`
}</section>`;
}
