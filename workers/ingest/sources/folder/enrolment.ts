// enrolment.csv binds handles to identifiers: handle,system,value with a header line. It comes beside the data when the
// feed's own Patient resources do not carry the handle.
import { createHash } from 'node:crypto';
import { isHandle } from '#crds/patient-twin/handle.ts';
import type { NormalisedRecord, Outcome } from '../../fhir/record.ts';
import { RejectReason } from '../../reasons.ts';

/** Type of the records that a line of enrolment.csv becomes. */
export const ENROLMENT_TYPE = 'Enrolment';

const HEADER = ['handle', 'system', 'value'];

/** Whether the line is the header, which gives no record. */
export function isEnrolmentHeader(line: string): boolean {
  const fields = readCsvLine(line) ?? [];
  return fields.map((field) => field.trim().toLowerCase()).join() === HEADER.join();
}

/** The record of a line of enrolment.csv. `modifiedAt`: the file's modification time, milliseconds since the epoch. */
export function enrolmentRecord(line: Buffer, modifiedAt: number): Outcome {
  const fields = readCsvLine(line.toString().replace(/\r$/, ''))?.map((field) => field.trim());
  const [handle = '', system = '', value = ''] = fields ?? [];
  if (fields?.length !== 3 || system === '' || value === '') return rejected(RejectReason.malformedCsv);
  if (!isHandle(handle)) return rejected(RejectReason.invalidHandle);
  const record: NormalisedRecord = {
    type: ENROLMENT_TYPE,
    id: handle,
    patientId: `${system}|${value}`,
    version: '',
    sourceOrder: Math.trunc(modifiedAt),
    contentHash: createHash('sha256')
      .update(JSON.stringify([handle, system, value]))
      .digest(),
    raw: line,
    deleted: false,
    events: [],
    person: { identifiers: [{ system, value }], handle, sex: 'SEX_UNSPECIFIED', birthDate: '', deceased: '' },
  };
  return { kind: 'record', record, leftOut: { uncoded: 0, undated: 0, gap: 0, fold: 0 } };
}

function rejected(reason: RejectReason): Outcome {
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
