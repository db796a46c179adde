import type { EraseSubjectResponse__Output } from '#proto/gen/twinward/v1/EraseSubjectResponse.ts';
import { onlyFlags, required } from '../arguments.ts';
import { usageError } from '../failure.ts';
import { table } from '../table.ts';
import { type CommandReader, LONG_CALL_MS } from './command.ts';
import { oneHandle } from './handle.ts';

/** erase: removes a patient from the store, keys included; prints the certificate. */
export const readErase: CommandReader = (words, flags) => {
  onlyFlags(flags, 'erase', 'reason', 'immediate', 'dry-run', 'yes');
  const handle = oneHandle(words, 'erase');
  const reason = required(flags.reason, 'reason');
  const dryRun = flags['dry-run'] ?? false;
  if (!dryRun && !flags.yes) {
    throw usageError('erase cannot be undone: look at it with --dry-run, then give --yes');
  }
  const request = { handle, reason, immediate: flags.immediate ?? false, dryRun };
  return {
    verb: 'erase',
    defaultAccount: 'privacy-officer',
    run: async ({ client }) => {
      const answer = await client.call('EraseSubject', request, LONG_CALL_MS);
      const removed = Object.fromEntries(
        Object.entries(answer.removed).map(([name, rows]) => [name, Number(rows)]),
      );
      return { lines: lines(handle, answer), json: { handle, ...answer, removed } };
    },
  };
};

function lines(handle: string, answer: EraseSubjectResponse__Output): readonly string[] {
  const said: Readonly<Record<string, string>> = {
    Restricted: `${handle} is restricted now and erased at ${answer.at} (erasure ${answer.erasure}).`,
    Erased: `${handle} was erased at ${answer.at} (erasure ${answer.erasure}).`,
    DryRun: `Nothing was removed. Erasing ${handle} would remove:`,
  };
  const rows = Object.entries(answer.removed).map(([name, count]) => [name, String(count)]);
  const certificate = answer.certificate === '' ? [] : ['', ...answer.certificate.trimEnd().split('\n')];
  return [
    said[answer.state] ?? answer.state,
    ...(rows.length > 0 ? table(['TABLE', 'ROWS'], rows) : []),
    ...certificate,
  ];
}
