import { stringify } from 'yaml';
import { onlyFlags, required } from '../arguments.ts';
import { usageError } from '../failure.ts';
import { CALL_MS, type CommandReader } from './command.ts';
import { checkedHandle } from './handle.ts';

/** enrol: binds an identifier, which comes on standard input and goes to the vault only, to a handle. */
export const readEnrol: CommandReader = async (words, flags) => {
  if (words.length > 0) throw usageError('enrol takes the identifier on standard input, not as a word');
  onlyFlags(flags, 'enrol', 'system', 'handle', 'model');
  const system = required(flags.system, 'system');
  const handle = flags.handle === undefined ? '' : checkedHandle(flags.handle);
  const model = flags.model ?? 'trajectory';
  const value = await readIdentifier();
  return {
    verb: 'enrol',
    defaultAccount: 'clinician',
    run: async ({ client, namespace }) => {
      const answer = await client.call('Enrol', { handle, identifier: { system, value } }, CALL_MS);
      const twin = {
        apiVersion: 'twinward.io/v1alpha1',
        kind: 'PatientTwin',
        metadata: { name: answer.handle, namespace },
        spec: { modelRefs: [{ name: model }] },
      };
      return { lines: stringify(twin).trimEnd().split('\n'), json: { ...answer, twin } };
    },
  };
};

async function readIdentifier(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Identifier (then Ctrl-D): ');
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) text += String(chunk);
  const value = text.trim();
  if (value === '' || /[\r\n]/.test(value)) {
    throw usageError('enrol reads one identifier, one line, from standard input');
  }
  return value;
}
