import type { TwinState__Output } from '#proto/gen/twinward/v1/TwinState.ts';
import { decide } from '../../../operator/patient-twin/decide.ts';
import type { Observed } from '../../../operator/patient-twin/observed.ts';
import { aTenant, aTwin, digest } from '../../build.ts';
import { changed, now, type State, stateOf, unseen, type Want } from './state.ts';

/** A handle that the API server accepts. */
const handle = 'pt-jee0enq2t9vpdt8f';
const declared = (spec: Readonly<Record<string, unknown>> = {}) =>
  aTwin(spec, { metadata: { name: handle } });

const known = (more: Partial<TwinState__Output> = {}): Observed['knowledge'] => ({
  known: 'Registered',
  state: {
    ...{ handle, uid: 'uid', specHash: '', lastHandledRefresh: '' },
    ...{ binding: 'BINDING_STATE_BOUND', revision: '42', freshness: 'FRESHNESS_FRESH' },
    ...{ update: 'UPDATE_STATE_CURRENT', reasonCode: '', message: '' },
    models: [{ name: 'trajectory', sha256: digest('a') }],
    ...more,
  },
});

const noRecords: Partial<TwinState__Output> = {
  ...{ update: 'UPDATE_STATE_AWAITING_DATA', revision: '0', freshness: 'FRESHNESS_NO_DATA' },
  models: [],
};

const state = (name: string, want: Want, what: string, advice: string, more: Partial<Observed>): State => {
  const observed: Observed = {
    ...{ twin: declared(), tenant: aTenant, knowledge: known(), missing: [], wrongTask: [] },
    ...more,
  };
  return stateOf({ name, want, what, advice }, observed.twin, decide(observed, now).status);
};

const current = state(
  'current',
  'Current/Healthy',
  'the forecast rests on the newest records',
  'Nothing.',
  {},
);
const notAsked: Observed['knowledge'] = { known: 'NotAsked' };

/** States of a PatientTwin. */
export const patientTwinStates: readonly State[] = [
  unseen(declared()),
  state(
    'dependency-not-found',
    'InProgress/Progressing',
    'a model or source that it names is not there',
    'Apply what the message names; the order does not matter.',
    { missing: ['TwinModel trajectory'], knowledge: notAsked },
  ),
  state(
    'registering',
    'InProgress/Progressing',
    'the twin service does not answer',
    'Wait. If it stays so, look at the twin service.',
    {
      knowledge: { known: 'Away', message: 'The twin service does not answer; it is asked again.' },
    },
  ),
  state(
    'awaiting-subject',
    'Current/Healthy',
    'no record carries the handle yet',
    'Feed a record with it, or enrol the patient.',
    {
      knowledge: known({ ...noRecords, binding: 'BINDING_STATE_AWAITING_SUBJECT' }),
    },
  ),
  state('awaiting-data', 'Current/Healthy', 'bound, no record yet', 'Wait for the source.', {
    knowledge: known(noRecords),
  }),
  state('updating', 'Current/Healthy', 'a forecast is being made', 'Wait.', {
    knowledge: known({ update: 'UPDATE_STATE_UPDATING' }),
  }),
  current,
  changed(current),
  state('model-unavailable', 'Current/Healthy', 'no pod of the model answers', 'Look at the TwinModel.', {
    knowledge: known({ update: 'UPDATE_STATE_MODEL_UNAVAILABLE' }),
  }),
  state('update-failed', 'Current/Healthy', 'the forecast failed', 'Read the reason in condition UpToDate.', {
    knowledge: known({ update: 'UPDATE_STATE_FAILED', reasonCode: 'ENGINE_FAILED' }),
  }),
  state(
    'outside-validated-range',
    'Current/Healthy',
    'the model was not validated for such a record',
    'Decide on a model that was; there is no forecast until then.',
    { knowledge: known({ update: 'UPDATE_STATE_OUTSIDE_VALIDATED_RANGE', reasonCode: 'AGE_OUTSIDE_RANGE' }) },
  ),
  state(
    'handle-conflict',
    'Failed/Degraded',
    'two patients carry the handle',
    'Mint a handle of its own for each; a retry cannot mend it.',
    { knowledge: known({ binding: 'BINDING_STATE_CONFLICT' }) },
  ),
  state(
    'wrong-task',
    'Failed/Degraded',
    'a model that it names does not forecast',
    'Correct spec.modelRefs.',
    {
      wrongTask: ['signal-model'],
      knowledge: notAsked,
    },
  ),
  state(
    'suspended',
    'Current/Suspended',
    'spec.suspend is true',
    'Set spec.suspend to false to update again.',
    {
      twin: declared({ suspend: true }),
    },
  ),
];
