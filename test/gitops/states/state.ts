// One state of one kind, as an object that the operator would leave behind.
import { stringify } from 'yaml';

type Json = Readonly<Record<string, unknown>>;

/** What kstatus and Argo CD must say of a state. */
export type Want =
  `${'InProgress' | 'Current' | 'Failed'}/${'Progressing' | 'Healthy' | 'Degraded' | 'Suspended'}`;

/** A state in words, and the verdicts on it. */
export interface Story {
  /** Name of the state, and of its file. */
  readonly name: string;
  readonly want: Want;
  /** What the state is, in a few words. */
  readonly what: string;
  /** What the user should do. */
  readonly advice: string;
}

export interface State extends Story {
  readonly kind: string;
  readonly object: Json;
}

/** The moment at which all states were observed. */
export const now = new Date('2026-11-24T00:00:00Z');

/** A state: an object as declared, with the status that a decision gave it. */
export function stateOf(story: Story, declared: { readonly kind: string }, status: object): State {
  return { ...story, kind: declared.kind, object: { ...declared, status } };
}

const unseenAdvice = 'Wait. If it stays so, the operator does not run.';

/** An object that the operator has not seen yet: what the defaults of the schema make of it. */
export function unseen(declared: { readonly kind: string }): State {
  const what = 'created, not seen by the operator yet';
  return stateOf({ name: 'new', want: 'InProgress/Progressing', what, advice: unseenAdvice }, declared, {
    observedGeneration: -1,
  });
}

/** An object whose spec was changed since the operator last looked. */
export function changed(before: State): State {
  const metadata = { ...(before.object['metadata'] as Json), generation: 2 };
  return {
    ...before,
    name: 'changed',
    want: 'InProgress/Progressing',
    what: 'changed since the operator last looked',
    advice: unseenAdvice,
    object: { ...before.object, metadata },
  };
}

/** The object as YAML, as it is recorded. */
export const yamlOf = ({ object }: State): string =>
  stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
