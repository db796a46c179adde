import { type Html, html } from '../web/html.ts';

/** The interval and the risk on a line from 0 to 100 %; hidden from screen readers, which have the figures. */
export function bar(low: number, risk: number, high: number): Html {
  const at = (share: number): string => (Math.min(Math.max(share, 0), 1) * 200).toFixed(1);
  const width = Math.max(Number(at(high)) - Number(at(low)), 1).toFixed(1);
  return html`<svg class="bar" viewBox="-2 0 204 16" width="204" height="16" aria-hidden="true" focusable="false">
<rect class="track" x="0" y="6" width="200" height="4" rx="2"/><rect class="range" x="${at(low)}" y="4" width="${width}" height="8" rx="2"/><circle class="point" cx="${at(risk)}" cy="8" r="4"/></svg>`;
}
