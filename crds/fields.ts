import { z } from 'zod';
import { type CelRule, described } from './kind.ts';

interface TextForm {
  readonly description: string;
  /** Longest text in characters. */
  readonly max: number;
  /** RE2 expression that the whole text matches. */
  readonly pattern: string;
  /** What to write instead; follows the field's name in the message. */
  readonly remedy: string;
}

/** A string whose form is checked by the parser and, with a message for people, by the API server. */
export function formedText(form: TextForm): z.ZodString {
  const expression = new RegExp(form.pattern);
  const rule: CelRule = {
    rule: `self.matches('${form.pattern.replaceAll('\\', '\\\\')}')`,
    message: form.remedy,
  };
  return z
    .string()
    .max(form.max)
    .refine((text) => expression.test(text), form.remedy)
    .meta(described(form.description, rule));
}

/** A length of clinical time in ISO 8601 date units. */
export function isoDuration(field: string, description: string): z.ZodString {
  return formedText({
    description: `${description} ISO 8601 in years, months, weeks and days, such as P5Y or P30D; a year is 365.25 days.`,
    max: 24,
    pattern:
      '^P([0-9]{1,4}Y([0-9]{1,4}M)?([0-9]{1,4}W)?([0-9]{1,5}D)?|[0-9]{1,4}M([0-9]{1,4}W)?([0-9]{1,5}D)?|[0-9]{1,4}W([0-9]{1,5}D)?|[0-9]{1,5}D)$',
    remedy: `${field} must be an ISO 8601 duration of years, months, weeks and days: write for example P5Y, P18M or P30D`,
  });
}

/** An ISO 8601 duration longer than nothing. */
export function positiveIsoDuration(field: string, description: string): z.ZodString {
  return formedText({
    description: `${description} ISO 8601 in years, months, weeks and days, such as P5Y or P30D; a year is 365.25 days.`,
    max: 24,
    pattern:
      '^P(0{0,3}[1-9][0-9]{0,3}Y([0-9]{1,4}M)?([0-9]{1,4}W)?([0-9]{1,5}D)?|0{0,3}[1-9][0-9]{0,3}M([0-9]{1,4}W)?([0-9]{1,5}D)?|0{0,3}[1-9][0-9]{0,3}W([0-9]{1,5}D)?|0{0,4}[1-9][0-9]{0,4}D)$',
    remedy: `${field} must be an ISO 8601 duration longer than zero, of years, months, weeks and days: write for example P5Y, P18M or P30D`,
  });
}

/** A decimal number as text, so that no client rounds it. */
export function decimal(field: string, description: string): z.ZodString {
  return formedText({
    description: `${description} A decimal number as text.`,
    max: 32,
    pattern: '^-?[0-9]{1,15}([.][0-9]{1,15})?$',
    remedy: `${field} must be a decimal number in quotes: write for example "20" or "-0.5"`,
  });
}

/** Lower-case hex of a sha256. */
export function sha256(field: string, description: string): z.ZodString {
  return formedText({
    description,
    max: 64,
    pattern: '^[0-9a-f]{64}$',
    remedy: `${field} must be 64 lower-case hex digits: take the sha256 of the bundle's manifest.json`,
  });
}

/** Name of an outcome in a model's catalogue. */
export function outcomeName(field: string): z.ZodString {
  return formedText({
    description: "Name of an outcome in the model's catalogue, such as mi or stroke.",
    max: 63,
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    remedy: `${field} must be the name of an outcome in lower-case letters, digits and "-": see Describe of the model for its catalogue`,
  });
}

/** Name of an object in the same namespace. */
export function objectName(field: string, description: string): z.ZodString {
  return formedText({
    description,
    max: 253,
    pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
    remedy: `${field} must be the name of an object in this namespace: use lower-case letters, digits, "-" and "."`,
  });
}

/** Code system as a URI. */
export const codeSystem = formedText({
  description: 'Code system as a URI, such as http://snomed.info/sct.',
  max: 256,
  pattern: '^[A-Za-z][A-Za-z0-9+.-]*:[^ ]+$',
  remedy:
    'system must be the URI of a code system: write for example http://snomed.info/sct or http://www.whocc.no/atc',
});

/** Code in a code system. */
export const code = z.string().min(1).max(64).meta({ description: 'Code in that system.' });

/** When something recurs. */
export const schedule = z
  .object({
    cron: formedText({
      description: 'Cron expression of five fields: minute, hour, day of month, month, day of week.',
      max: 128,
      pattern: '^([-0-9A-Za-z*,/]+ ){4}[-0-9A-Za-z*,/]+$',
      remedy: 'schedule.cron must have five fields separated by one space: write for example "*/15 * * * *"',
    }),
    timeZone: timeZone('schedule.timeZone', 'Time zone of the cron expression.').default('Etc/UTC'),
  })
  .meta({ description: 'When it recurs.' });

/** Name of a time zone in the IANA database. */
export function timeZone(field: string, description: string): z.ZodString {
  return formedText({
    description: `${description} Name in the IANA database, such as Europe/Zurich.`,
    max: 64,
    pattern: '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$',
    remedy: `${field} must be a name of the IANA time zone database: write for example Etc/UTC or Europe/Zurich`,
  });
}

/** `spec.suspend` of every kind. */
export const suspend = z
  .boolean()
  .default(false)
  .meta({ description: 'While true nothing new is started for this object; what it has is kept.' });

/** A count that may pass 32 bits. */
export function count(description: string): z.ZodNumber {
  return z.int().min(0).meta({ description });
}

/** A moment of the infrastructure; never a date of care. */
export function timestamp(description: string): z.ZodString {
  return z.string().max(32).meta({ description, format: 'date-time' });
}
