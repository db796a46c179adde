import type { Simulation } from '#crds/simulation/v1alpha1.ts';
import type { FinalizeSimulationResponse__Output } from '#proto/gen/twinward/v1/FinalizeSimulationResponse.ts';
import type { Job } from '#runtime/objects.ts';
import { decide } from '../../../operator/simulation/decide.ts';
import type { Freeze, Observed } from '../../../operator/simulation/observed.ts';
import { aModel, anInstallation, aPod, aSimulation, aTenant, digest, endedWith } from '../../build.ts';
import { changed, now, type State, stateOf, unseen, type Want } from './state.ts';

type Run = FinalizeSimulationResponse__Output;
const queue = { 'kueue.x-k8s.io/queue-name': 'gpu' };

const frozen: Freeze = {
  state: 'Frozen',
  frozen: {
    ...{ runKey: 'rk-51d0', snapshot: 'ss-8f2c', subjects: '8123', unitsTotal: '640' },
    ...{ reused: false, modelSha256: digest('a') },
  },
};

const refusal = (reason: string, message: string): Freeze => ({
  state: 'Refused',
  refused: { reason, message, retryable: false },
});

const run = (more: Partial<Run>): Run => ({
  ...{ state: 'RUN_STATE_RUNNING', unitsTotal: '640', unitsCompleted: '12', results: [] },
  ...{ engine: 'ort-1.30.0/cpu/avx512', reason: '', message: '', withdrawn: '0' },
  ...more,
});

const job = (status: Job['status'], suspend = false, labels: Record<string, string> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    ...{ name: 'statins-1', namespace: 'clinic', labels },
    annotations: { 'twinward.io/attempt': '1' },
  },
  spec: { suspend, template: { spec: { containers: [] } } },
  ...(status === undefined ? {} : { status }),
});

const observedOf = (more: Partial<Observed>): Observed => ({
  ...{ simulation: aSimulation(), tenant: aTenant, installation: anInstallation, model: aModel() },
  ...{ unsyncedSources: [], sources: 1, job: undefined, pods: [], existing: [] },
  ...{ freeze: { state: 'NotAsked' }, run: undefined },
  ...more,
});

const state = (name: string, want: Want, what: string, advice: string, more: Partial<Observed>): State => {
  const observed = observedOf(more);
  return stateOf({ name, want, what, advice }, observed.simulation, decide(observed, now).status);
};

/** The Simulation as the pass before left it: pinned, and with its Job. */
const after = (more: Partial<Observed>, spec: Record<string, unknown> = {}): Simulation => {
  const before = observedOf({ freeze: frozen, ...more });
  const metadata = { labels: before.simulation.metadata.labels ?? {} };
  return aSimulation(spec, { metadata, status: decide(before, now).status });
};

const begun = after({});
const queued = after({ simulation: aSimulation({}, { metadata: { labels: queue } }) });
const admitted = after({ simulation: queued, job: job({ ready: 1 }, false, queue), run: run({}) });
const failed = (reason: string): Job => job({ conditions: [{ type: 'Failed', status: 'True', reason }] });
const anew = 'Correct it and create a Simulation with another name; a run is pinned to its inputs.';

const completed = state('completed', 'Current/Healthy', 'every unit has a result', 'Read the result.', {
  ...{ simulation: begun, job: job({}) },
  run: run({ state: 'RUN_STATE_SUCCEEDED', unitsCompleted: '640' }),
});

const endings: readonly State[] = [
  completed,
  changed(completed),
  state(
    'reused-result',
    'Current/Healthy',
    'the same question had been answered before',
    'Read the result.',
    {
      freeze: frozen,
      run: run({ state: 'RUN_STATE_SUCCEEDED', unitsCompleted: '640' }),
    },
  ),
  state('too-few-subjects', 'Failed/Degraded', 'fewer than 11 subjects meet the criteria', anew, {
    freeze: refusal(
      'TOO_FEW_SUBJECTS',
      'fewer than 11 subjects meet the criteria: widen them, or wait for records',
    ),
  }),
  state('too-many-subjects', 'Failed/Degraded', 'the cohort is larger than maxSubjects', anew, {
    freeze: refusal(
      'TOO_MANY_SUBJECTS',
      'more than 20000 subjects meet the criteria: narrow them, or raise cohort.maxSubjects',
    ),
  }),
  state('invalid-scenario', 'Failed/Degraded', 'the question has no answer', anew, {
    freeze: refusal('OUTCOME_NOT_MODELLED', 'The model does not know outcome fall.'),
  }),
  state('retries-exhausted', 'Failed/Degraded', 'workers failed too often', `Read their logs. ${anew}`, {
    ...{ simulation: begun, job: failed('BackoffLimitExceeded'), run: run({}) },
  }),
  state('deadline-exceeded', 'Failed/Degraded', 'it took longer than spec.activeDeadlineSeconds', anew, {
    ...{ simulation: begun, job: failed('DeadlineExceeded'), run: run({}) },
  }),
  state(
    'model-load-failed',
    'Failed/Degraded',
    'the engine cannot load the bundle',
    `Mend the TwinModel. ${anew}`,
    {
      ...{ simulation: begun, job: job({ ready: 0 }), run: run({}) },
      pods: [aPod({}, endedWith('ContractViolation', 'the graph uses an operator that is not allowed'))],
    },
  ),
  state(
    'nondeterministic-result',
    'Failed/Degraded',
    'two engines disagree',
    'Report it; the results cannot be trusted.',
    {
      ...{ simulation: begun, job: job({}) },
      run: run({
        state: 'RUN_STATE_FAILED',
        reason: 'NONDETERMINISTIC_RESULT',
        message: 'Unit 7 was computed twice with different results.',
      }),
    },
  ),
];

/** States of a Simulation. */
export const simulationStates: readonly State[] = [
  unseen(aSimulation()),
  state(
    'dependency-not-ready',
    'InProgress/Progressing',
    'a model or source is missing',
    'Apply what the message names.',
    {
      model: undefined,
    },
  ),
  state('freezing', 'InProgress/Progressing', 'subjects are being pinned', 'Wait.', {}),
  state('starting', 'Current/Progressing', 'submitted, workers start', 'Wait.', { freeze: frozen }),
  state(
    'waiting-for-quota',
    'Current/Progressing',
    'waits in its queue',
    'Wait; kubectl get workloads shows its place.',
    {
      ...{ simulation: queued, job: job({}, true, queue), run: run({ unitsCompleted: '0' }) },
    },
  ),
  state(
    'preempted',
    'Current/Progressing',
    'the queue took its quota back',
    'Wait; finished units are kept.',
    {
      ...{ simulation: admitted, job: job({}, true, queue), run: run({}) },
    },
  ),
  state('admitted', 'Current/Progressing', 'the queue admitted it', 'Wait.', {
    ...{ simulation: queued, job: job({ ready: 1 }, false, queue), run: run({}) },
  }),
  state('running', 'Current/Progressing', 'units are computed', 'Wait.', {
    ...{ simulation: begun, job: job({ ready: 1 }), run: run({}) },
  }),
  state('suspended', 'Current/Suspended', 'spec.suspend is true', 'Set spec.suspend to false to go on.', {
    ...{ simulation: after({}, { suspend: true }), job: job({}), run: run({}) },
  }),
  ...endings,
];
