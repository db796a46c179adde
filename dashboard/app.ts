// From a request to an answer: route, limits, session, origin, then the page.

import { ApiError } from '#runtime/api.ts';
import type { Clock } from '#runtime/clock.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Frame } from './pages/layout.ts';
import { namespacesPage, welcomePage } from './pages/namespaces.ts';
import { type ProblemName, problemOf, problemPage } from './pages/problem.ts';
import { twinPage } from './pages/twin.ts';
import { twinsPage } from './pages/twins.ts';
import { answerPage, readQuestion } from './pages/what-if.ts';
import type { Cluster, Session, Sessions, Twins } from './ports.ts';
import { type Route, routeOf } from './routes.ts';
import { beginSignIn, finishSignIn, type SignInParts } from './sign-in/flow.ts';
import type { Answer } from './web/answer.ts';
import { dropCookie, SESSION_COOKIE, SIGN_IN_COOKIE } from './web/cookies.ts';
import type { Html } from './web/html.ts';
import type { Incoming, Unreadable } from './web/incoming.ts';
import { createLimit, type Limit } from './web/limits.ts';
import { formToken, isOwnForm } from './web/same-origin.ts';

/** What pages are made from. */
export interface AppParts {
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly cluster: Cluster;
  readonly twins: Twins;
  readonly signIn: SignInParts;
  /** Origin of the dashboard as browsers see it. */
  readonly origin: string;
  readonly stylePath: string;
}

/** An answer with what may be said of it in logs and metrics. */
export interface Outcome {
  readonly answer: Answer;
  readonly route: Route['name'] | 'none';
  readonly problem?: ProblemName;
  /** Set when the page failed by something that was thrown. */
  readonly failure?: Failure & { readonly error: unknown };
}

/** Answers requests. Never rejects. */
export interface App {
  answer(incoming: Incoming | Unreadable): Promise<Outcome>;
  /** The answer when there are too many requests at once. */
  busy(): Outcome;
}

type Limits = Readonly<Record<'all' | 'signIn' | 'session' | 'whatIf', Limit>>;
type Visit = AppParts & { readonly incoming: Incoming; readonly session: Session; readonly frame: Frame };

/** Makes the application. */
export function createApp(parts: AppParts): App {
  const { clock, stylePath } = parts;
  const limits: Limits = {
    all: createLimit(clock, { burst: 300, perSecond: 100, keys: 1 }),
    signIn: createLimit(clock, { burst: 200, perSecond: 20, keys: 1 }),
    session: createLimit(clock, { burst: 60, perSecond: 5, keys: 10_000 }),
    whatIf: createLimit(clock, { burst: 5, perSecond: 0.2, keys: 10_000 }),
  };
  return {
    answer: async (incoming) => {
      if (typeof incoming === 'string') return unreadable(stylePath, incoming);
      const route = routeOf(incoming.method, incoming.path);
      if (route === undefined) return problem({ stylePath }, 'none', 'NOT_FOUND');
      try {
        return await routed(parts, limits, incoming, route);
      } catch (error) {
        const failure = failureOf(error, route.name);
        const outcome = problem({ stylePath }, route.name, failure.problem, { reason: failure.reason });
        return { ...outcome, failure: { ...failure, error } };
      }
    },
    busy: () => problem({ stylePath }, 'none', 'BUSY'),
  };
}

function unreadable(stylePath: string, why: Unreadable): Outcome {
  const name = why === 'METHOD_NOT_ALLOWED' ? why : 'REQUEST_UNREADABLE';
  return problem({ stylePath }, 'none', name, { reason: why });
}

async function routed(parts: AppParts, limits: Limits, incoming: Incoming, route: Route): Promise<Outcome> {
  const frame = { stylePath: parts.stylePath };
  if (route.name === 'style') return { route: route.name, answer: { kind: 'style' } };
  if (!limits.all.take('')) return problem(frame, route.name, 'TOO_MANY_REQUESTS');
  if (route.name === 'sign-in' || route.name === 'callback') {
    if (!limits.signIn.take('')) return problem(frame, route.name, 'TOO_MANY_REQUESTS');
    return await signingIn(parts, incoming, route.name);
  }
  const { sessionSecret } = incoming;
  const session = sessionSecret === undefined ? undefined : await parts.sessions.find(sessionSecret);
  if (session === undefined) return anonymous(frame, incoming, route);
  const visit = { ...parts, incoming, session, frame: { ...frame, session } };
  const refusal = refusalOf(visit, limits, route);
  return refusal === undefined ? await visited(visit, route) : problem(visit.frame, route.name, refusal);
}

function refusalOf(visit: Visit, limits: Limits, route: Route): ProblemName | undefined {
  const { incoming, origin, session } = visit;
  const key = formToken(session.secret);
  if (!limits.session.take(key)) return 'TOO_MANY_REQUESTS';
  if (incoming.method === 'POST' && !isOwnForm(incoming, origin, session.secret)) return 'FORM_REFUSED';
  return route.name === 'what-if' && !limits.whatIf.take(key) ? 'TOO_MANY_REQUESTS' : undefined;
}

async function signingIn(
  parts: AppParts,
  incoming: Incoming,
  route: 'sign-in' | 'callback',
): Promise<Outcome> {
  if (route === 'sign-in') return { route, answer: await beginSignIn(parts.signIn, incoming) };
  const finished = await finishSignIn(parts.signIn, incoming);
  if (typeof finished !== 'string') return { route, answer: finished };
  const isKnown = finished === 'SIGN_IN_EXPIRED' || finished === 'SIGN_IN_REFUSED';
  const name = isKnown ? finished : 'PERSON_UNNAMED';
  const cookies = [dropCookie(SIGN_IN_COOKIE)];
  return problem({ stylePath: parts.stylePath }, route, name, { reason: finished, cookies });
}

function anonymous(frame: Frame, incoming: Incoming, route: Route): Outcome {
  const cookies = incoming.sessionSecret === undefined ? [] : [dropCookie(SESSION_COOKIE)];
  if (route.name === 'home') return shown(route.name, welcomePage(frame), cookies);
  const to = route.name === 'twins' || route.name === 'twin' ? incoming.path : undefined;
  return problem(frame, route.name, 'SESSION_ENDED', { cookies, to });
}

async function visited(visit: Visit, route: Route): Promise<Outcome> {
  try {
    return await pageOf(visit, route);
  } catch (error) {
    const failure = failureOf(error, route.name);
    const outcome = problem(visit.frame, route.name, failure.problem, { reason: failure.reason });
    return { ...outcome, failure: { ...failure, error } };
  }
}

async function pageOf(visit: Visit, route: Route): Promise<Outcome> {
  const { frame, incoming, session } = visit;
  const { person } = session;
  switch (route.name) {
    case 'home':
      return shown(route.name, namespacesPage(frame, await visibleNamespaces(visit)));
    case 'sign-out':
      await visit.sessions.end(session.secret);
      return shown(route.name, welcomePage({ stylePath: frame.stylePath }, 'Signed out'), [
        dropCookie(SESSION_COOKIE),
      ]);
    case 'twins':
      return await listing(visit, route.namespace);
    case 'twin': {
      const { handle, namespace } = route.place;
      return shown(
        route.name,
        twinPage(frame, route.place, await visit.twins.read(person, namespace, handle)),
      );
    }
    case 'what-if': {
      const question = readQuestion(route.place.handle, incoming.form);
      if (question === undefined) return problem(frame, route.name, 'BAD_QUESTION');
      const answer = await visit.twins.whatIf(person, route.place.namespace, question);
      return shown(route.name, answerPage(frame, route.place, incoming.form, answer));
    }
    default:
      return problem(frame, 'none', 'NOT_FOUND');
  }
}

/** The twins of a namespace, for people who may list them. A page that has expired begins anew. */
async function listing(
  { cluster, clock, frame, incoming, session }: Visit,
  namespace: string,
): Promise<Outcome> {
  if (!(await cluster.mayList(session.person, namespace))) return problem(frame, 'twins', 'NOT_ALLOWED');
  const after = incoming.query.get('after') ?? undefined;
  try {
    const list = await cluster.twins(namespace, after);
    return shown('twins', twinsPage(frame, namespace, list, clock.now()));
  } catch (error) {
    const isStale = error instanceof ApiError && (error.status === 410 || error.status === 400);
    if (after === undefined || !isStale) throw error;
    return { route: 'twins', answer: { kind: 'redirect', location: `/namespaces/${namespace}` } };
  }
}

const AT_ONCE = 8;

async function visibleNamespaces({ cluster, session }: Visit): Promise<readonly string[]> {
  const all = await cluster.namespaces();
  const visible: string[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    const some = all.slice(from, from + AT_ONCE);
    const may = await Promise.all(some.map((namespace) => cluster.mayList(session.person, namespace)));
    visible.push(...some.filter((_, index) => may[index]));
  }
  return visible;
}

function shown(route: Route['name'], body: Html, cookies: readonly string[] = []): Outcome {
  return { route, answer: { kind: 'page', status: 200, body, cookies } };
}

interface Said {
  readonly reason?: string;
  readonly cookies?: readonly string[];
  /** Page to come back to after signing in. */
  readonly to?: string | undefined;
}

function problem(frame: Frame, route: Outcome['route'], name: ProblemName, said: Said = {}): Outcome {
  const { retryAfterSeconds, status } = problemOf(name);
  const { cookies = [], reason = name, to } = said;
  const body = problemPage(frame, name, reason, to);
  const later = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  return { route, problem: name, answer: { kind: 'page', status, body, cookies, ...later } };
}
