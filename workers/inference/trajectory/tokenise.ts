// Coded history → instants: which vocabulary indices light up when, and what holds afterwards. One instant is a day of
// age. Refills are not starts: a drug that is on already says nothing new.
import type { Vocabulary, VocabularyEntry } from '../bundle/vocabulary.ts';
import { packLists } from './model.ts';
import { DAYS_PER_YEAR, type HistoryPlan } from './plan.ts';

/** Sex as the model knows it. */
export type Sex = 'female' | 'male';

/** What may be done in a history. */
export type HistoryAction = 'OCCUR' | 'RESOLVE' | 'START' | 'STOP' | 'MEASURE';

/** One event of a history. */
export interface HistoryEvent {
  readonly system: string;
  readonly code: string;
  /** Days from the index, <= 0. */
  readonly offsetDays: number;
  readonly action: HistoryAction;
  readonly number: number | undefined;
  /** "system|code". */
  readonly concept: string | undefined;
  readonly ucum: string;
}

/** How many events entered the model, are ignored on purpose, are unknown, or have a unit that does not fit. */
export interface CoverageCounts {
  mapped: number;
  ignored: number;
  unmapped: number;
  badUnit: number;
}

/** Classes of codes that coverage is counted by. */
export const COVERAGE_KINDS = ['condition', 'drug', 'measurement', 'procedure', 'other'] as const;
/** One of COVERAGE_KINDS. */
export type CoverageKind = (typeof COVERAGE_KINDS)[number];

type Status = keyof CoverageCounts;

// Rank of kinds at one time: stops before starts, as training has it.
const Rank = { Stop: 0, Bin: 1, Set: 2, Start: 3 } as const;

interface Token {
  /** Position of its event in the history. */
  readonly position: number;
  readonly offsetDays: number;
  readonly rank: number;
  readonly index: number;
  /** Says nothing new while its index holds. */
  readonly once: boolean;
  /** Indices that stop holding; for a stop, the one that must hold. */
  readonly clears: readonly number[];
}

/** What became of a history. */
export interface Tokenised {
  readonly coverage: CoverageCounts;
  readonly byKind: ReadonlyMap<CoverageKind, CoverageCounts>;
  /** Distinct "system|code", sorted. */
  readonly unmapped: readonly string[];
  readonly tokens: readonly Token[];
}

/** A vocabulary indexed by code. */
export interface Lexicon {
  readonly vocabulary: Vocabulary;
  readonly entries: ReadonlyMap<string, readonly VocabularyEntry[]>;
  readonly ignored: ReadonlySet<string>;
}

/** Indexes a vocabulary by code; a code of two drugs is a combination product. */
export function buildLexicon(vocabulary: Vocabulary): Lexicon {
  const entries = new Map<string, VocabularyEntry[]>();
  for (const entry of vocabulary.entries) {
    for (const { system, code } of entry.codes) {
      const key = `${system}|${code}`;
      entries.set(key, [...(entries.get(key) ?? []), entry]);
    }
  }
  return {
    vocabulary,
    entries,
    ignored: new Set(vocabulary.ignored.map(({ system, code }) => `${system}|${code}`)),
  };
}

/** Maps every event of a history to tokens and counts what it could not map. */
export function tokenise(lexicon: Lexicon, history: readonly HistoryEvent[]): Tokenised {
  const tokens: Token[] = [];
  const unmapped = new Set<string>();
  const byKind = new Map<CoverageKind, CoverageCounts>();
  const coverage = noCoverage();
  for (const [position, event] of history.entries()) {
    const key = `${event.system}|${event.code}`;
    const entries = lexicon.entries.get(key) ?? [];
    let status: Status = lexicon.ignored.has(key) ? 'ignored' : 'unmapped';
    for (const entry of entries) status = tokeniseEvent(entry, event, position, tokens);
    if (status === 'unmapped') unmapped.add(key);
    const kind = kindOf(entries[0], event);
    const counts = byKind.get(kind) ?? noCoverage();
    byKind.set(kind, counts);
    coverage[status] += 1;
    counts[status] += 1;
  }
  return { coverage, byKind, unmapped: [...unmapped].sort(), tokens };
}

/** Share of events that are mapped or ignored on purpose, 0 to 1; 1 for an empty history. */
export function coveredShare({ mapped, ignored, unmapped, badUnit }: CoverageCounts): number {
  const total = mapped + ignored + unmapped + badUnit;
  return total === 0 ? 1 : (mapped + ignored) / total;
}

function noCoverage(): CoverageCounts {
  return { mapped: 0, ignored: 0, unmapped: 0, badUnit: 0 };
}

function kindOf(entry: VocabularyEntry | undefined, event: HistoryEvent): CoverageKind {
  if (entry !== undefined) return kindOfEntry(entry);
  if (event.action === 'MEASURE') return 'measurement';
  if (event.action === 'START' || event.action === 'STOP') return 'drug';
  return event.action === 'RESOLVE' ? 'condition' : 'other';
}

function kindOfEntry({ kind }: VocabularyEntry): CoverageKind {
  if (kind === 'condition' || kind === 'context') return 'condition';
  if (kind === 'lifestyle') return 'measurement';
  return kind === 'drug' || kind === 'measurement' || kind === 'procedure' ? kind : 'other';
}

function tokeniseEvent(
  entry: VocabularyEntry,
  event: HistoryEvent,
  position: number,
  tokens: Token[],
): Status {
  if (entry.effect === 'bin') return tokeniseValue(entry, event, position, tokens);
  if (entry.index === undefined) return 'mapped';
  const at = { position, offsetDays: event.offsetDays };
  const ends = event.action === 'STOP' || event.action === 'RESOLVE';
  if (entry.stopIndex !== undefined && ends) {
    tokens.push({ ...at, rank: Rank.Stop, index: entry.stopIndex, once: false, clears: [entry.index] });
  } else if (entry.stopIndex !== undefined) {
    tokens.push({ ...at, rank: Rank.Start, index: entry.index, once: true, clears: [] });
  } else if (!ends) {
    const once = entry.hazard === 'once';
    tokens.push({ ...at, rank: Rank.Set, index: entry.index, once, clears: [] });
  }
  return 'mapped';
}

function tokeniseValue(
  entry: VocabularyEntry,
  event: HistoryEvent,
  position: number,
  tokens: Token[],
): Status {
  const index = event.action === 'MEASURE' ? indexOfValue(entry, event) : 'ignored';
  if (typeof index !== 'number') return index;
  const clears = entry.measure?.indices ?? (entry.concepts ?? []).map((concept) => concept.index);
  tokens.push({ position, offsetDays: event.offsetDays, rank: Rank.Bin, index, once: false, clears });
  return 'mapped';
}

function indexOfValue(entry: VocabularyEntry, event: HistoryEvent): number | Status {
  const { concept, number } = event;
  if (concept !== undefined) {
    const isMeant = ({ system, code }: { system: string; code: string }): boolean =>
      `${system}|${code}` === concept;
    return (entry.concepts ?? []).find(({ codes }) => codes.some(isMeant))?.index ?? 'unmapped';
  }
  const { measure } = entry;
  if (number === undefined || measure === undefined) return 'ignored';
  const value = canonicalValue(measure, number, event.ucum);
  if (value === undefined) return 'badUnit';
  return measure.indices[measure.edges.filter((edge) => value >= edge).length] ?? 'badUnit';
}

/** Value in the canonical unit; undefined when the unit is not accepted or the value cannot be real. */
export function canonicalValue(
  measure: NonNullable<VocabularyEntry['measure']>,
  number: number,
  ucum: string,
): number | undefined {
  const unit = measure.units.find((accepted) => accepted.ucum === ucum);
  if (unit === undefined) return undefined;
  const value = number * unit.factor + unit.offset;
  return value >= measure.plausible[0] && value <= measure.plausible[1] ? value : undefined;
}

/** An index that lit up, and the position of the event of the history that lit it. */
export interface Source {
  readonly index: number;
  readonly position: number;
}

/** One instant: offset of its last token, indices that light up, and what holds afterwards, all ascending. */
export interface Instant {
  readonly offsetDays: number;
  readonly now: readonly number[];
  readonly bag: readonly number[];
  /** In the order of the tokens. */
  readonly sources: readonly Source[];
}

/** Folds tokens in time order into instants, one per day of age. */
export function instantsOf(
  tokens: readonly Token[],
  ageAtIndexDays: number,
  initialBag: readonly number[],
): readonly Instant[] {
  const ordered = tokens.toSorted(
    (one, other) => one.offsetDays - other.offsetDays || one.rank - other.rank || one.index - other.index,
  );
  const bag = new Set(initialBag);
  const days: (Omit<Instant, 'now'> & { readonly day: number; readonly now: ReadonlySet<number> })[] = [];
  for (const token of ordered) {
    if (!apply(bag, token)) continue;
    const { index, position, offsetDays } = token;
    const day = Math.floor(ageAtIndexDays + offsetDays + 1e-6);
    const last = days.at(-1)?.day === day ? days.pop() : undefined;
    const now = new Set([...(last?.now ?? []), index]);
    const sources = [...(last?.sources ?? []), { index, position }];
    days.push({ day, offsetDays, now, sources, bag: ascending(bag) });
  }
  return days.map(({ offsetDays, now, sources, bag: holds }) => ({
    ...{ offsetDays, sources },
    now: ascending(now),
    bag: holds,
  }));
}

function ascending(indices: Iterable<number>): readonly number[] {
  return [...indices].sort((one, other) => one - other);
}

/** Applies a token to the bag. False when it says nothing new, so that it lights nothing. */
function apply(bag: Set<number>, token: Token): boolean {
  if (token.rank === Rank.Stop) return token.clears.map((index) => bag.delete(index)).includes(true);
  for (const index of token.clears) bag.delete(index);
  if (token.once && bag.has(token.index)) return false;
  bag.add(token.index);
  return true;
}

/** The instants in the form of the fold: what lights, what is set and what is cleared at each. */
export function historyPlan(instants: readonly Instant[], initialBag: readonly number[]): HistoryPlan {
  const before = [initialBag, ...instants.map(({ bag }) => bag)];
  const without = (bag: readonly number[], other: readonly number[]): readonly number[] => {
    const removed = new Set(other);
    return bag.filter((index) => !removed.has(index));
  };
  return {
    years: Float64Array.from(instants, ({ offsetDays }) => offsetDays / DAYS_PER_YEAR),
    now: packLists(instants.map(({ now }) => now)),
    set: packLists(instants.map(({ bag }, at) => without(bag, before[at] ?? []))),
    clear: packLists(instants.map(({ bag }, at) => without(before[at] ?? [], bag))),
    initialBag,
  };
}
