import type { StoredEvent__Output } from '#proto/gen/twinward/v1/StoredEvent.ts';
import { onlyFlags, wholeNumber } from '../arguments.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';
import { CALL_MS, type CommandReader } from './command.ts';
import { oneHandle } from './handle.ts';

const PAGE_SIZE = 1_000;

/** events: the history of a twin at a revision, oldest first. */
export const readEvents: CommandReader = (words, flags) => {
  onlyFlags(flags, 'events', 'revision', 'limit');
  const handle = oneHandle(words, 'events');
  const revision = String(wholeNumber(flags.revision, 'revision', 0));
  const limit = wholeNumber(flags.limit, 'limit', 100, 1);
  return {
    verb: 'get',
    defaultAccount: 'clinician',
    run: async (session) => {
      const page = await readPages(session, { handle, revision }, limit);
      const rows = page.events.map(row);
      const more = page.hasMore ? [`… and more: --limit shows more than ${limit}`] : [];
      return {
        lines: [`Revision ${page.revision}`, ...table(HEADER, rows), ...more],
        json: { handle, revision: Number(page.revision), events: page.events, hasMore: page.hasMore },
      };
    },
  };
};

const HEADER = ['TIME', 'PRECISION', 'ACTION', 'SYSTEM', 'CODE', 'VALUE', 'SOURCE', 'SINCE'];

interface Pages {
  readonly events: readonly StoredEvent__Output[];
  readonly revision: string;
  readonly hasMore: boolean;
}

async function readPages(
  { client }: Session,
  about: { readonly handle: string; readonly revision: string },
  limit: number,
): Promise<Pages> {
  const events: StoredEvent__Output[] = [];
  let { revision } = about;
  let pageToken = '';
  do {
    const pageSize = Math.min(PAGE_SIZE, limit - events.length);
    const page = await client.call('ListEvents', { ...about, pageSize, pageToken }, CALL_MS);
    events.push(...page.events);
    revision = page.revision;
    pageToken = page.nextPageToken;
  } while (pageToken !== '' && events.length < limit);
  return { events, revision, hasMore: pageToken !== '' };
}

function row({ event, source, fromRevision }: StoredEvent__Output): readonly string[] {
  const { time = '', precision = '', action = '', system = '', code = '' } = event ?? {};
  const value =
    event?.value === 'number'
      ? `${event.numberText || String(event.number ?? '')} ${event.ucum}`.trim()
      : (event?.concept ?? '');
  return [time, precision, action.replace('ACTION_', ''), system, code, value, source, `r${fromRevision}`];
}
