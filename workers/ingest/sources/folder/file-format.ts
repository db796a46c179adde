/** How a file is read. */
export interface FileFormat {
  readonly content: 'document' | 'lines' | 'enrolment';
  /** Whether the name says that it is gzip. */
  readonly gzip: boolean;
}

/** The format of a file by its name; undefined = not ours: it is passed over. Hidden files are never ours. */
export function formatOf(path: string): FileFormat | undefined {
  if (path.split('/').some((part) => part.startsWith('.'))) return undefined;
  const name = (path.split('/').at(-1) ?? '').toLowerCase();
  const gzip = name.endsWith('.gz');
  const plain = gzip ? name.slice(0, -3) : name;
  if (plain === 'enrolment.csv') return { content: 'enrolment', gzip };
  if (plain.endsWith('.ndjson')) return { content: 'lines', gzip };
  return plain.endsWith('.json') ? { content: 'document', gzip } : undefined;
}
