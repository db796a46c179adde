// Pure: what an erasure certificate says.
import { createHash } from 'node:crypto';

/** What a certificate is made from. */
export interface Certified {
  readonly erasure: string;
  readonly pseudonym: string;
  readonly at: string;
  readonly backupHorizon: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** The text of a certificate; its last line is the sha256 of everything above. */
export function certificateOf(certified: Certified): string {
  const rows = Object.entries(certified.counts)
    .filter(([, n]) => n > 0)
    .map(([table, n]) => `  ${table.padEnd(24)} ${n}`);
  const body = [
    'Certificate of erasure',
    `erasure    ${certified.erasure}`,
    `subject    ${certified.pseudonym} (pseudonym; no name or identifier is kept)`,
    `done       ${certified.at}`,
    'removed rows',
    ...rows,
    'The keys of the sealed records are destroyed. Its identifiers are refused from now on; only keyed hashes are kept.',
    `Backups of the database may hold the rows for ${certified.backupHorizon}; the erasure ledger repeats this erasure after a restore.`,
    'Items that could not be read when they arrived cannot be attributed to a person and are not covered.',
  ].join('\n');
  return `${body}\nsha256     ${createHash('sha256').update(body).digest('hex')}\n`;
}
