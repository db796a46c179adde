import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FinalizeSimulationResponse__Output } from '#proto/gen/twinward/v1/FinalizeSimulationResponse.ts';
import type { Job } from '#runtime/objects.ts';
import { aModel, anInstallation, aPod, aSimulation, aTenant, digest, endedWith } from '../../test/build.ts';
import { decide } from './decide.ts';
import type { Freeze, Observed } from './observed.ts';

const now = new Date('2026-11-24T00:00:00Z');

const observed = (more: Partial<Observed> = {}): Observed => ({
  simulation: aSimulation(),
  tenant: aTenant,
  installation: anInstallation,
  model: aModel(),
  unsyncedSources: [],
  sources: 1,
  job: undefined,
  pods: [],
  existing: [],
  freeze: { state: 'NotAsked' },
  run: undefined,
  ...more,
});

const frozen: Freeze = {
  state: 'Frozen',
  frozen: {
    runKey: 'rk-1',
    snapshot: 'ss-1',
    subjects: '50',
    unitsTotal: '4',
    reused: false,
    modelSha256: digest('a'),
  },
};

const refused = (reason: string, retryable: boolean): Freeze => ({
  state: 'Refused',
  refused: { reason, message: 'why', retryable },
});

const run = (more: Partial<FinalizeSimulationResponse__Output>): FinalizeSimulationResponse__Output => ({
  state: 'RUN_STATE_RUNNING',
  unitsTotal: '4',
  unitsCompleted: '1',
  results: [],
  engine: 'ort/cpu',
  reason: '',
  message: '',
  withdrawn: '0',
  ...more,
});

const aJob = (status: Job['status'], attempt = 1): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: `statins-${attempt}`,
    namespace: 'clinic',
    annotations: { 'twinward.io/attempt': String(attempt) },
  },
  spec: { template: { spec: { containers: [] } } },
  ...(status === undefined ? {} : { status }),
});

const running = aSimulation(
  {},
  {
    status: {
      observedGeneration: 1,
      attempt: 1,
      jobName: 'statins-1',
      pinned: { runKey: 'rk-1', modelSha256: digest('a'), snapshot: 'ss-1', subjects: 50 },
      units: { total: 4, completed: 0 },
    },
  },
);
const suspendedRun = aSimulation({ suspend: true }, { status: running.status });

const cases: Record<
  string,
  { given: Partial<Observed>; ready: string; succeeded: string; jobs: readonly string[] }
> = {
  'waits for the model': {
    given: { model: undefined },
    ready: 'Unknown/DependencyNotReady',
    succeeded: 'Unknown/Queued',
    jobs: [],
  },
  'waits for a source': {
    given: { sources: 0 },
    ready: 'Unknown/DependencyNotReady',
    succeeded: 'Unknown/Queued',
    jobs: [],
  },
  'waits for the first sync': {
    given: { unsyncedSources: ['ehr'] },
    ready: 'Unknown/DependencyNotReady',
    succeeded: 'Unknown/Queued',
    jobs: [],
  },
  'asks to be frozen': { given: {}, ready: 'Unknown/Resolving', succeeded: 'Unknown/Queued', jobs: [] },
  'waits when a refusal may pass': {
    given: { freeze: refused('SUBJECT_NOT_FOUND', true) },
    ready: 'Unknown/DependencyNotReady',
    succeeded: 'Unknown/Queued',
    jobs: [],
  },
  'fails when too few subjects meet the criteria': {
    given: { freeze: refused('TOO_FEW_SUBJECTS', false) },
    ready: 'False/TooFewSubjects',
    succeeded: 'False/TooFewSubjects',
    jobs: [],
  },
  'fails on an outcome that the model does not know': {
    given: { freeze: refused('OUTCOME_NOT_MODELLED', false) },
    ready: 'False/InvalidScenario',
    succeeded: 'False/InvalidScenario',
    jobs: [],
  },
  'creates its Job once frozen': {
    given: { freeze: frozen },
    ready: 'True/Submitted',
    succeeded: 'Unknown/Running',
    jobs: ['statins-1'],
  },
  'keeps its Job while it runs': {
    given: { simulation: running, job: aJob({ ready: 1 }), run: run({}) },
    ready: 'True/Submitted',
    succeeded: 'Unknown/Running',
    jobs: ['statins-1'],
  },
  'reuses a stored answer without a Job': {
    given: { freeze: frozen, run: run({ state: 'RUN_STATE_SUCCEEDED' }) },
    ready: 'True/Finished',
    succeeded: 'True/ReusedResult',
    jobs: [],
  },
  'succeeds when every unit is there': {
    given: { simulation: running, job: aJob({}), run: run({ state: 'RUN_STATE_SUCCEEDED' }) },
    ready: 'True/Finished',
    succeeded: 'True/Completed',
    jobs: ['statins-1'],
  },
  'fails when two engines disagree': {
    given: {
      simulation: running,
      job: aJob({}),
      run: run({ state: 'RUN_STATE_FAILED', reason: 'NONDETERMINISTIC_RESULT' }),
    },
    ready: 'False/NondeterministicResult',
    succeeded: 'False/NondeterministicResult',
    jobs: [],
  },
  'fails when workers fail too often': {
    given: {
      simulation: running,
      job: aJob({ conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }] }),
      run: run({}),
    },
    ready: 'False/RetriesExhausted',
    succeeded: 'False/RetriesExhausted',
    jobs: ['statins-1'],
  },
  'fails at its deadline': {
    given: {
      simulation: running,
      job: aJob({ conditions: [{ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' }] }),
      run: run({}),
    },
    ready: 'False/DeadlineExceeded',
    succeeded: 'False/DeadlineExceeded',
    jobs: ['statins-1'],
  },
  'fails when workers end with units missing': {
    given: {
      simulation: running,
      job: aJob({ conditions: [{ type: 'Complete', status: 'True' }] }),
      run: run({}),
    },
    ready: 'False/RetriesExhausted',
    succeeded: 'False/RetriesExhausted',
    jobs: ['statins-1'],
  },
  'fails, and ends its workers, when a sidecar cannot load the bundle': {
    given: {
      simulation: running,
      job: aJob({ ready: 0 }),
      run: run({}),
      pods: [aPod({}, endedWith('ContractViolation', 'x'))],
    },
    ready: 'False/ModelLoadFailed',
    succeeded: 'False/ModelLoadFailed',
    jobs: [],
  },
  'takes its Job away while suspended': {
    given: { simulation: suspendedRun, job: aJob({ ready: 1 }), run: run({}) },
    ready: 'True/Suspended',
    succeeded: 'Unknown/Suspended',
    jobs: [],
  },
  'makes another attempt after a suspension': {
    given: { simulation: running, job: undefined, run: run({}) },
    ready: 'True/Submitted',
    succeeded: 'Unknown/Running',
    jobs: ['statins-2'],
  },
};

describe('a Simulation', () => {
  for (const [name, want] of Object.entries(cases)) {
    it(name, () => {
      const plan = decide(observed(want.given), now);
      const seen = (type: string): string => {
        const found = plan.status.conditions?.find((condition) => condition.type === type);
        return `${found?.status}/${found?.reason}`;
      };
      assert.deepEqual(
        {
          ready: seen('Ready'),
          succeeded: seen('Succeeded'),
          jobs: plan.children.map(({ object }) => object.metadata.name),
        },
        { ready: want.ready, succeeded: want.succeeded, jobs: want.jobs },
      );
    });
  }

  it('once over stays as it is, whatever happens to its Job', () => {
    const ended = decide(
      observed({ simulation: running, job: aJob({}), run: run({ state: 'RUN_STATE_SUCCEEDED' }) }),
      now,
    );
    const later = decide(
      observed({ simulation: aSimulation({}, { status: ended.status }), job: undefined, model: undefined }),
      new Date('2027-01-01T00:00:00Z'),
    );
    assert.deepEqual(later.status, ended.status);
    assert.deepEqual(later.children, []);
    assert.deepEqual(later.events, []);
  });

  it('of one twin shows no figures in its status', () => {
    const simulation = aSimulation(
      { subjects: { twinRef: { name: 'pt-4m9x2k7q8vth3c6d' } } },
      { status: running.status },
    );
    const results = [
      {
        scenario: 'statin',
        outcome: 'mi',
        subjects: '1',
        horizon: 'P5Y',
        risk: '0.1',
        low: '0',
        high: '1',
        level: '0.90',
        difference: '',
        differenceLow: '',
        differenceHigh: '',
        calibration: 'Calibrated',
      },
    ];
    const plan = decide(
      observed({ simulation, job: aJob({}), run: run({ state: 'RUN_STATE_SUCCEEDED', results }) }),
      now,
    );
    assert.equal(plan.status.results, undefined);
    assert.equal(plan.status.pinned?.subjects, undefined);
  });
});

describe('the Job of a Simulation', () => {
  const jobOf = (more: Partial<Observed>): Job => {
    const [child] = decide(observed({ freeze: frozen, ...more }), now).children;
    return child?.object as Job;
  };

  it('has no more workers than units', () => {
    assert.equal(jobOf({ simulation: aSimulation({ parallelism: 100 }) }).spec.parallelism, 4);
  });

  it('has an engine beside each worker when Dedicated, and none when Shared', () => {
    assert.equal(jobOf({}).spec.template.spec.initContainers?.[0]?.name, 'inference');
    const model = aModel({}, { status: { observedGeneration: 1, readyReplicas: 1 } });
    const shared = jobOf({ simulation: aSimulation({ engine: 'Shared' }), model });
    assert.deepEqual(shared.spec.template.spec.initContainers, []);
    const address = shared.spec.template.spec.containers[0]?.env?.find(
      ({ name }) => name === 'TWINWARD_INFERENCE_ADDRESS',
    );
    assert.equal(address?.value, 'dns:///trajectory-aaaaaaaa.clinic.svc:9000');
  });

  it('is created suspended, with its label, when a queue is named', () => {
    const queued = jobOf({
      simulation: aSimulation({}, { metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'gpu' } } }),
    });
    assert.equal(queued.spec.suspend, true);
    assert.equal(queued.metadata.labels?.['kueue.x-k8s.io/queue-name'], 'gpu');
  });
});
