// The pipeline of ingest, put together as its main.ts does, against a running twin service.
import { createHash } from 'node:crypto';
import { createUcum } from '../../../workers/ingest/fhir/ucum.ts';
import { createUnits } from '../../../workers/ingest/fhir/unit.ts';
import { readUnitTable } from '../../../workers/ingest/fhir/unit-table.ts';
import { createZone } from '../../../workers/ingest/fhir/zone.ts';
import { runScan, type ScanReport } from '../../../workers/ingest/run-scan.ts';
import type { Read } from '../../../workers/ingest/sources/folder/items.ts';
import { createLocalFolder } from '../../../workers/ingest/sources/folder/local-folder.ts';
import { createTwinsSink } from '../../../workers/ingest/twins-sink.ts';
import type { Data } from '../twins/stand.ts';

const table = readUnitTable(new URL('../../../workers/ingest/fhir/codes.gen.json', import.meta.url));
const units = createUnits(createUcum(), table);

/** Reads a folder into a source once. `salt` makes every file new. */
export function scanFolder(
  ingest: Data,
  source: string,
  folder: string,
  options: { readonly salt?: string; readonly onItem?: (read: Read) => void } = {},
): Promise<ScanReport> {
  return runScan(createTwinsSink(ingest, source, 'pod-1'), {
    store: createLocalFolder(folder),
    units,
    fingerprint: createHash('sha256')
      .update(options.salt ?? '')
      .digest('hex'),
    time: { zone: createZone('UTC'), receivedAt: Date.now() },
    start: new Date(),
    settleMs: 0,
    keepLease: false,
    signal: new AbortController().signal,
    onItem: options.onItem ?? (() => undefined),
    onFile: () => undefined,
    onBatch: () => undefined,
    onUnreadable: (error) => {
      throw error;
    },
  });
}
