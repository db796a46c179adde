// Pure: the spec of the store-only twins that a source with enrolment All makes.
import { createHash } from 'node:crypto';
import type { StoredSourceSpec } from '../store/sources.ts';
import type { StoredTwinSpec } from '../store/twins.ts';

/** The template of a source as a twin's spec, with its hash. */
export function templateOf(source: StoredSourceSpec): {
  readonly spec: StoredTwinSpec;
  readonly specHash: string;
} {
  const spec: StoredTwinSpec = {
    sources: [],
    models: source.templateModels,
    outcomes: source.templateOutcomes,
    updateMode: 'OnData',
    debounceSeconds: null,
    cron: '',
    timeZone: '',
    deletionPolicy: 'Retain',
  };
  return { spec, specHash: createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 32) };
}
