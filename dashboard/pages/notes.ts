// What is said beside figures: flags before them, limits after them.
import type { Warning__Output } from '#proto/gen/twinward/v1/Warning.ts';
import { type Content, type Html, html } from '../web/html.ts';
import { sentence, words } from './figures.ts';

/** Flags of the model about this record; said before any figure. What is said of many outcomes is folded up. */
export function warningsSection(all: readonly Warning__Output[]): Content {
  if (all.length === 0) return false;
  const byReason = Map.groupBy(all, ({ reason }) => reason);
  return html`<section class="warnings" aria-labelledby="warnings"><h2 id="warnings">Read this first</h2>
<ul>${[...byReason].map(([reason, warnings]) => note(reason, [...new Set(warnings.map(({ message }) => message))]))}</ul></section>`;
}

function note(reason: string, [first = '', ...more]: readonly string[]): Html {
  const rest = html`<details><summary>The same of ${more.length} more</summary><ul>${more.map((message) => html`<li>${sentence(message)}</li>`)}</ul></details>`;
  return html`<li><strong>${sentence(words(reason))}</strong> ${sentence(first)}${more.length > 0 && rest}</li>`;
}

/** What must not be read into the figures. */
export function limitsSection(): Html {
  return html`<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2>
<ul>
<li>It is no diagnosis and no advice to treat. It does not replace an examination.</li>
<li>A risk is about people whose record looks like this one. It does not say what will happen to this person.</li>
<li>The interval holds what the model knows that it does not know. It does not hold what was never recorded, was recorded wrongly, or has changed since the latest record.</li>
<li>“Not calibrated” means: nobody has checked how often the outcome came to people with such a figure.</li>
<li>What raises or lowers a risk, and what a what-if shows, is an association in the records that the model learned from, not a promised effect of a treatment.</li>
</ul></section>`;
}
