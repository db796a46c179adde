// The frame of every page.
import type { Person } from '../ports.ts';
import { type Content, type Html, html } from '../web/html.ts';
import { formToken, TOKEN_FIELD } from '../web/same-origin.ts';

/** What the frame says around a page. */
export interface Frame {
  readonly stylePath: string;
  /** Who is signed in, and the secret that their forms' token is made of. */
  readonly session?: { readonly person: Person; readonly secret: string } | undefined;
}

/** A step on the way to the page; the last one is the page itself and has no address. */
export interface Crumb {
  readonly title: string;
  readonly href?: string;
}

/** A whole page. */
export function page(frame: Frame, title: string, crumbs: readonly Crumb[], content: Content): Html {
  return html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Twinward</title>
<link rel="stylesheet" href="${frame.stylePath}">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="brand" href="/">Twinward</a>
${who(frame)}
</header>
${crumbs.length > 0 && html`<nav aria-label="Where you are"><ol>${crumbs.map(crumb)}</ol></nav>`}
<main id="content" tabindex="-1">
<h1>${title}</h1>
${content}
</main>
<footer><p>Decision support for professionals. A forecast is an estimate with an interval, not a diagnosis.</p></footer>
</body>
</html>
`;
}

function who({ session }: Frame): Content {
  if (session === undefined) return false;
  return html`<form method="post" action="/sign-out" class="who">
<span>Signed in as <strong>${session.person.user}</strong></span>
${tokenField(session.secret)}
<button type="submit">Sign out</button>
</form>`;
}

/** The hidden field that every form of a session bears. */
export function tokenField(secret: string): Html {
  return html`<input type="hidden" name="${TOKEN_FIELD}" value="${formToken(secret)}">`;
}

function crumb({ title, href }: Crumb): Html {
  return href === undefined
    ? html`<li aria-current="page">${title}</li>`
    : html`<li><a href="${href}">${title}</a></li>`;
}
