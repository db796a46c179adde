import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FinalizeSimulationResponse__Output } from '#proto/gen/twinward/v1/FinalizeSimulationResponse.ts';
import type { Job } from '#runtime/objects.ts';
import { aModel, anInstallation, aPod, aSimulation, aTenant, digest } from '../../test/build.ts';
import { decide, type SimulationPlan } from './decide.ts';
import type { Observed } from './observed.ts';

const now = new Date('2026-11-24T00:00:00Z');
const queue = { 'kueue.x-k8s.io/queue-name': 'gpu' };

/** A Simulation that is pinned and has its Job; `quota` is its condition QuotaReserved so far, as status/reason. */
const queuedRun = (quota: string, labels: Record<string, string> = queue) => {
  const [status, reason] = quota.split('/');
  const condition = {
    type: 'QuotaReserved',
    ...{ status, reason, message: '', observedGeneration: 1, lastTransitionTime: '2026-11-23T00:00:00Z' },
  };
  return aSimulation(
    {},
    {
      metadata: { labels },
      status: {
        observedGeneration: 1,
        attempt: 1,
        jobName: 'statins-1',
        pinned: { runKey: 'rk-1', modelSha256: digest('a'), snapshot: 'ss-1', subjects: 50 },
        units: { total: 4, completed: 1 },
        conditions: [condition],
      },
    },
  );
};

const aJob = (suspend: boolean, more: Partial<Job['metadata']> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: 'statins-1',
    namespace: 'clinic',
    labels: queue,
    annotations: { 'twinward.io/attempt': '1' },
    ...more,
  },
  // What Kueue injects when it admits.
  spec: { suspend, template: { spec: { containers: [], nodeSelector: { pool: 'gpu' } } } },
});

const run = (state: FinalizeSimulationResponse__Output['state']): FinalizeSimulationResponse__Output => ({
  ...{ state, unitsTotal: '4', unitsCompleted: '1', results: [], engine: 'ort/cpu' },
  ...{ reason: '', message: '', withdrawn: '0' },
});

const plan = (more: Partial<Observed>): SimulationPlan =>
  decide(
    {
      simulation: queuedRun('Unknown/WaitingForQuota'),
      tenant: aTenant,
      installation: anInstallation,
      model: aModel(),
      unsyncedSources: [],
      sources: 1,
      job: aJob(true),
      pods: [],
      existing: [],
      freeze: { state: 'NotAsked' },
      run: run('RUN_STATE_RUNNING'),
      ...more,
    },
    now,
  );

const seen = ({ status }: SimulationPlan, type: string): string => {
  const found = status.conditions?.find((condition) => condition.type === type);
  return found === undefined ? '' : `${found.status}/${found.reason}`;
};

const cases: Record<string, { given: Partial<Observed>; quota: string; succeeded: string }> = {
  'waits for quota while its Job is suspended': {
    given: {},
    quota: 'Unknown/WaitingForQuota',
    succeeded: 'Unknown/Queued',
  },
  'has its quota once the Job is not suspended': {
    given: { job: aJob(false) },
    quota: 'True/Admitted',
    succeeded: 'Unknown/Running',
  },
  'was preempted when the Job is suspended again': {
    given: { simulation: queuedRun('True/Admitted') },
    quota: 'Unknown/Preempted',
    succeeded: 'Unknown/Queued',
  },
  'stays preempted until it is admitted again': {
    given: { simulation: queuedRun('Unknown/Preempted') },
    quota: 'Unknown/Preempted',
    succeeded: 'Unknown/Queued',
  },
  'has its quota after a preemption': {
    given: { simulation: queuedRun('Unknown/Preempted'), job: aJob(false) },
    quota: 'True/Admitted',
    succeeded: 'Unknown/Running',
  },
  'is still queued when somebody takes the label off it, since the Job has it': {
    given: { simulation: queuedRun('True/Admitted', {}), job: aJob(false) },
    quota: 'True/Admitted',
    succeeded: 'Unknown/Running',
  },
  'is queued when Kueue holds a Job that names no queue': {
    given: { simulation: queuedRun('Unknown/WaitingForQuota', {}), job: aJob(true, { labels: {} }) },
    quota: 'Unknown/WaitingForQuota',
    succeeded: 'Unknown/Queued',
  },
  'has no word on quota without a queue': {
    given: { simulation: queuedRun('Unknown/WaitingForQuota', {}), job: aJob(false, { labels: {} }) },
    quota: '',
    succeeded: 'Unknown/Running',
  },
};

describe('a Simulation in a queue', () => {
  for (const [name, { given, quota, succeeded }] of Object.entries(cases)) {
    it(name, () => {
      const made = plan(given);
      assert.deepEqual(
        { quota: seen(made, 'QuotaReserved'), succeeded: seen(made, 'Succeeded') },
        { quota, succeeded },
      );
    });
  }

  it('keeps its Job as it is, whatever Kueue wrote into it', () => {
    for (const job of [aJob(true), aJob(false)])
      assert.deepEqual(plan({ job }).children, [{ object: job, once: true }]);
  });

  it('is looked at rarely while it waits', () => {
    assert.deepEqual([plan({}).checkAgainIn, plan({ job: aJob(false) }).checkAgainIn], [30_000, 2_000]);
  });

  it('says nothing of pods that an eviction ends', () => {
    const pod = aPod(
      {},
      { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] },
    );
    assert.equal(seen(plan({ pods: [pod] }), 'WorkersReady'), 'Unknown/Starting');
    assert.equal(seen(plan({ pods: [pod], job: aJob(false) }), 'WorkersReady'), 'Unknown/Unschedulable');
  });

  it('gives its place up when the last unit came in as it was evicted', () => {
    const ended = plan({ simulation: queuedRun('True/Admitted'), run: run('RUN_STATE_SUCCEEDED') });
    assert.deepEqual([seen(ended, 'Succeeded'), ended.children], ['True/Completed', []]);
  });
});

describe('the Job of a queued Simulation', () => {
  const jobOf = (labels: Record<string, string>): Job => {
    const made = plan({ simulation: queuedRun('Unknown/WaitingForQuota', labels), job: undefined });
    return made.children[0]?.object as Job;
  };
  const kueue = (job: Job): Record<string, string> =>
    Object.fromEntries(
      Object.entries(job.metadata.labels ?? {}).filter(([name]) => name.startsWith('kueue.x-k8s.io/')),
    );

  it('is suspended and carries queue, priority and longest time', () => {
    const given = {
      ...queue,
      'kueue.x-k8s.io/priority-class': 'clinical',
      'kueue.x-k8s.io/max-exec-time-seconds': '3600',
    };
    const job = jobOf({ ...given, 'hospital.example/team': 'cardiology' });
    assert.equal(job.spec.suspend, true);
    assert.deepEqual(kueue(job), given);
    assert.equal(job.metadata.labels?.['hospital.example/team'], undefined);
  });

  it('is not suspended and carries nothing for Kueue without a queue', () => {
    const job = jobOf({ 'kueue.x-k8s.io/priority-class': 'clinical' });
    assert.equal(job.spec.suspend, false);
    assert.deepEqual(kueue(job), {});
  });
});
