// Pure: what a record from a source means for the store.
import type { RecordEvent__Output } from '#proto/gen/twinward/v1/RecordEvent.ts';
import type { SourceRecord__Output } from '#proto/gen/twinward/v1/SourceRecord.ts';

/** System of the facts about a person that enter the event table: birth, sex, death. */
export const personSystem = 'https://twinward.io/person';

/** System of interned units. */
export const unitSystem = 'http://unitsofmeasure.org';

const actionNumbers: Readonly<Record<string, number>> = {
  ACTION_UNSPECIFIED: 0,
  ACTION_OCCUR: 1,
  ACTION_RESOLVE: 2,
  ACTION_START: 3,
  ACTION_STOP: 4,
  ACTION_MEASURE: 5,
  ACTION_SET: 6,
};

/** Actions by their stored number. */
export const actionNames = [
  'ACTION_UNSPECIFIED',
  'ACTION_OCCUR',
  'ACTION_RESOLVE',
  'ACTION_START',
  'ACTION_STOP',
  'ACTION_MEASURE',
  'ACTION_SET',
] as const;

/** An event before its codes are interned and its subject is known. */
export interface DraftEvent {
  readonly system: string;
  readonly code: string;
  readonly ucum: string | null;
  readonly action: number;
  readonly time: Date;
  readonly precision: string;
  readonly offsetMinutes: number | null;
  readonly number: number | null;
  readonly numberText: string | null;
  readonly concept: string | null;
}

const longestText = 512;
const firstYear = 1850;
const lastYear = 2200;
const precisions = ['year', 'month', 'day', 'second'];

/** The events that a record opens; none for a deleted one. A string is the reason why the record is refused. */
export function draftEvents(record: SourceRecord__Output): readonly DraftEvent[] | string {
  if (!isComplete(record)) return 'MALFORMED_RECORD';
  if (record.deleted) return [];
  const drafts = record.events.map(draftEvent);
  const failure = drafts.find((draft) => typeof draft === 'string');
  if (failure !== undefined) return failure;
  const events = drafts.filter((draft) => typeof draft !== 'string');
  const person = personEvents(record);
  return typeof person === 'string' ? person : [...person, ...events];
}

function isComplete({ contentHash, id, type, version }: SourceRecord__Output): boolean {
  return id !== '' && type !== '' && contentHash.length > 0 && [type, id, version].every(isPlain);
}

/** Texts that the store can hold and index. */
function isPlain(text: string): boolean {
  return text.length <= longestText && !text.includes('\0');
}

function draftEvent(event: RecordEvent__Output): DraftEvent | string {
  const time = new Date(event.time);
  const fault = faultOf(event, time);
  if (fault !== undefined) return fault;
  return {
    system: event.system,
    code: event.code,
    ucum: orNull(event.ucum),
    action: actionNumbers[event.action] ?? 0,
    time,
    precision: precisions.includes(event.precision) ? event.precision : 'second',
    offsetMinutes: event.offsetMinutes ?? null,
    number: event.value === 'number' ? (event.number ?? null) : null,
    numberText: orNull(event.numberText),
    concept: event.value === 'concept' ? (event.concept ?? null) : null,
  };
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}

function faultOf(event: RecordEvent__Output, time: Date): string | undefined {
  if (!isPossible(time)) return 'IMPOSSIBLE_DATE';
  const texts = [event.system, event.code, event.concept ?? '', event.numberText, event.ucum];
  if (event.system === '' || event.code === '' || !texts.every(isPlain)) return 'MALFORMED_RECORD';
  const finite = event.value !== 'number' || Number.isFinite(event.number);
  return finite ? undefined : 'NOT_A_NUMBER';
}

/** A time that a living or dead patient can have. */
function isPossible(time: Date): boolean {
  const year = time.getUTCFullYear();
  return year >= firstYear && year <= lastYear;
}

/** Facts about the person, as events, so that every revision can be read back exactly. */
function personEvents(record: SourceRecord__Output): readonly DraftEvent[] | string {
  if (record.person === null) return [];
  const { birthDate, deceased, sex } = record.person;
  const birth = partialDate(birthDate);
  const death = partialDate(deceased);
  if (birth === 'bad' || death === 'bad') return 'IMPOSSIBLE_DATE';
  const facts: DraftEvent[] = [];
  if (birth !== undefined) facts.push(fact('birth', birth, null));
  if (sex === 'SEX_FEMALE' || sex === 'SEX_MALE') {
    facts.push(fact('sex', birth ?? { time: new Date(0), precision: 'year' }, sex));
  }
  if (death !== undefined) facts.push(fact('death', death, null));
  return facts;
}

interface Moment {
  readonly time: Date;
  readonly precision: string;
}

function fact(code: string, moment: Moment, concept: string | null): DraftEvent {
  return {
    system: personSystem,
    code,
    ucum: null,
    action: 1,
    time: moment.time,
    precision: moment.precision,
    offsetMinutes: null,
    number: null,
    numberText: null,
    concept,
  };
}

/** YYYY, YYYY-MM, YYYY-MM-DD or RFC 3339; a missing part becomes the middle of what is known. */
function partialDate(text: string): Moment | undefined | 'bad' {
  if (text === '') return undefined;
  const shapes = [
    { shape: /^\d{4}$/, rest: '-07-01T00:00:00Z', precision: 'year' },
    { shape: /^\d{4}-\d\d$/, rest: '-15T00:00:00Z', precision: 'month' },
    { shape: /^\d{4}-\d\d-\d\d$/, rest: 'T00:00:00Z', precision: 'day' },
  ];
  const form = shapes.find(({ shape }) => shape.test(text));
  const time = new Date(`${text}${form?.rest ?? ''}`);
  if (!isPossible(time)) return 'bad';
  const sameDay = form?.precision !== 'day' || time.toISOString().startsWith(text);
  return sameDay ? { time, precision: form?.precision ?? 'second' } : 'bad';
}

/** What the stored head of a record says about the incoming one. */
export type Comparison = 'new' | 'changed' | 'unchanged' | 'newer-same';

/** Compares with the head only: an older or equal record is unchanged; equal content with a later order as well. */
export function compareWithHead(
  record: Pick<SourceRecord__Output, 'contentHash' | 'sourceOrder'>,
  head: { readonly content_hash: Buffer; readonly source_order: number } | undefined,
): Comparison {
  if (head === undefined) return 'new';
  const order = Number(record.sourceOrder);
  if (head.content_hash.equals(record.contentHash))
    return order > head.source_order ? 'newer-same' : 'unchanged';
  return order < head.source_order ? 'unchanged' : 'changed';
}
