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

/** The fields of a line of CSV (RFC 4180 without line breaks in fields); undefined when quotes do not match. */
export function readCsvLine(line: string): readonly string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const field = line[at] === '"' ? quotedField(line, at) : plainField(line, at);
    if (field === undefined) return undefined;
    fields.push(field.text);
    if (field.end === line.length) return fields;
    if (line[field.end] !== ',') return undefined;
    at = field.end + 1;
  }
}

interface Field {
  readonly text: string;
  /** Where the comma behind it stands, or the length of the line. */
  readonly end: number;
}

function plainField(line: string, from: number): Field | undefined {
  const comma = line.indexOf(',', from);
  const end = comma < 0 ? line.length : comma;
  const text = line.slice(from, end);
  return text.includes('"') ? undefined : { text, end };
}

function quotedField(line: string, from: number): Field | undefined {
  let quote = line.indexOf('"', from + 1);
  while (quote >= 0 && line[quote + 1] === '"') quote = line.indexOf('"', quote + 2);
  if (quote < 0) return undefined;
  return { text: line.slice(from + 1, quote).replaceAll('""', '"'), end: quote + 1 };
}
