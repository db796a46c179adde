import type { SourceState__Output } from '#proto/gen/twinward/v1/SourceState.ts';
import { decide } from '../../../operator/data-source/decide.ts';
import type { Observed } from '../../../operator/data-source/observed.ts';
import { anInstallation, aPod, aSource, aTenant } from '../../build.ts';
import { changed, now, type State, stateOf, unseen, type Want } from './state.ts';

const counts = { received: '9120', stored: '8800', unchanged: '300', quarantined: '20' };

const known = (more: Partial<SourceState__Output>): Observed['knowledge'] => ({
  known: 'Registered',
  state: {
    ...{ name: 'ehr', uid: 'uid-ehr', sync: 'SYNC_STATE_SUCCEEDED', reasonCode: '', watermark: '' },
    ...{ lastStart: '2026-11-24T00:00:00Z', lastCompletion: '2026-11-24T00:00:09Z' },
    ...{ counts, totals: counts, quarantinedByReason: {} },
    ...more,
  },
});

const state = (name: string, want: Want, what: string, advice: string, more: Partial<Observed>): State => {
  const observed: Observed = {
    ...{ source: aSource(), tenant: aTenant, installation: anInstallation },
    ...{ pods: [], existing: [], knowledge: known({}) },
    ...more,
  };
  return stateOf({ name, want, what, advice }, observed.source, decide(observed, now).status);
};

const imagePull = aPod(
  {},
  {
    phase: 'Pending',
    containerStatuses: [
      {
        name: 'ingest',
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
      },
    ],
  },
);

const synced = state('synced', 'Current/Healthy', 'the last pass succeeded', 'Nothing.', {});

/** States of a DataSource. */
export const dataSourceStates: readonly State[] = [
  unseen(aSource()),
  state(
    'registering',
    'InProgress/Progressing',
    'the twin service does not answer',
    'Wait. If it stays so, look at the twin service.',
    {
      knowledge: { known: 'Away', message: 'The twin service does not answer; it is asked again.' },
    },
  ),
  state('image-pull', 'InProgress/Progressing', 'the pod cannot start', 'Do what the message says.', {
    pods: [imagePull],
    knowledge: known({ sync: 'SYNC_STATE_NEVER_SYNCED', lastCompletion: '' }),
  }),
  state('never-synced', 'Current/Healthy', 'accepted, nothing read yet', 'Wait for the first pass.', {
    knowledge: known({ sync: 'SYNC_STATE_NEVER_SYNCED', lastCompletion: '' }),
  }),
  state('syncing', 'Current/Healthy', 'the first pass runs', 'Wait.', {
    knowledge: known({ sync: 'SYNC_STATE_SYNCING', lastCompletion: '' }),
  }),
  synced,
  changed(synced),
  state(
    'sync-failed',
    'Current/Degraded',
    'the last pass failed',
    'Correct the source or its address; it is tried again by itself.',
    {
      knowledge: known({ sync: 'SYNC_STATE_FAILED', reasonCode: 'SOURCE_UNREADABLE' }),
    },
  ),
  state(
    'quarantine-limit',
    'Current/Degraded',
    'too many records could not be read',
    'Correct the source, or raise spec.quarantine.maxPercent.',
    {
      knowledge: known({
        sync: 'SYNC_STATE_QUARANTINE_LIMIT',
        quarantinedByReason: { MALFORMED_JSON: '900' },
      }),
    },
  ),
  state(
    'suspended',
    'Current/Suspended',
    'spec.suspend is true',
    'Set spec.suspend to false to read again.',
    {
      source: aSource({ suspend: true }),
    },
  ),
];
