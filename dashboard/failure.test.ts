import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { statusError } from '#proto/status.ts';
import { ApiError, ConnectionError } from '#runtime/api.ts';
import { CodedError } from '#runtime/errors.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Route } from './routes.ts';

const said = 'what the service said of anna and pt-jee0enq2t9vpdt8f';
const from = (code: status, reason: string): Error => statusError(code, reason, said);

const cases: readonly [
  name: string,
  given: unknown,
  route: Route['name'],
  want: Failure['problem'],
  kind: Failure['kind'],
][] = [
  [
    'a person without the verb',
    from(status.PERMISSION_DENIED, 'VERB_REQUIRED'),
    'twin',
    'NOT_ALLOWED',
    'refused',
  ],
  [
    'a person who may not ask',
    from(status.PERMISSION_DENIED, 'VERB_REQUIRED'),
    'what-if',
    'WHAT_IF_NOT_ALLOWED',
    'refused',
  ],
  [
    'a dashboard that may not speak for people',
    from(status.PERMISSION_DENIED, 'IMPERSONATE_REQUIRED'),
    'twin',
    'DASHBOARD_NOT_ALLOWED',
    'away',
  ],
  [
    'a token that is not accepted',
    from(status.UNAUTHENTICATED, 'TOKEN_REJECTED'),
    'twin',
    'DASHBOARD_NOT_ALLOWED',
    'away',
  ],
  ['no record', from(status.NOT_FOUND, 'SUBJECT_UNKNOWN'), 'twin', 'NOT_FOUND', 'refused'],
  ['an erased record', from(status.FAILED_PRECONDITION, 'SUBJECT_ERASED'), 'twin', 'WITHDRAWN', 'refused'],
  [
    'a model that cannot answer',
    from(status.FAILED_PRECONDITION, 'MODEL_UNAVAILABLE'),
    'what-if',
    'CANNOT_FORECAST',
    'refused',
  ],
  [
    'a drug that the model does not know',
    from(status.INVALID_ARGUMENT, 'INTERVENTION_UNKNOWN'),
    'what-if',
    'BAD_QUESTION',
    'refused',
  ],
  [
    'a service that is away',
    from(status.UNAVAILABLE, 'DATABASE_UNAVAILABLE'),
    'twin',
    'SERVICE_UNAVAILABLE',
    'away',
  ],
  ['a service that is slow', from(status.DEADLINE_EXCEEDED, ''), 'twin', 'SERVICE_UNAVAILABLE', 'away'],
  [
    'an API server that refuses the dashboard',
    new ApiError(403, 'Forbidden', said),
    'twins',
    'DASHBOARD_NOT_ALLOWED',
    'away',
  ],
  ['an API server that is away', new ConnectionError(said), 'twins', 'SERVICE_UNAVAILABLE', 'away'],
  [
    'a database that is away',
    new CodedError('DatabaseUnavailable', said),
    'home',
    'SERVICE_UNAVAILABLE',
    'away',
  ],
  [
    'a provider that is away',
    new CodedError('ProviderUnavailable', said),
    'sign-in',
    'SERVICE_UNAVAILABLE',
    'away',
  ],
  ['anything else', new Error(said), 'home', 'INTERNAL', 'unexpected'],
];

describe('a failure', () => {
  for (const [name, given, route, problem, kind] of cases) {
    it(`by ${name} is ${problem}, and repeats nothing`, () => {
      const failure = failureOf(given, route);
      assert.deepEqual([failure.problem, failure.kind], [problem, kind]);
      assert.match(failure.reason, /^[A-Z_]+$/);
    });
  }
});
