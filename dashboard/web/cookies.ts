/** Cookie with the secret of a session. The prefix ties it to this origin: no other host can set it. */
export const SESSION_COOKIE = '__Host-twinward-session';
/** Cookie with what a sign-in under way has to bring back. */
export const SIGN_IN_COOKIE = '__Host-twinward-sign-in';

/** A Set-Cookie value. `value` must need no encoding; 0 seconds remove the cookie. */
export function setCookie(name: string, value: string, seconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${Math.floor(seconds)}; Secure; HttpOnly; SameSite=Lax`;
}

/** A Set-Cookie value that removes a cookie. */
export function dropCookie(name: string): string {
  return setCookie(name, '', 0);
}

/** The value of a cookie in a Cookie header; undefined when it is absent, or there twice and so not to be trusted. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  const found = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return found.length === 1 ? found[0]?.slice(name.length + 1) : undefined;
}
