// What a refused call means for the person at the keyboard.
import { status } from '@grpc/grpc-js';
import { isServiceError, reasonOf } from '#proto/status.ts';
import { CodedError } from '#runtime/errors.ts';
import { ExitCode, PluginError } from './failure.ts';

/** Who called, and which verb the call needs. */
export interface CallContext {
  readonly namespace: string;
  readonly account: string;
  readonly verb: string;
}

/** Turns what was thrown into a failure with an exit code and a next step. */
export function toPluginError(error: unknown, context: CallContext | undefined): PluginError {
  if (error instanceof PluginError) return error;
  if (!isServiceError(error)) {
    const said = error instanceof CodedError ? error.message : 'the plugin failed';
    return new PluginError(ExitCode.failed, 'Internal', said, { cause: error });
  }
  const reason = reasonOf(error);
  const message = `${reason}: ${error.details}`;
  const cause = { cause: error };
  switch (error.code) {
    case status.PERMISSION_DENIED:
      return new PluginError(ExitCode.denied, reason, denied(reason, context), cause);
    case status.UNAUTHENTICATED:
      return new PluginError(ExitCode.denied, reason, unauthenticated(reason), cause);
    case status.NOT_FOUND:
      return new PluginError(ExitCode.notFound, reason, message, cause);
    case status.INVALID_ARGUMENT:
      return new PluginError(ExitCode.usage, reason, message, cause);
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return new PluginError(ExitCode.unavailable, reason, unavailable(reason), cause);
    default:
      return new PluginError(ExitCode.failed, reason, message, cause);
  }
}

function denied(reason: string, context: CallContext | undefined): string {
  const { namespace, account, verb } = context ?? { namespace: 'default', account: 'clinician', verb: 'get' };
  const role = verb === 'get' ? 'twin-record' : `twin-${verb}`;
  const resource = verb === 'get' ? 'patienttwins.twinward.io/record' : 'patienttwins.twinward.io';
  return [
    `${reason}: ServiceAccount ${namespace}/${account} needs the verb "${verb}" on ${resource}. Grant it with`,
    `  kubectl -n ${namespace} create role ${role} --verb=${verb} --resource=${resource}`,
    `  kubectl -n ${namespace} create rolebinding ${role}-${account} --role=${role} --serviceaccount=${namespace}:${account}`,
    'or name an account that has it with --account.',
  ].join('\n');
}

function unauthenticated(reason: string): string {
  return `${reason}: the twin service does not accept the token; it must be of audience twinward and not expired. Leave --token-file out to have one requested.`;
}

function unavailable(reason: string): string {
  return `${reason}: the twin service does not answer at this endpoint. Check --endpoint (or TWINWARD_ENDPOINT), that it presents a certificate of --ca-file, and "kubectl -n twinward-system get pods".`;
}
