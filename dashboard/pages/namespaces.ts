import { type Html, html } from '../web/html.ts';
import { type Frame, page } from './layout.ts';

/** The page of somebody who has not signed in. */
export function welcomePage(frame: Frame, said?: string): Html {
  return page(
    frame,
    said ?? 'Twinward',
    [],
    [
      html`<p>Digital twins of patients: risks with their intervals, and what they rest on.</p>`,
      said === undefined
        ? false
        : html`<p>Your session here has ended. Your identity provider may still know this browser: sign out there as well, or close the browser, on a computer that you share.</p>`,
      html`<p><a class="button" href="/sign-in">Sign in</a></p>`,
    ],
  );
}

/** The namespaces whose twins somebody may see. */
export function namespacesPage(frame: Frame, namespaces: readonly string[]): Html {
  const list = html`<ul class="cards">${namespaces.map(
    (name) => html`<li><a href="/namespaces/${name}">${name}</a></li>`,
  )}</ul>`;
  const none = html`<p>There is no namespace whose twins you may list.</p>
<p>If your work needs one, ask whoever grants rights in your hospital for the verb “list” on “patienttwins” in its namespace. Somebody who gave you the address of a single twin may have given you the right to read that one: open that address.</p>`;
  return page(frame, 'Namespaces', [], namespaces.length > 0 ? list : none);
}
