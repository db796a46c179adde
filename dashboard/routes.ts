// Pure: which page an address means. What is not of this form is no page.
import { isHandle } from '#crds/patient-twin/handle.ts';
import type { Place } from './pages/place.ts';

/** Pages, by names that may be logged and counted. */
export type Route =
  | { readonly name: 'home' }
  | { readonly name: 'sign-in' }
  | { readonly name: 'callback' }
  | { readonly name: 'sign-out' }
  | { readonly name: 'style' }
  | { readonly name: 'twins'; readonly namespace: string }
  | { readonly name: 'twin'; readonly place: Place }
  | { readonly name: 'what-if'; readonly place: Place };

/** Names of all routes, and of requests that meet none. */
export const routeNames = [
  'home',
  'sign-in',
  'callback',
  'sign-out',
  'style',
  'twins',
  'twin',
  'what-if',
  'none',
] as const;

/** Path of the address that the identity provider answers to. */
export const CALLBACK = '/sign-in/callback';

const FIXED: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['GET /', { name: 'home' }],
  ['GET /sign-in', { name: 'sign-in' }],
  [`GET ${CALLBACK}`, { name: 'callback' }],
  ['GET /style.css', { name: 'style' }],
  ['POST /sign-out', { name: 'sign-out' }],
]);
const TWINS = /^\/namespaces\/([a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)(?:\/twins\/([^/]{1,32})(\/what-if)?)?$/;

/** The route of a request; undefined when there is none. */
export function routeOf(method: 'GET' | 'POST', path: string): Route | undefined {
  const fixed = FIXED.get(`${method} ${path}`);
  if (fixed !== undefined) return fixed;
  const route = routeOfTwins(path);
  return (route?.name === 'what-if') === (method === 'POST') ? route : undefined;
}

function routeOfTwins(path: string): Route | undefined {
  const [, namespace, handle, question] = TWINS.exec(path) ?? [];
  if (namespace === undefined) return undefined;
  if (handle === undefined) return { name: 'twins', namespace };
  const place = { namespace, handle };
  if (!isHandle(handle)) return undefined;
  return question === undefined ? { name: 'twin', place } : { name: 'what-if', place };
}

/** A path to come back to after signing in: a page of ours, or the first page. Never another site. */
export function safeReturn(path: string | null): string {
  const name = path === null ? undefined : routeOf('GET', path)?.name;
  return path !== null && (name === 'twins' || name === 'twin') ? path : '/';
}
