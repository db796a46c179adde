// enrolment.csv binds handles to identifiers: handle,system,value with a header line. It comes beside the data when the
// feed's own Patient resources do not carry the handle. Its lines are no records: they say which handle a Patient has.
import { isHandle } from '#crds/patient-twin/handle.ts';
import { RejectReason } from '../../reasons.ts';

const HEADER = 'handle,system,value';

/** What a line of enrolment.csv says. */
export type EnrolmentLine =
  | { readonly kind: 'header' }
  | { readonly kind: 'binding'; readonly identifier: string; readonly handle: string }
  | { readonly kind: 'rejected'; readonly reason: RejectReason };

/** Reads one line. `known` are the bindings so far: an identifier has one handle. */
export function readEnrolmentLine(line: string, known: ReadonlyMap<string, string>): EnrolmentLine {
  const fields = readCsvLine(line.replace(/\r$/, ''))?.map((field) => field.trim());
  if (fields?.join().toLowerCase() === HEADER) return { kind: 'header' };
  const [handle = '', system = '', value = ''] = fields ?? [];
  if (fields?.length !== 3 || system === '' || value === '') return reject(RejectReason.malformedCsv);
  if (!isHandle(handle)) return reject(RejectReason.invalidHandle);
  const identifier = `${system}|${value}`;
  const other = known.get(identifier);
  if (other !== undefined && other !== handle) return reject(RejectReason.handleConflict);
  return { kind: 'binding', identifier, handle };
}

function reject(reason: RejectReason): EnrolmentLine {
  return { kind: 'rejected', reason };
}

const FIELD = /(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/y;

/** The fields of a line of CSV (RFC 4180 without line breaks in fields); undefined when quotes do not match. */
export function readCsvLine(line: string): readonly string[] | undefined {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  let end = 0;
  for (let match = FIELD.exec(line); match !== null; match = FIELD.exec(line)) {
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    end = FIELD.lastIndex;
    if (end >= line.length) break;
  }
  return end === line.length ? fields : undefined;
}
