import type { Intervention } from '#proto/gen/twinward/v1/Intervention.ts';
import { toDays, tryParseDuration } from '#runtime/duration.ts';
import { usageError } from './failure.ts';

const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['rxnorm', 'http://www.nlm.nih.gov/research/umls/rxnorm'],
  ['atc', 'http://www.whocc.no/atc'],
  ['snomed', 'http://snomed.info/sct'],
  ['loinc', 'http://loinc.org'],
  ['icd10', 'http://hl7.org/fhir/sid/icd-10'],
  ['icd10cm', 'http://hl7.org/fhir/sid/icd-10-cm'],
]);

const WITH_OFFSET = /^(.+?)(?:@(P[0-9A-Z.]+))?$/;

/** Reads `SYSTEM|CODE` with an optional `@P1Y`. Throws PluginError Usage. */
export function readCourse(text: string, flag: 'start' | 'stop'): Intervention {
  const { body, atDays } = withOffset(text, flag);
  return { ...readCode(body, flag), action: flag === 'start' ? 'ACTION_START' : 'ACTION_STOP', atDays };
}

/** Reads `SYSTEM|CODE=NUMBER UNIT` with an optional `@P1Y`. Throws PluginError Usage. */
export function readSetting(text: string): Intervention {
  const { body, atDays } = withOffset(text, 'set');
  const [, code = '', number = '', ucum = ''] = /^(.+?)=(-?\d+(?:\.\d+)?)(?:\s+(\S+))?$/.exec(body) ?? [];
  if (code === '')
    throw usageError('--set must be "SYSTEM|CODE=NUMBER UNIT", such as "loinc|8480-6=120 mm[Hg]"');
  const value = { value: 'number', number: Number(number), ucum } as const;
  return { ...readCode(code, 'set'), action: 'ACTION_SET', atDays, ...value };
}

function withOffset(text: string, flag: string): { readonly body: string; readonly atDays: number } {
  const [, body = '', after] = WITH_OFFSET.exec(text) ?? [];
  if (after === undefined) return { body, atDays: 0 };
  return { body, atDays: durationDays(after, flag) };
}

function readCode(text: string, flag: string): { readonly system: string; readonly code: string } {
  const bar = text.lastIndexOf('|');
  const system = text.slice(0, Math.max(bar, 0));
  const code = text.slice(bar + 1);
  const known = SYSTEMS.get(system) ?? system;
  if (!/^(?:https?:|urn:)/.test(known) || code === '') {
    throw usageError(`--${flag} must name a code as SYSTEM|CODE, such as rxnorm|314231`);
  }
  return { system: known, code };
}

/** An ISO 8601 duration in days; a year is 365.25 days. Throws PluginError Usage. */
export function durationDays(text: string, flag: string): number {
  const duration = tryParseDuration(text);
  if (duration === undefined) throw usageError(`--${flag} must be an ISO 8601 duration such as P5Y or P30D`);
  return toDays(duration);
}
