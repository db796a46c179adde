import { z } from 'zod';
import type { ClusterObject, Condition } from './cluster.ts';

/** What the demo waits for, by kind: path of the list, short name, and the conditions that must be True. */
export const FOLLOWED = {
  TwinModel: { plural: 'twinmodels', short: 'tmodel', goal: ['Ready', 'Available'] },
  DataSource: { plural: 'datasources', short: 'dsrc', goal: ['Ready', 'Synced'] },
  PatientTwin: { plural: 'patienttwins', short: 'ptwin', goal: ['Ready', 'UpToDate'] },
  Simulation: { plural: 'simulations', short: 'sim', goal: ['Succeeded'] },
} as const;
export type FollowedKind = keyof typeof FOLLOWED;

/** Whether somebody has to act: no retry will mend it. */
export type Verdict = 'Converged' | 'Waiting' | 'Failed';

/** Whether the demo follows objects of this kind. */
export function isFollowed(kind: string): kind is FollowedKind {
  return Object.hasOwn(FOLLOWED, kind);
}

/** Judges one object by its conditions; conditions of an older generation do not count. */
export function judge(kind: FollowedKind, object: ClusterObject): Verdict {
  const { conditions, observedGeneration } = object.status;
  if (observedGeneration < object.metadata.generation) {
    return 'Waiting';
  }
  const has = (type: string, status: string) =>
    conditions.some((c) => c.type === type && c.status === status);
  if (has('Stalled', 'True') || has('Succeeded', 'False')) {
    return 'Failed';
  }
  return FOLLOWED[kind].goal.every((type) => has(type, 'True')) ? 'Converged' : 'Waiting';
}

/** `ptwin/pt-…`, with the namespace unless it is the default one. */
export function referenceOf(kind: FollowedKind, object: ClusterObject): string {
  const { name, namespace } = object.metadata;
  const reference = `${FOLLOWED[kind].short}/${name}`;
  return namespace === '' || namespace === 'default' ? reference : `${reference} -n ${namespace}`;
}

/** One line that says where the object is: `Ready=True Registered · UpToDate=Unknown Updating: 3 records …`. */
export function stateOf(kind: FollowedKind, object: ClusterObject): string {
  const { conditions } = object.status;
  if (conditions.length === 0) {
    return 'not seen by the operator yet';
  }
  const goal: readonly string[] = FOLLOWED[kind].goal;
  const shown = conditions.filter(({ type }) => goal.includes(type) || type === 'Stalled');
  const open = shown.find(({ status }) => status !== 'True') ?? shown.find(({ type }) => type === 'Stalled');
  const states = [
    ...shown.map(({ type, status, reason }) => `${type}=${status} ${reason}`),
    ...unitsOf(object),
  ].join(' · ');
  return open === undefined || open.message === '' ? states : `${states}: ${shorten(open)}`;
}

const unitsSchema = z.object({ units: z.object({ total: z.number(), completed: z.number() }) });

/** How far a simulation has come. */
function unitsOf({ status }: ClusterObject): readonly string[] {
  const { data } = unitsSchema.safeParse(status);
  return data === undefined ? [] : [`${data.units.completed} of ${data.units.total} units`];
}

function shorten({ message }: Condition): string {
  const [line = ''] = message.split('\n');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
