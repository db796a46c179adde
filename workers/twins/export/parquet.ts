// Parquet files, written group by group: what is in memory is one group of rows, and two numbers per group written.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { MedsRow } from './rows.ts';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const rowsPerGroup = 100_000;

const dataSchema: SchemaElement[] = [
  { name: 'root', num_children: 5 },
  { name: 'subject_id', type: 'INT64', repetition_type: 'REQUIRED' },
  {
    name: 'time',
    type: 'INT64',
    repetition_type: 'OPTIONAL',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' },
  },
  text('code', 'REQUIRED'),
  { name: 'numeric_value', type: 'FLOAT', repetition_type: 'OPTIONAL' },
  text('unit', 'OPTIONAL'),
];

function text(name: string, repetition: 'REQUIRED' | 'OPTIONAL'): SchemaElement {
  return { name, type: 'BYTE_ARRAY', repetition_type: repetition, converted_type: 'UTF8' };
}

/** An open data file. */
export interface DataFile {
  /** Takes the rows of one subject. */
  append(subjectId: bigint, rows: readonly MedsRow[]): void;
  /** Writes what is left, and the footer. */
  finish(): void;
}

interface Columns {
  readonly subject: bigint[];
  readonly time: (bigint | undefined)[];
  readonly code: string[];
  readonly value: (number | undefined)[];
  readonly unit: (string | undefined)[];
}

const emptyColumns = (): Columns => ({ subject: [], time: [], code: [], value: [], unit: [] });

/** Opens a MEDS data file. */
export function openDataFile(path: string): DataFile {
  mkdirSync(dirname(path), { recursive: true });
  const writer = new ParquetWriter({ writer: fileWriter(path), schema: dataSchema, statistics: false });
  let columns = emptyColumns();
  const flush = (): void => {
    if (columns.code.length > 0) void writer.write({ columnData: columnData(columns) });
    columns = emptyColumns();
  };
  return {
    append: (subjectId, rows) => {
      for (const row of rows) addRow(columns, subjectId, row);
      if (columns.code.length >= rowsPerGroup) flush();
    },
    finish: () => {
      flush();
      void writer.finish();
    },
  };
}

function addRow(columns: Columns, subjectId: bigint, row: MedsRow): void {
  columns.subject.push(subjectId);
  columns.time.push(row.timeMs === undefined ? undefined : BigInt(Math.round(row.timeMs * 1_000)));
  columns.code.push(row.code);
  columns.value.push(row.value);
  columns.unit.push(row.unit);
}

function columnData({ subject, time, code, value, unit }: Columns) {
  return [
    { name: 'subject_id', data: subject },
    { name: 'time', data: time },
    { name: 'code', data: code },
    { name: 'numeric_value', data: value },
    { name: 'unit', data: unit },
  ];
}

/** Writes `metadata/codes.parquet`: every code that the data hold. The store keeps no texts of codes. */
export function writeCodes(path: string, codes: readonly string[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const schema = [
    { name: 'root', num_children: 2 },
    text('code', 'REQUIRED'),
    text('description', 'OPTIONAL'),
  ];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema });
  const columns = [
    { name: 'code', data: [...codes] },
    { name: 'description', data: codes.map(() => undefined) },
  ];
  void writer.write({ columnData: columns });
  void writer.finish();
}

/** A `metadata/subject_splits.parquet` that is open. */
export interface SplitsFile {
  append(subjects: readonly { readonly subjectId: bigint; readonly split: string }[]): void;
  finish(): void;
}

/** Opens `metadata/subject_splits.parquet`. */
export function openSplitsFile(path: string): SplitsFile {
  mkdirSync(dirname(path), { recursive: true });
  const id: SchemaElement = { name: 'subject_id', type: 'INT64', repetition_type: 'REQUIRED' };
  const schema = [{ name: 'root', num_children: 2 }, id, text('split', 'REQUIRED')];
  const writer = new ParquetWriter({ writer: fileWriter(path), schema });
  return {
    append: (subjects) => {
      if (subjects.length === 0) return;
      const columns = [
        { name: 'subject_id', data: subjects.map(({ subjectId }) => subjectId) },
        { name: 'split', data: subjects.map(({ split }) => split) },
      ];
      void writer.write({ columnData: columns });
    },
    finish: () => void writer.finish(),
  };
}
