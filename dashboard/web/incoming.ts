// A request, read within bounds before anything looks at it.
import type { IncomingMessage } from 'node:http';
import { cookieOf, SESSION_COOKIE, SIGN_IN_COOKIE } from './cookies.ts';

/** What routes see of a request. */
export interface Incoming {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: URLSearchParams;
  /** Fields of the form; empty unless it is a POST. */
  readonly form: URLSearchParams;
  readonly sessionSecret: string | undefined;
  readonly signInCookie: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
}

/** What is wrong with a request that cannot be read. */
export type Unreadable = 'METHOD_NOT_ALLOWED' | 'ADDRESS_TOO_LONG' | 'BODY_TOO_LARGE' | 'NOT_A_FORM';

const LONGEST_ADDRESS = 4_096;
const LARGEST_BODY = 8_192;

/** Reads a request; answers why when it is refused. */
export async function readIncoming(request: IncomingMessage): Promise<Incoming | Unreadable> {
  const address = request.url ?? '/';
  if (address.length > LONGEST_ADDRESS) return 'ADDRESS_TOO_LONG';
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (method !== 'GET' && method !== 'POST') return 'METHOD_NOT_ALLOWED';
  const form = method === 'POST' ? await readForm(request) : new URLSearchParams();
  if (typeof form === 'string') return form;
  const mark = address.indexOf('?');
  const { headers } = request;
  return {
    method,
    path: mark === -1 ? address : address.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? '' : address.slice(mark + 1)),
    form,
    sessionSecret: cookieOf(headers.cookie, SESSION_COOKIE),
    signInCookie: cookieOf(headers.cookie, SIGN_IN_COOKIE),
    origin: headers.origin,
    fetchSite: oneOf(headers['sec-fetch-site']),
  };
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | Unreadable> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded(?:\s*;|$)/i.test(type)) return 'NOT_A_FORM';
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) return 'BODY_TOO_LARGE';
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

function oneOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
