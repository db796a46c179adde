// The erasure ledger: one JSON line per erasure in a file outside the database.
import { mkdirSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Ledger, LedgerEntry } from '../ports.ts';

const entrySchema = z.object({
  erasure: z.string(),
  clusterId: z.string(),
  namespace: z.string(),
  handle: z.string(),
  pseudonym: z.string(),
  at: z.string(),
});

/** A ledger in a folder. An entry is on disk when `append` resolves; a line cut by a crash is skipped. */
export function fileLedger(folder: string): Ledger {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'erasures.jsonl');
  return {
    append: async (entry) => {
      const handle = await open(file, 'a', 0o600);
      try {
        await handle.appendFile(`${JSON.stringify(entry)}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
    readAll: async () => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return text.split('\n').flatMap(parseLine);
    },
  };
}

function parseLine(line: string): readonly LedgerEntry[] {
  try {
    const parsed = entrySchema.safeParse(JSON.parse(line));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
