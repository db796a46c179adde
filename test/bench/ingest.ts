// FHIR resources per second into the store with everything on: sealed raw records, forced row-level security,
// revisions, audit, durable commits, TLS. Figures only; nothing passes or fails by time.
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makePodFolders, type PodFolders, startIngest } from '../integration/ingest/pod.ts';
import { openSource, type Stand, startStand } from '../integration/twins/stand.ts';

const synthea = fileURLToPath(new URL('../../../shared/data/synthea-r4/', import.meta.url));
const samples = fileURLToPath(new URL('../../samples/getting-started/records/', import.meta.url));

/** How often the bundles are copied, each time as other patients. */
const COPIES = 4;

interface Figures {
  readonly received: number;
  readonly stored: number;
  readonly unchanged: number;
  readonly quarantined: number;
  readonly elapsedSeconds: number;
}

/** Prints resources per second: first import, the same again, and with every second record corrected. */
export async function benchIngest(): Promise<void> {
  const stand = await startStand({}, true);
  const folders = await makePodFolders(stand, 'bench');
  try {
    await openSource(stand, 'bench', 'ehr');
    const bytes = await copyBundles(folders, (text) => text);
    console.log(`ingest into PostgreSQL, ${cpus().length} cores shared by ingest, service and database`);
    print('first import', await importAll(stand, folders), bytes);
    await copyBundles(folders, (text) => `${text}\n`);
    print('unchanged again', await importAll(stand, folders), bytes);
    await copyBundles(folders, correctEverySecond);
    print('half corrected', await importAll(stand, folders), bytes);
  } finally {
    await folders.remove();
    await stand.stop();
  }
}

/** Writes the bundles as `COPIES` sets of patients; returns the bytes. */
async function copyBundles(folders: PodFolders, change: (text: string) => string): Promise<number> {
  const source = existsSync(synthea) ? synthea : samples;
  let bytes = 0;
  for (const name of (await readdir(source)).filter((one) => one.endsWith('.json'))) {
    const text = await readFile(join(source, name), 'utf8');
    for (let copy = 0; copy < COPIES; copy += 1) {
      const changed = change(asOtherPatients(text, copy));
      bytes += Buffer.byteLength(changed);
      await writeFile(join(folders.data, `${copy}-${name}`), changed);
    }
  }
  return bytes;
}

/** The same bundle with other ids: the first digit of every UUID is turned on by `copy`. */
function asOtherPatients(text: string, copy: number): string {
  const uuid = /\b([0-9a-f])([0-9a-f]{7}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b/g;
  return text.replaceAll(uuid, (_all, first: string, rest: string) => {
    const turned = (Number.parseInt(first, 16) + copy * (16 / COPIES)) % 16;
    return `${turned.toString(16)}${rest}`;
  });
}

function correctEverySecond(text: string): string {
  let count = 0;
  return text.replaceAll('"status":"final"', (all) => {
    count += 1;
    return count % 2 === 0 ? all : '"status":"amended"';
  });
}

/** One scan by a process of its own; the figures are those that it logs. */
async function importAll(stand: Stand, folders: PodFolders): Promise<Figures> {
  const { exited, output } = startIngest(stand, folders);
  const exitCode = await exited;
  const line = output()
    .split('\n')
    .find((one) => one.includes('"scan ended"'));
  if (exitCode !== 0 || line === undefined) throw new Error(`ingest ended with ${exitCode}:\n${output()}`);
  return JSON.parse(line);
}

function print(name: string, figures: Figures, bytes: number): void {
  const { received, stored, unchanged, quarantined, elapsedSeconds } = figures;
  const perSecond = Math.round(received / elapsedSeconds).toLocaleString('en');
  const megabytes = (bytes / elapsedSeconds / 1e6).toFixed(1);
  console.log(
    `  ${name.padEnd(16)} ${perSecond.padStart(7)} resources/s  ${megabytes.padStart(5)} MB/s  ` +
      `(${received} received, ${stored} stored, ${unchanged} unchanged, ${quarantined} quarantined, ${elapsedSeconds.toFixed(1)} s)`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchIngest();
