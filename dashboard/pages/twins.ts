import type { TwinLine, TwinPage } from '../ports.ts';
import { type Content, type Html, html } from '../web/html.ts';
import { words } from './figures.ts';
import { type Frame, page } from './layout.ts';

/** The twins of a namespace, by what their objects say. `now` ages their states. */
export function twinsPage(frame: Frame, namespace: string, list: TwinPage, now: Date): Html {
  const crumbs = [{ title: 'Namespaces', href: '/' }, { title: namespace }];
  if (list.twins.length === 0) {
    return page(frame, namespace, crumbs, html`<p>There is no twin in this namespace.</p>`);
  }
  return page(frame, namespace, crumbs, [
    html`<div class="scroll" tabindex="0" role="region" aria-label="Twins"><table>
<caption>Twins, by what their objects in Kubernetes say. Forecasts are on the page of each twin.</caption>
<thead><tr><th scope="col">Twin</th><th scope="col">Forecast</th><th scope="col">For</th><th scope="col">Data</th><th scope="col">Revision</th></tr></thead>
<tbody>${list.twins.map((twin) => row(namespace, twin, now))}</tbody>
</table></div>`,
    list.next !== undefined &&
      html`<p><a class="button" rel="next" href="/namespaces/${namespace}?after=${encodeURIComponent(list.next)}">Next twins</a></p>`,
  ]);
}

function row(namespace: string, twin: TwinLine, now: Date): Html {
  return html`<tr>
<th scope="row"><a href="/namespaces/${namespace}/twins/${twin.handle}"><code>${twin.handle}</code></a></th>
<td>${forecastState(twin)}</td>
<td>${age(twin.since, now)}</td>
<td>${freshness(twin.freshness)}</td>
<td class="number">${twin.revision ?? '—'}</td>
</tr>`;
}

function forecastState({ ready, reason, upToDate }: TwinLine): Content {
  if (ready === 'False') return html`<span class="mark bad">not ready</span>`;
  if (upToDate === 'True') return html`<span class="mark good">up to date</span>`;
  const kind = upToDate === 'False' ? 'bad' : 'waits';
  return html`<span class="mark ${kind}">${reason === '' ? 'waits' : words(reason)}</span>`;
}

function freshness(text: string): Content {
  if (text === '') return '—';
  const kind = text === 'Fresh' ? 'good' : 'waits';
  return html`<span class="mark ${kind}">${words(text)}</span>`;
}

/** How long a state has held, coarsely. */
export function age(since: string | undefined, now: Date): string {
  const minutes = since === undefined ? Number.NaN : (now.getTime() - Date.parse(since)) / 60_000;
  if (Number.isNaN(minutes)) return '—';
  if (minutes < 1) return 'a moment';
  if (minutes < 120) return `${Math.floor(minutes)} min`;
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1_440)} days`;
}
