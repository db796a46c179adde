import type { Coding, EventAction, Literal } from './clinical-event.ts';
import { type JsonObject, textIn } from './json.ts';
import type { BundleIndex } from './reference.ts';
import type { Units } from './unit.ts';

/** An event whose time is still the text of the source. */
export interface EventDraft {
  readonly coding: Coding | undefined;
  readonly action: EventAction;
  /** FHIR date, dateTime or instant; undefined = the source does not say when. */
  readonly at: string | undefined;
  /** A planned end: beyond the next year it is an "open end" and gives no event. */
  readonly mayBePlanned?: boolean;
  readonly value?:
    | { readonly kind: 'number'; readonly literal: Literal; readonly ucum: string }
    | { readonly kind: 'concept'; readonly concept: Coding };
}

/** What one resource says, before times are read. */
export interface Reading {
  /** Entered in error, cancelled, not done: its old events close, none open. */
  readonly deleted: boolean;
  readonly drafts: readonly EventDraft[];
  /** A value whose unit does not fit its code. */
  readonly unitMismatch?: boolean;
}

/** What readers of resources need beside the resource. */
export interface ReadingContext {
  readonly units: Units;
  readonly index: BundleIndex;
}

/** Reads one resource type. Pure. */
export type ResourceReader = (resource: JsonObject, context: ReadingContext) => Reading;

/** A resource that says nothing. */
export const NOTHING: Reading = { deleted: false, drafts: [] };
/** A resource that takes back what it said before. */
export const DELETED: Reading = { deleted: true, drafts: [] };

/** The events of a resource. */
export function saying(...drafts: readonly EventDraft[]): Reading {
  return { deleted: false, drafts };
}

/** The start of `<name>DateTime` or `<name>Period` (or `<name>Instant`). */
export function startOf(resource: JsonObject, name: string): string | undefined {
  return (
    textIn(resource, `${name}DateTime`) ??
    textIn(resource, `${name}Instant`) ??
    textIn(resource[`${name}Period`], 'start')
  );
}

/** The end of `<name>Period`. */
export function endOf(resource: JsonObject, name: string): string | undefined {
  return textIn(resource[`${name}Period`], 'end');
}
