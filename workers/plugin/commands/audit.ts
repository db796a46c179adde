import type { VerifyAuditResponse__Output } from '#proto/gen/twinward/v1/VerifyAuditResponse.ts';
import { onlyFlags } from '../arguments.ts';
import { ExitCode, usageError } from '../failure.ts';
import { type CommandReader, LONG_CALL_MS } from './command.ts';

/** audit verify: checks the seal of the audit log; exit code 1 when it is broken. */
export const readAudit: CommandReader = (words, flags) => {
  onlyFlags(flags, 'audit');
  if (words.join(' ') !== 'verify') throw usageError('audit takes the word verify');
  return {
    verb: 'audit',
    defaultAccount: 'privacy-officer',
    run: async ({ client }) => {
      const answer = await client.call('VerifyAudit', {}, LONG_CALL_MS);
      const intact = answer.firstBrokenBlock === '0';
      const counts = Object.fromEntries(Object.entries(answer).map(([name, count]) => [name, Number(count)]));
      return {
        lines: [intact ? intactLine(answer) : brokenLine(answer)],
        json: { intact, ...counts },
        exitCode: intact ? ExitCode.done : ExitCode.failed,
      };
    },
  };
};

function intactLine(answer: VerifyAuditResponse__Output): string {
  return `The audit log is intact: ${answer.entries} entries in ${answer.blocks} sealed blocks, ${answer.unsealed} not sealed yet.`;
}

function brokenLine(answer: VerifyAuditResponse__Output): string {
  const entry = answer.firstAlteredEntry === '0' ? '' : `, first altered entry ${answer.firstAlteredEntry}`;
  return `The audit log is BROKEN at block ${answer.firstBrokenBlock} of ${answer.blocks}${entry}: keep the database as it is and compare with a backup.`;
}
