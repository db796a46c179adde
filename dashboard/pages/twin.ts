// The page of one twin: what is expected, how sure that is, what it rests on, and what it does not say.
import type { GetTwinResponse__Output } from '#proto/gen/twinward/v1/GetTwinResponse.ts';
import type { Prediction__Output } from '#proto/gen/twinward/v1/Prediction.ts';
import { type Html, html } from '../web/html.ts';
import { bar } from './bar.ts';
import { fitSection, reasonsSection } from './explanation.ts';
import { daysOld, interval, outcomeTitle, percent, span, words } from './figures.ts';
import { type Frame, page } from './layout.ts';
import { limitsSection, warningsSection } from './notes.ts';
import { crumbsOf, type Place } from './place.ts';
import { whatIfForm } from './what-if.ts';

/** The page of a twin, as the service answered the person who asks. */
export function twinPage(frame: Frame, place: Place, twin: GetTwinResponse__Output): Html {
  const current = twin.predictions.filter((each) => each.current);
  return page(frame, `Twin ${place.handle}`, crumbsOf(place), [
    stateSection(twin),
    warningsSection([
      ...twin.fits.flatMap(({ flags }) => flags),
      ...current.flatMap((each) => each.warnings),
    ]),
    risksSection(current),
    reasonsSection(current),
    twin.fits.map(fitSection),
    limitsSection(),
    current.length > 0 && frame.session !== undefined && whatIfForm(place, frame.session.secret),
  ]);
}

function stateSection({
  fits,
  predictions,
  records,
  revision,
  sources,
  state,
}: GetTwinResponse__Output): Html {
  const ages = fits.flatMap(({ dataAgeDays }) => (dataAgeDays === undefined ? [] : [dataAgeDays]));
  const [first] = predictions;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ['State', [words(state?.update ?? 'unknown'), state?.message].filter(Boolean).join(': ')],
    ['Record', `${words(state?.freshness ?? 'unknown')}, revision ${revision}, ${records} source records`],
    ['Latest record', ages.length === 0 ? 'unknown' : ageOfData(Math.min(...ages))],
    ['Forecast as of', first?.asOf ?? 'no forecast yet'],
    ['Model', first === undefined ? '—' : `${first.model} (${first.modelSha256.slice(0, 12)})`],
    ['Sources', sources.join(', ') || 'none'],
  ];
  return html`<section aria-labelledby="state"><h2 id="state">State</h2>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

function ageOfData(days: number): string {
  return days < 0.5 ? 'on the day of the forecast' : `${daysOld(days)} before the forecast`;
}

function risksSection(predictions: readonly Prediction__Output[]): Html {
  if (predictions.length === 0) {
    return html`<section aria-labelledby="risks"><h2 id="risks">Risks</h2><p>There is no current forecast.</p></section>`;
  }
  const outcomes = Map.groupBy(predictions, ({ outcome }) => outcome);
  return html`<section aria-labelledby="risks"><h2 id="risks">Risks</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Risks"><table>
<caption>Expected share of people like this one to whom it happens within the time, and the interval of ${Math.round((predictions[0]?.level ?? 0.9) * 100)} %. Of what can happen again: the expected number, in per cent.</caption>
<thead><tr><th scope="col">Outcome</th><th scope="col">Within</th><th scope="col">Risk</th><th scope="col">Interval</th><th scope="col"><span class="hidden">Picture</span></th><th scope="col">Checked</th></tr></thead>
${[...outcomes.values()].map((rows) => html`<tbody>${rows.toSorted((a, b) => a.horizonDays - b.horizonDays).map(riskRow)}</tbody>`)}
</table></div></section>`;
}

function riskRow({ calibrated, high, horizonDays, low, outcome, risk }: Prediction__Output): Html {
  return html`<tr>
<th scope="row">${outcomeTitle(outcome)}</th>
<td>${span(horizonDays)}</td>
<td class="number"><strong>${percent(risk)}</strong></td>
<td class="number">${interval(low, high)}</td>
<td>${bar(low, risk, high)}</td>
<td>${calibrated ? html`<span class="mark good">calibrated</span>` : html`<span class="mark waits">not calibrated</span>`}</td>
</tr>`;
}
