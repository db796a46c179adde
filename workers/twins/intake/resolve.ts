// Finds or makes the subject of every patient record in a round, and refuses what may not be stored.

import type { Minting } from '../ports.ts';
import { lockNames } from '../store/locks.ts';
import {
  addRecords,
  moveRecord,
  type RecordRow,
  readEnrolments,
  readRecords,
  readSuppressed,
  recordsInSource,
  suppress,
} from '../store/persons.ts';
import {
  addSubjects,
  bindHandle,
  type NewSubject,
  readSubjects,
  type Subject,
  subjectsByHandle,
} from '../store/subjects.ts';
import type { BatchContext } from './batch.ts';
import { type Binding, type BindingQuestion, type BoundSubject, decideBinding } from './binding.ts';
import { blindHandle, type Prepared, type RefusedItem, refusal, refusalWithoutContent } from './prepare.ts';

/** A record that moves between subjects. */
export interface Move {
  readonly record: RecordRow;
  readonly to: number;
}

/** The outcome of a round's resolution. */
export interface Resolved {
  readonly items: readonly Prepared[];
  readonly refused: readonly RefusedItem[];
  /** Records by blind name. */
  readonly records: ReadonlyMap<string, RecordRow>;
  readonly moves: readonly Move[];
  readonly named: readonly number[];
}

interface Question {
  readonly blind: string;
  readonly handle: string | undefined;
}

/** Resolves the patients of a round. */
export async function resolveSubjects(context: BatchContext, round: readonly Prepared[]): Promise<Resolved> {
  const { kept, refused } = await refuseSuppressed(context, round);
  await lockNames(context.session, namesOf(kept));
  const blinds = [...new Set(kept.flatMap((item) => item.recordBlind ?? []))].sort();
  const known = new Map(
    (await readRecords(context.session, context.source.source_id, blinds)).map((row) => [row.blind, row]),
  );
  const questions = await askHandles(context, kept, blinds);
  const bindings = await decide(context, questions, known);
  const conflicts = new Map<string, string>();
  for (const [blind, binding] of bindings) {
    if (binding.act === 'conflict') conflicts.set(blind, binding.handle);
  }
  const made = await makeRecords(context, bindings, known);
  const changed = await applyBindings(context, bindings, known);
  const records = new Map([...known, ...made, ...changed.moved]);
  const isConflict = (item: Prepared): boolean =>
    item.record.person !== null && conflicts.has(item.recordBlind ?? '');
  return {
    items: kept.filter((item) => !isConflict(item)),
    refused: [
      ...refused,
      ...kept.filter(isConflict).map((item) => {
        const record = records.get(item.recordBlind ?? '')?.record_id ?? null;
        return refusal(
          item.resourceKey,
          'HANDLE_CONFLICT',
          item.record,
          conflicts.get(item.recordBlind ?? '') ?? null,
          record,
        );
      }),
    ],
    records,
    moves: changed.moves,
    named: changed.named,
  };
}

/** Names that twins and enrolments may bind at the same time. */
function namesOf(items: readonly Prepared[]): readonly string[] {
  return items
    .flatMap((item) => [item.handle, ...item.identifiers.map((identifier) => identifier.blind)])
    .filter((name) => name !== '');
}

/** Erased subjects do not come back: their patient id, identifiers and handle are known by blind name. */
async function refuseSuppressed(
  context: BatchContext,
  round: readonly Prepared[],
): Promise<{ readonly kept: readonly Prepared[]; readonly refused: readonly RefusedItem[] }> {
  const key = context.tenantKeys.blind;
  const blindNames = (item: Prepared): readonly string[] => [
    ...item.identifiers.map((identifier) => identifier.blind),
    ...(item.handle === '' ? [] : [blindHandle(key, item.handle)]),
  ];
  const blinds = round.flatMap((item) => [
    ...(item.recordBlind === undefined ? [] : [item.recordBlind]),
    ...blindNames(item),
  ]);
  const suppressed = await readSuppressed(context.session, [...new Set(blinds)]);
  if (suppressed.size === 0) return { kept: round, refused: [] };
  const isNamed = (item: Prepared): boolean =>
    blindNames(item).some((name) => suppressed.has(`identifier|${name}`) || suppressed.has(`handle|${name}`));
  const byPerson = new Set(round.filter(isNamed).flatMap((item) => item.recordBlind ?? []));
  await suppress(
    context.session,
    [...byPerson].map((blind) => ({ kind: 'record', blind })),
  );
  const isRefused = ({ recordBlind }: Prepared): boolean =>
    recordBlind !== undefined && (byPerson.has(recordBlind) || suppressed.has(`record|${recordBlind}`));
  return {
    kept: round.filter((item) => !isRefused(item)),
    refused: round
      .filter(isRefused)
      .map((item) => refusalWithoutContent(item.resourceKey, 'SUBJECT_SUPPRESSED', item.record)),
  };
}

/** The handle that each patient of the round is named by, from the feed or from an enrolment. */
async function askHandles(
  context: BatchContext,
  items: readonly Prepared[],
  blinds: readonly string[],
): Promise<readonly Question[]> {
  const identifiers = items.flatMap((item) => item.identifiers.map((identifier) => identifier.blind));
  const enrolled =
    identifiers.length === 0 ? new Map<string, string>() : await readEnrolments(context.session, identifiers);
  const handles = new Map<string, string>();
  for (const item of items) {
    if (item.recordBlind === undefined) continue;
    const byPerson = item.identifiers.flatMap((identifier) => enrolled.get(identifier.blind) ?? [])[0];
    const handle = item.handle === '' ? byPerson : item.handle;
    if (handle !== undefined) handles.set(item.recordBlind, handle);
  }
  return blinds.map((blind) => ({ blind, handle: handles.get(blind) }));
}

async function decide(
  context: BatchContext,
  questions: readonly Question[],
  known: ReadonlyMap<string, RecordRow>,
): Promise<ReadonlyMap<string, Binding>> {
  const { session, source } = context;
  const current = await readSubjects(
    session,
    [...known.values()].map((row) => row.subject_id),
  );
  const byId = new Map(current.map((subject) => [subject.subject_id, bound(subject)]));
  const handles = questions.flatMap((question) => question.handle ?? []);
  const holders = handles.length === 0 ? [] : await subjectsByHandle(session, handles);
  const byHandle = new Map(holders.map((subject) => [subject.handle, bound(subject)]));
  const inSource = await recordsInSource(
    session,
    source.source_id,
    holders.map((subject) => subject.subject_id),
  );
  const claimed = new Set<string>();
  const decided = new Map<string, Binding>();
  for (const { blind, handle } of questions) {
    const subject = byId.get(known.get(blind)?.subject_id ?? -1);
    const holder = byHandle.get(handle ?? '');
    const holderKnownInSource = inSource.has(holder?.subjectId ?? -1);
    const asked = { handle, current: subject, holder, holderKnownInSource };
    decided.set(blind, claimedTwice(claimed, asked) ?? decideBinding(asked));
    claimed.add(handle ?? '');
  }
  return decided;
}

/** Two patients of one round cannot both be given a handle that neither had. */
function claimedTwice(
  claimed: ReadonlySet<string>,
  { handle, current }: BindingQuestion,
): Binding | undefined {
  if (handle === undefined || !claimed.has(handle) || current?.handle === handle) return undefined;
  return { act: 'conflict', handle };
}

function bound(subject: Subject): BoundSubject {
  return {
    subjectId: subject.subject_id,
    handle: subject.handle ?? undefined,
    minted: subject.handle_origin === 'minted',
  };
}

/** Adds the records that are new, with new subjects where they join none. */
async function makeRecords(
  context: BatchContext,
  bindings: ReadonlyMap<string, Binding>,
  known: ReadonlyMap<string, RecordRow>,
): Promise<ReadonlyMap<string, RecordRow>> {
  const { minting, session, source } = context;
  const fresh = [...bindings].filter(([blind]) => !known.has(blind));
  const joining = fresh.flatMap(([blind, binding]) =>
    binding.act === 'join' ? [{ blind, subjectId: binding.subjectId }] : [],
  );
  const creating = fresh.filter(([, binding]) => binding.act !== 'join');
  const everybody = source.spec.enrolment === 'All';
  const subjects = await addSubjects(
    session,
    creating.map(([, binding]) => newSubject(binding, everybody, minting)),
  );
  const created = creating.map(([blind], index) => ({ blind, subjectId: subjects[index]?.subject_id ?? 0 }));
  const rows = await addRecords(session, source.source_id, [...joining, ...created]);
  return new Map(rows.map((row) => [row.blind, row]));
}

/** A subject for a record: named by its feed, else with a minted handle when everybody gets a twin. */
function newSubject(binding: Binding, everybody: boolean, minting: Minting): NewSubject {
  const given = binding.act === 'create' ? (binding.handle ?? '') : '';
  if (given !== '') return { handle: given, origin: 'given', rngId: minting.rngId(given) };
  return everybody
    ? { handle: minting.handle(), origin: 'minted', rngId: minting.rngId('') }
    : { handle: '', origin: 'none', rngId: minting.rngId('') };
}

/** Names subjects and moves records. */
async function applyBindings(
  context: BatchContext,
  bindings: ReadonlyMap<string, Binding>,
  known: ReadonlyMap<string, RecordRow>,
): Promise<{
  readonly moves: readonly Move[];
  readonly named: readonly number[];
  readonly moved: ReadonlyMap<string, RecordRow>;
}> {
  const moves: Move[] = [];
  const named: number[] = [];
  const moved = new Map<string, RecordRow>();
  for (const [blind, binding] of bindings) {
    const record = known.get(blind);
    if (record === undefined) continue;
    if (binding.act === 'name') {
      const rngId = context.minting.rngId(binding.handle);
      await bindHandle(context.session, record.subject_id, binding.handle, 'given', rngId);
      named.push(record.subject_id);
    }
    if (binding.act === 'move') {
      await moveRecord(context.session, record, binding.subjectId, 'intake');
      moves.push({ record, to: binding.subjectId });
      moved.set(blind, { ...record, subject_id: binding.subjectId });
    }
  }
  return { moves, named, moved };
}
