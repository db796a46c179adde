// Exports a tenant as a folder of the Medical Event Data Standard: data/<n>.parquet and metadata/. One page of subjects
// is in memory at a time. `metadata/dataset.json` is written last: a folder without it is not whole.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TerminalError } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';
import { writeAudit } from '../store/audit.ts';
import type { Database } from '../store/database.ts';
import { exportPage } from '../store/export.ts';
import { findTenant, type Tenant } from '../store/tenants.ts';
import type { Keys } from '../vault/keys.ts';
import { type Disguise, disguiseOf } from './disguise.ts';
import type { ExportRequest } from './options.ts';
import { type DataFile, openDataFile, openSplitsFile, writeCodes } from './parquet.ts';
import { type LeftOut, medsRows } from './rows.ts';

const subjectsPerPage = 200;
const subjectsPerFile = 20_000;
const actor = 'export';
const dayMs = 86_400_000;

/** What an export needs. */
export interface ExportContext {
  readonly service: Database;
  readonly keys: Keys;
  readonly clusterId: string;
  readonly log: Log;
  /** Default 20,000. */
  readonly subjectsPerFile?: number;
}

/** What was written. */
export interface ExportCounts {
  readonly subjects: number;
  readonly rows: number;
  readonly leftOut: Readonly<Record<LeftOut, number>>;
}

/** Runs an export. Throws TerminalError UnknownTenant, or FolderNotEmpty. */
export async function runExport(context: ExportContext, request: ExportRequest): Promise<ExportCounts> {
  const { clusterId, keys, service } = context;
  const tenant = await service.inSystem((session) => findTenant(session, clusterId, request.namespace));
  if (tenant === undefined) {
    throw new TerminalError(
      'UnknownTenant',
      '--namespace has no records in this store: name a namespace with a DataSource',
    );
  }
  mkdirSync(request.out, { recursive: true });
  if (readdirSync(request.out).length > 0) {
    throw new TerminalError('FolderNotEmpty', '--out is not empty: name a new folder');
  }
  const { offset } = await keys.ofTenant(tenant.tenant_id);
  const asOfMs = Date.parse(`${request.asOf}T00:00:00Z`);
  const counts = await writeSubjects(context, tenant, request.out, asOfMs, (pseudonym) =>
    disguiseOf(tenant.purpose, offset, pseudonym),
  );
  writeDataset(request.out);
  const skipped = counts.leftOut.NoBirthDate + counts.leftOut.NoEvents;
  context.log.info('export is written', { subjects: counts.subjects, rows: counts.rows, skipped });
  return counts;
}

async function writeSubjects(
  context: ExportContext,
  tenant: Tenant,
  out: string,
  asOfMs: number,
  disguise: (pseudonym: string) => Disguise,
): Promise<ExportCounts> {
  const files = createFiles(out, context.subjectsPerFile ?? subjectsPerFile);
  const splits = openSplitsFile(join(out, 'metadata/subject_splits.parquet'));
  const leftOut: Record<LeftOut, number> = { NoBirthDate: 0, NoEvents: 0 };
  for (let after = 0, more = true; more; ) {
    const { subjects, events } = await page(context.service, tenant, after);
    const written: Disguise[] = [];
    for (const subject of subjects) {
      const own = disguise(subject.pseudonym);
      const end = asOfMs + own.storedDays * dayMs;
      const rows = medsRows(events.get(subject.subject_id) ?? [], end, own.offsetDays);
      if (typeof rows === 'string') {
        leftOut[rows] += 1;
        continue;
      }
      files.append(own.subjectId, rows);
      written.push(own);
    }
    splits.append(written);
    more = subjects.length === subjectsPerPage;
    after = subjects.at(-1)?.subject_id ?? after;
  }
  splits.finish();
  const { codes, rows, subjects } = files.finish();
  writeCodes(join(out, 'metadata/codes.parquet'), [...codes].sort());
  return { subjects, rows, leftOut };
}

/** A page, and the word in the audit log that it was read. */
function page(service: Database, tenant: Tenant, after: number) {
  return service.inTenant(tenant.tenant_id, async (session) => {
    const found = await exportPage(session, after, subjectsPerPage);
    const subjects = found.subjects.map(({ subject_id }) => subject_id);
    if (subjects.length > 0) {
      await writeAudit(session, { kind: 'export', actor, outcome: 'Allowed', subjects, n: subjects.length });
    }
    return found;
  });
}

function createFiles(out: string, perFile: number) {
  const codes = new Set<string>();
  let file: DataFile | undefined;
  let subjects = 0;
  let rowCount = 0;
  return {
    append: (subjectId: bigint, rows: Parameters<DataFile['append']>[1]): void => {
      if (subjects % perFile === 0) {
        file?.finish();
        file = openDataFile(join(out, `data/${subjects / perFile}.parquet`));
      }
      file?.append(subjectId, rows);
      subjects += 1;
      rowCount += rows.length;
      for (const row of rows) codes.add(row.code);
    },
    finish: () => {
      file?.finish();
      return { codes, rows: rowCount, subjects };
    },
  };
}

function writeDataset(out: string): void {
  const dataset = {
    dataset_name: 'twinward-export',
    dataset_version: '1',
    etl_name: 'twins export',
    etl_version: '1',
    meds_version: '0.4.0',
    created_at: new Date().toISOString(),
    other_extension_columns: ['unit'],
  };
  writeFileSync(join(out, 'metadata/dataset.json'), `${JSON.stringify(dataset, null, 2)}\n`);
}
