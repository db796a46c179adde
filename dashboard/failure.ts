// What a failure means for somebody who reads pages, and whether whoever runs the system has to hear of it.
import { status } from '@grpc/grpc-js';
import { isServiceError, reasonOf } from '#proto/status.ts';
import { ApiError, ConnectionError } from '#runtime/api.ts';
import { CodedError } from '#runtime/errors.ts';
import type { ProblemName } from './pages/problem.ts';
import type { Route } from './routes.ts';

/** A failure as a page and in the log. */
export interface Failure {
  readonly problem: ProblemName;
  /** Constant code. */
  readonly reason: string;
  /** refused: of the person's own doing; away: a part does not answer; unexpected: ours. */
  readonly kind: 'refused' | 'away' | 'unexpected';
}

const WITHDRAWN: readonly string[] = ['SUBJECT_ERASED', 'SUBJECT_RESTRICTED', 'SUBJECT_SUPPRESSED'];
/** Of PERMISSION_DENIED: the dashboard itself may not, whoever asks. */
const OURS: readonly string[] = ['IMPERSONATE_REQUIRED', 'ROLE_REQUIRED'];

/** The failure of a thrown value, on the way to `route`. */
export function failureOf(error: unknown, route: Route['name']): Failure {
  if (isServiceError(error)) return ofService(error.code, reasonOf(error), route);
  if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
    return { problem: 'DASHBOARD_NOT_ALLOWED', reason: 'KUBERNETES_RIGHTS_MISSING', kind: 'away' };
  }
  if (error instanceof ApiError || error instanceof ConnectionError) {
    return { problem: 'SERVICE_UNAVAILABLE', reason: 'KUBERNETES_UNAVAILABLE', kind: 'away' };
  }
  if (error instanceof CodedError) return ofCode(error.code);
  return { problem: 'INTERNAL', reason: 'INTERNAL', kind: 'unexpected' };
}

function ofCode(code: string): Failure {
  switch (code) {
    case 'DatabaseUnavailable':
      return { problem: 'SERVICE_UNAVAILABLE', reason: 'SESSIONS_UNAVAILABLE', kind: 'away' };
    case 'ProviderUnavailable':
      return { problem: 'SERVICE_UNAVAILABLE', reason: 'IDENTITY_PROVIDER_UNAVAILABLE', kind: 'away' };
    case 'SignInRefused':
      return { problem: 'SIGN_IN_REFUSED', reason: 'SIGN_IN_REFUSED', kind: 'refused' };
    default:
      return { problem: 'INTERNAL', reason: 'INTERNAL', kind: 'unexpected' };
  }
}

function ofService(code: status, reason: string, route: Route['name']): Failure {
  const asks = route === 'what-if';
  switch (code) {
    case status.PERMISSION_DENIED:
      if (OURS.includes(reason)) return { problem: 'DASHBOARD_NOT_ALLOWED', reason, kind: 'away' };
      return { problem: asks ? 'WHAT_IF_NOT_ALLOWED' : 'NOT_ALLOWED', reason, kind: 'refused' };
    case status.UNAUTHENTICATED:
      return { problem: 'DASHBOARD_NOT_ALLOWED', reason, kind: 'away' };
    case status.NOT_FOUND:
      return { problem: 'NOT_FOUND', reason, kind: 'refused' };
    case status.INVALID_ARGUMENT:
      return { problem: asks ? 'BAD_QUESTION' : 'NOT_FOUND', reason, kind: 'refused' };
    case status.FAILED_PRECONDITION:
      return {
        problem: WITHDRAWN.includes(reason) ? 'WITHDRAWN' : 'CANNOT_FORECAST',
        reason,
        kind: 'refused',
      };
    default:
      return { problem: 'SERVICE_UNAVAILABLE', reason, kind: 'away' };
  }
}
