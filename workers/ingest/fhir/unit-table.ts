import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { TerminalError } from '#runtime/errors.ts';
import type { UnitTable } from './unit.ts';

const tableSchema = z.record(
  z.string(),
  z.object({ canonical: z.string().min(1), accepted: z.array(z.string().min(1)) }),
);

/**
 * Reads the generated table LOINC → units. Absent = no measurement is checked. Throws TerminalError InvalidUnitTable
 * when the file is not of the shape that models/codes.yaml generates.
 */
export function readUnitTable(file: URL): UnitTable {
  if (!existsSync(file)) return new Map();
  const parsed = tableSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) {
    throw new TerminalError(
      'InvalidUnitTable',
      'workers/ingest/fhir/codes.gen.json does not map LOINC codes to {canonical, accepted}: run npm run generate',
    );
  }
  return new Map(
    Object.entries(parsed.data).map(([loinc, { canonical, accepted }]) => [loinc, [canonical, ...accepted]]),
  );
}
