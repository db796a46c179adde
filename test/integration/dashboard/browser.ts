// A browser as far as signing in needs one: cookies per host, redirects one by one, and the headers by which browsers
// say where a form comes from.
import { Agent, fetch, Headers, type RequestInit } from 'undici';

interface Cookie {
  readonly value: string;
  readonly path: string;
}

/** An answer, redirects followed. */
export interface Page {
  readonly status: number;
  readonly url: URL;
  readonly text: string;
  readonly headers: Headers;
}

/** One browser window with cookies of its own. */
export interface Browser {
  get(url: string | URL): Promise<Page>;
  /** Sends a form of a page of `from`; default: of the same origin. */
  post(
    url: string | URL,
    fields: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Page>;
  /** Without following the redirect; with `fields` as a form. */
  step(url: string | URL, fields?: Readonly<Record<string, string>>): Promise<Page>;
  cookie(url: string | URL, name: string): string | undefined;
  setCookie(url: string | URL, name: string, value: string): void;
}

const MOST_STEPS = 20;

/** Opens a browser without cookies that trusts `authority`, PEM. */
export function openBrowser(authority: string): Browser {
  const dispatcher = new Agent({ connect: { ca: authority } });
  const jars = new Map<string, Map<string, Cookie>>();
  const jarOf = (url: URL): Map<string, Cookie> => {
    const jar = jars.get(url.host) ?? new Map<string, Cookie>();
    jars.set(url.host, jar);
    return jar;
  };
  const send = async (url: URL, init: RequestInit): Promise<Page> => {
    const cookies = [...jarOf(url)].filter(([, { path }]) => url.pathname.startsWith(path));
    const headers = new Headers(init.headers);
    headers.set('cookie', cookies.map(([name, { value }]) => `${name}=${value}`).join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual', dispatcher });
    for (const line of response.headers.getSetCookie()) keep(jarOf(url), line);
    return { status: response.status, url, text: await response.text(), headers: response.headers };
  };
  const follow = async (first: Page): Promise<Page> => {
    let page = first;
    for (let steps = 0; page.headers.has('location'); steps += 1) {
      if (steps === MOST_STEPS) throw new Error(`more than ${MOST_STEPS} redirects`);
      page = await send(new URL(page.headers.get('location') ?? '', page.url), {});
    }
    return page;
  };
  return {
    get: async (url) => await follow(await send(new URL(url), {})),
    step: (url, fields) =>
      send(new URL(url), fields === undefined ? {} : { method: 'POST', body: new URLSearchParams(fields) }),
    post: async (url, fields, headers = {}) => {
      const { origin } = new URL(url);
      const own = { origin, 'sec-fetch-site': 'same-origin', ...headers };
      const init = { method: 'POST', headers: own, body: new URLSearchParams(fields) };
      return await follow(await send(new URL(url), init));
    },
    cookie: (url, name) => jarOf(new URL(url)).get(name)?.value,
    setCookie: (url, name, value) => void jarOf(new URL(url)).set(name, { value, path: '/' }),
  };
}

function keep(jar: Map<string, Cookie>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const mark = pair.indexOf('=');
  const [name, value] = [pair.slice(0, mark), pair.slice(mark + 1)];
  const of = (key: string) =>
    attributes.find((each) => each.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
  const expires = of('expires');
  const isOver = of('max-age') === '0' || (expires !== undefined && Date.parse(expires) < Date.now());
  if (isOver) jar.delete(name);
  else jar.set(name, { value, path: of('path') ?? '/' });
}
