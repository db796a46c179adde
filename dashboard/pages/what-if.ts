// A what-if question about one drug, and its answer: paired with the twin as it is, so that chance cancels out.
import type { ScenarioRisk__Output } from '#proto/gen/twinward/v1/ScenarioRisk.ts';
import type { WhatIfRequest } from '#proto/gen/twinward/v1/WhatIfRequest.ts';
import type { WhatIfResponse__Output } from '#proto/gen/twinward/v1/WhatIfResponse.ts';
import { type Content, type Html, html } from '../web/html.ts';
import { fitSection, reasonsSection } from './explanation.ts';
import { interval, outcomeTitle, percent, points, span } from './figures.ts';
import { type Frame, page, tokenField } from './layout.ts';
import { limitsSection, warningsSection } from './notes.ts';
import { crumbsOf, type Place, pathOf } from './place.ts';

const REFERENCE = 'as it is';
const QUESTION = 'what if';
const DAYS_OF_YEAR = 365.25;
const SYSTEMS = [
  ['rxnorm', 'RxNorm', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['atc', 'ATC', 'http://www.whocc.no/atc'],
  ['snomed', 'SNOMED CT', 'http://snomed.info/sct'],
] as const;
const YEARS = ['1', '2', '5', '10'] as const;
const ACTIONS = [
  ['start', 'started now', 'ACTION_START'],
  ['stop', 'stopped now', 'ACTION_STOP'],
] as const;

/** The form below a twin's forecast. */
export function whatIfForm(place: Place, secret: string): Html {
  return html`<section aria-labelledby="what-if"><h2 id="what-if">What if?</h2>
<p>The same futures, with and without one drug. The answer is not stored.</p>
<form method="post" action="${pathOf(place)}/what-if" class="question">
${tokenField(secret)}
<p><label for="system">Code system</label><select id="system" name="system">${SYSTEMS.map(([value, title]) => html`<option value="${value}">${title}</option>`)}</select></p>
<p><label for="code">Code of the drug</label><input id="code" name="code" required maxlength="64" pattern="[A-Za-z0-9.\\-]+" autocomplete="off" aria-describedby="code-hint"><span id="code-hint" class="quiet">as the code system writes it, such as 314231</span></p>
<p><label for="action">It is</label><select id="action" name="action">${ACTIONS.map(([value, title]) => html`<option value="${value}">${title}</option>`)}</select></p>
<p><label for="years">Within</label><select id="years" name="years">${YEARS.map((years) => (years === '5' ? html`<option value="5" selected>5 years</option>` : html`<option value="${years}">${span(Number(years) * DAYS_OF_YEAR)}</option>`))}</select></p>
<p><button type="submit">Ask</button></p>
</form></section>`;
}

/** The question of a form; undefined when a field is not of its form. */
export function readQuestion(handle: string, form: URLSearchParams): WhatIfRequest | undefined {
  const system = SYSTEMS.find(([value]) => value === form.get('system'));
  const action = ACTIONS.find(([value]) => value === form.get('action'));
  const years = YEARS.find((value) => value === form.get('years'));
  const code = (form.get('code') ?? '').trim();
  if (system === undefined || action === undefined || years === undefined) return undefined;
  if (!/^[A-Za-z0-9.-]{1,64}$/.test(code)) return undefined;
  const intervention = { system: system[2], code, action: action[2], atDays: 0 };
  return {
    handle,
    model: '',
    scenarios: [
      { name: REFERENCE, interventions: [] },
      { name: QUESTION, interventions: [intervention] },
    ],
    horizonsDays: [Number(years) * DAYS_OF_YEAR],
    outcomes: [],
    trajectories: 0,
    seed: 1,
  };
}

/** What was asked, in words; of a form that `readQuestion` took. */
function asked(form: URLSearchParams): string {
  const system = SYSTEMS.find(([value]) => value === form.get('system'))?.[1] ?? '';
  const action = ACTIONS.find(([value]) => value === form.get('action'))?.[1] ?? '';
  return `${system} ${(form.get('code') ?? '').trim()} ${action}`;
}

/** The page with an answer. */
export function answerPage(
  frame: Frame,
  place: Place,
  form: URLSearchParams,
  answer: WhatIfResponse__Output,
): Html {
  const crumbs = [
    ...crumbsOf(place).map((crumb) => (crumb.href === undefined ? { ...crumb, href: pathOf(place) } : crumb)),
    { title: 'What if' },
  ];
  const secret = frame.session?.secret;
  return page(frame, `What if: ${asked(form)}`, crumbs, [
    warningsSection([...answer.warnings, ...(answer.fit?.flags ?? [])]),
    table(answer),
    reasonsSection(answer.contributions),
    answer.fit !== null && fitSection(answer.fit),
    limitsSection(),
    secret !== undefined && whatIfForm(place, secret),
  ]);
}

function table({ asOf, modelSha256, revision, risks }: WhatIfResponse__Output): Html {
  const rows = risks.filter(({ scenario }) => scenario === QUESTION);
  const reference = (risk: ScenarioRisk__Output) =>
    risks.find(
      (each) =>
        each.scenario === REFERENCE && each.outcome === risk.outcome && each.horizonDays === risk.horizonDays,
    );
  const [first] = rows;
  const within = first === undefined ? '' : `Within ${span(first.horizonDays)}. `;
  return html`<section aria-labelledby="answer"><h2 id="answer">Difference to the twin as it is</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Differences"><table>
<caption>${within}Revision ${revision} as of ${asOf}, model ${modelSha256.slice(0, 12)}. Below each figure its interval of ${Math.round((first?.level ?? 0.9) * 100)} %. Associations, not promised effects.</caption>
<thead><tr><th scope="col">Outcome</th><th scope="col">As it is</th><th scope="col">With the change</th><th scope="col">Difference</th><th scope="col">Checked</th></tr></thead>
<tbody>${rows.map((risk) => row(risk, reference(risk)))}</tbody>
</table></div>${idle(rows)}</section>`;
}

function row(risk: ScenarioRisk__Output, reference: ScenarioRisk__Output | undefined): Html {
  const { calibrated, difference, differenceHigh, differenceLow } = risk;
  return html`<tr>
<th scope="row">${outcomeTitle(risk.outcome)}</th>
${reference === undefined ? html`<td>—</td>` : figure(percent(reference.risk), interval(reference.low, reference.high))}
${figure(percent(risk.risk), interval(risk.low, risk.high))}
${figure(html`<strong>${points(difference)}</strong>`, `${points(differenceLow)} to ${points(differenceHigh)}`)}
<td>${calibrated ? html`<span class="mark good">calibrated</span>` : html`<span class="mark waits">not calibrated</span>`}</td>
</tr>`;
}

function figure(value: Content, range: string): Html {
  return html`<td class="number">${value} <span class="under">${range}</span></td>`;
}

function idle(rows: readonly ScenarioRisk__Output[]): Content {
  const share = Math.max(0, ...rows.map(({ ineligible }) => ineligible));
  if (share === 0) return false;
  const text =
    share === 1
      ? 'all'
      : share > 0.995
        ? 'more than 99 %'
        : share < 0.005
          ? 'less than 1 %'
          : `${Math.round(share * 100)} %`;
  return html`<p>The change could not act in ${text} of the futures: it was so already, or the person was not alive then.</p>`;
}
