// What went wrong, in words: what it means and what to do next, and nothing about what was asked for.
import { type Html, html } from '../web/html.ts';
import { type Frame, page } from './layout.ts';

/** A refusal as people read it. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly means: string;
  readonly next: string;
  /** Whether the way on is to sign in. */
  readonly offersSignIn?: true;
  readonly retryAfterSeconds?: number;
}

const later = { status: 503, retryAfterSeconds: 5 } as const;
const again = { offersSignIn: true } as const;

const PROBLEMS = {
  NOT_FOUND: {
    status: 404,
    title: 'Not found',
    means: 'There is no page at this address, or no record behind it yet.',
    next: 'Check the address. A twin without a record waits for its first data.',
  },
  NOT_ALLOWED: {
    status: 403,
    title: 'Not allowed',
    means: 'You may not read this. Whether it exists is not said.',
    next: 'If your work needs it, ask whoever grants rights in your hospital for the verb “get” on “patienttwins/record” in this namespace, or for “list” on “patienttwins” to see the names of its twins.',
  },
  WHAT_IF_NOT_ALLOWED: {
    status: 403,
    title: 'Not allowed',
    means: 'You may not ask what-if questions about this twin.',
    next: 'If your work needs it, ask whoever grants rights in your hospital for the verb “whatif” on “patienttwins” in this namespace.',
  },
  DASHBOARD_NOT_ALLOWED: {
    status: 503,
    title: 'The dashboard is not set up',
    means:
      'The twin service does not let the dashboard ask on behalf of people. This is not about your rights.',
    next: 'Tell whoever runs Twinward: the account of the dashboard needs its ClusterRole, and a token of audience twinward.',
  },
  WITHDRAWN: {
    status: 409,
    title: 'Not available',
    means: 'This record is restricted or was erased, so nothing is shown of it.',
    next: 'If you did not expect that, ask the privacy officer of your hospital.',
  },
  CANNOT_FORECAST: {
    status: 409,
    title: 'No answer',
    means: 'The model cannot answer this question about this record.',
    next: 'Check the code of the drug: the model may not know it. Otherwise tell whoever runs Twinward the reason below.',
  },
  BAD_QUESTION: {
    status: 400,
    title: 'That question cannot be asked',
    means: 'A field was empty or not of its form, or the model does not know this drug in this code system.',
    next: 'Go back and check what you entered: the code of the drug as your code system writes it, such as 314231 for RxNorm.',
  },
  SERVICE_UNAVAILABLE: {
    ...later,
    title: 'Not available now',
    means: 'A part of Twinward that this page needs does not answer. Nothing is lost.',
    next: 'Try again in a minute. If it stays so, tell whoever runs Twinward.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    retryAfterSeconds: 10,
    title: 'Too many requests',
    means: 'More was asked for than one person usually reads.',
    next: 'Wait ten seconds and load the page again.',
  },
  BUSY: {
    ...later,
    title: 'Busy',
    means: 'The dashboard has more requests at once than it takes.',
    next: 'Load the page again in a few seconds.',
  },
  SESSION_ENDED: {
    ...again,
    status: 401,
    title: 'Sign in',
    means: 'You are not signed in, or your session ended after a while without use.',
    next: 'Sign in to go on.',
  },
  SIGN_IN_EXPIRED: {
    ...again,
    status: 400,
    title: 'The sign-in did not finish',
    means:
      'The answer of the identity provider does not belong to a sign-in that this browser began in the last ten minutes.',
    next: 'Sign in once more. Cookies have to be allowed for this site.',
  },
  SIGN_IN_REFUSED: {
    ...again,
    status: 403,
    title: 'The sign-in was refused',
    means: 'The identity provider did not confirm who you are.',
    next: 'Sign in once more; if it stays so, ask the help desk for accounts of your hospital.',
  },
  PERSON_UNNAMED: {
    status: 403,
    title: 'The sign-in was refused',
    means:
      'The identity provider confirmed you, but did not say your name and groups as Twinward needs them.',
    next: 'Tell whoever runs Twinward the reason below; the page on the dashboard in the documentation says what each one means.',
  },
  FORM_REFUSED: {
    status: 403,
    title: 'That form was not sent from here',
    means: 'The request did not come from a page of your session.',
    next: 'Open the dashboard, load the page again and use its own buttons.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'That cannot be done here',
    means: 'This address is for reading pages only, or for a form only.',
    next: 'Use the links and buttons of the dashboard.',
  },
  REQUEST_UNREADABLE: {
    status: 400,
    title: 'The request cannot be read',
    means: 'It is larger than the dashboard takes, or of another kind.',
    next: 'Use the links and forms of the dashboard.',
  },
  INTERNAL: {
    status: 500,
    title: 'Something went wrong',
    means: 'The dashboard failed in a way that it does not know.',
    next: 'Try again. If it stays so, tell whoever runs Twinward when it happened.',
  },
} as const satisfies Readonly<Record<string, Problem>>;

/** Names of problems. */
export type ProblemName = keyof typeof PROBLEMS;

/** All names, for metrics. */
export const problemNames: readonly ProblemName[] = Object.keys(PROBLEMS) as ProblemName[];

/** The problem of a name. */
export function problemOf(name: ProblemName): Problem {
  return PROBLEMS[name];
}

/** The page of a problem. `reason` is a constant code for whoever runs the system; `to`: the way back after signing in. */
export function problemPage(frame: Frame, name: ProblemName, reason: string, to?: string): Html {
  const problem = problemOf(name);
  const signIn = to === undefined ? '/sign-in' : `/sign-in?to=${encodeURIComponent(to)}`;
  return page(
    frame,
    problem.title,
    [],
    [
      html`<p>${problem.means}</p><p>${problem.next}</p>`,
      problem.offersSignIn && html`<p><a class="button" href="${signIn}">Sign in</a></p>`,
      frame.session !== undefined && html`<p><a href="/">All namespaces</a></p>`,
      html`<p class="quiet">Reason: <code>${reason}</code></p>`,
    ],
  );
}
