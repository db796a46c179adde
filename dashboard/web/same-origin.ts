// Forms of others are refused twice: by where the browser says that a request comes from, and by a token that only
// pages of this session hold.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Incoming } from './incoming.ts';

/** Name of the form field that holds the token. */
export const TOKEN_FIELD = 'token';

/** The token of a session's forms; it does not tell the session's secret. */
export function formToken(secret: string): string {
  return createHash('sha256').update(`form:${secret}`).digest('base64url');
}

/** Whether a POST comes from a page of this session. */
export function isOwnForm(incoming: Incoming, origin: string, secret: string): boolean {
  return isSameOrigin(incoming, origin) && isToken(incoming.form.getAll(TOKEN_FIELD), formToken(secret));
}

/** Whether what the browser says of the page that sent the request speaks for ours; saying nothing does not. */
export function isSameOrigin({ origin, fetchSite }: Incoming, own: string): boolean {
  if (origin === undefined && fetchSite === undefined) return false;
  return (origin === undefined || origin === own) && (fetchSite === undefined || fetchSite === 'same-origin');
}

function isToken(given: readonly string[], want: string): boolean {
  const [text = ''] = given;
  const [left, right] = [Buffer.from(text), Buffer.from(want)];
  return given.length === 1 && left.length === right.length && timingSafeEqual(left, right);
}
