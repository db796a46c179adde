import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, aPod, aRecord, ended, running } from './a-pod.ts';
import type { Pod } from './pod.ts';
import { NEW_CONTAINER, type PodRecord } from './record.ts';
import { podStatus } from './status.ts';
import { statusEvents } from './status-events.ts';

const POLICY = { base: 10_000, cap: 300_000 };
const status = (pod: Pod, record: PodRecord, now = 0) => podStatus({ pod, record, policy: POLICY, now });
const never = { restartPolicy: 'Never' };
const sidecar = aContainer('proxy', { restartPolicy: 'Always' });
const leaving = { metadata: { name: 'web', deletionTimestamp: '2026-01-01T00:00:00Z' } };

describe('the phase of a pod', () => {
  const cases: readonly { name: string; pod?: Pod; record: PodRecord; want: string }[] = [
    { name: 'is Pending before anything runs', record: aRecord(), want: 'Pending' },
    {
      name: 'is Pending while an init container runs',
      pod: aPod({ initContainers: [aContainer('one')] }),
      record: aRecord({ one: running() }),
      want: 'Pending',
    },
    { name: 'is Running while a container runs', record: aRecord({ main: running() }), want: 'Running' },
    {
      name: 'is Running while a crashed container will be restarted',
      record: aRecord({ main: ended(1) }),
      want: 'Running',
    },
    {
      name: 'is Succeeded when all have ended well',
      pod: aPod(never),
      record: aRecord({ main: ended(0) }),
      want: 'Succeeded',
    },
    {
      name: 'is Failed when one has failed',
      pod: aPod({ ...never, containers: [aContainer('a'), aContainer('b')] }),
      record: aRecord({ a: ended(0), b: ended(1) }),
      want: 'Failed',
    },
    {
      name: 'is Running until the sidecars have ended too',
      pod: aPod({ ...never, initContainers: [sidecar] }),
      record: aRecord({ main: ended(0), proxy: running() }),
      want: 'Running',
    },
    {
      name: 'does not depend on how a sidecar ended',
      pod: aPod({ ...never, initContainers: [sidecar] }),
      record: aRecord({ main: ended(0), proxy: ended(137) }),
      want: 'Succeeded',
    },
    {
      name: 'is Failed when an init container failed for good',
      pod: aPod({ ...never, initContainers: [aContainer('one')] }),
      record: aRecord({ one: ended(1) }),
      want: 'Failed',
    },
    {
      name: 'is Failed when it was given up',
      record: aRecord({ main: ended(0) }, { verdict: { reason: 'DeadlineExceeded', message: '' } }),
      want: 'Failed',
    },
    {
      name: 'is Failed when a deleted pod ended by the signal',
      pod: aPod({}, leaving),
      record: aRecord({ main: ended(143) }),
      want: 'Failed',
    },
    {
      name: 'never leaves an end that was written',
      pod: aPod({}, { status: { phase: 'Succeeded' } }),
      record: aRecord({ main: ended(1) }),
      want: 'Succeeded',
    },
  ];
  for (const { name, pod = aPod(), record, want } of cases) {
    it(name, () => assert.equal(status(pod, record).phase, want));
  }
});

describe('the state of a container', () => {
  it('is ContainerCreating before its first start', () => {
    assert.deepEqual(status(aPod(), aRecord()).containerStatuses?.[0]?.state, {
      waiting: { reason: 'ContainerCreating' },
    });
  });

  it('is PodInitializing while init containers are not done', () => {
    const { containerStatuses, initContainerStatuses } = status(
      aPod({ initContainers: [aContainer('one')] }),
      aRecord(),
    );
    assert.equal(containerStatuses?.[0]?.state.waiting?.reason, 'PodInitializing');
    assert.equal(initContainerStatuses?.[0]?.state.waiting?.reason, 'ContainerCreating');
  });

  it('is CrashLoopBackOff with the crash as last state while it backs off', () => {
    const main = ended(3, 5_000, { attempt: 2, backoff: { delay: 10_000, raisedAt: 4_000 } });
    const found = status(aPod(), aRecord({ main }), 6_000).containerStatuses?.[0];
    assert.equal(found?.state.waiting?.reason, 'CrashLoopBackOff');
    assert.equal(
      found?.state.waiting?.message,
      'back-off 10s restarting failed container=main pod=ward_web(u1)',
    );
    assert.equal(found?.lastState.terminated?.exitCode, 3);
    assert.equal(found?.restartCount, 1);
  });

  it('is what ended, once nothing will restart it', () => {
    const main = ended(3, 5_000, { backoff: { delay: 10_000, raisedAt: 4_000 } });
    const found = status(aPod(never), aRecord({ main }), 6_000).containerStatuses?.[0];
    assert.equal(found?.state.terminated?.exitCode, 3);
    assert.deepEqual(found?.lastState, {});
  });

  it('keeps its reason to wait while the next start is under way', () => {
    const state = { kind: 'starting', reason: 'ErrImagePull', message: '' } as const;
    const main = { ...NEW_CONTAINER, state };
    const found = status(aPod(), aRecord({ main })).containerStatuses?.[0];
    assert.equal(found?.state.waiting?.reason, 'ErrImagePull');
  });

  it('says why it waits', () => {
    const main = {
      ...NEW_CONTAINER,
      state: { kind: 'waiting', reason: 'ErrImagePull', message: 'no such image', tryAt: 0 },
    } as const;
    assert.deepEqual(status(aPod(), aRecord({ main })).containerStatuses?.[0]?.state.waiting, {
      reason: 'ErrImagePull',
      message: 'no such image',
    });
  });
});

describe('the conditions of a pod', () => {
  const condition = (pod: Pod, record: PodRecord, type: string) =>
    status(pod, record).conditions?.find((one) => one.type === type);

  it('are Ready when all containers and started sidecars are ready', () => {
    const pod = aPod({ initContainers: [sidecar] });
    assert.equal(condition(pod, aRecord({ main: running(), proxy: running() }), 'Ready')?.status, 'True');
    const unready = condition(
      pod,
      aRecord({ main: running(), proxy: running(0, { ready: false }) }),
      'Ready',
    );
    assert.equal(unready?.status, 'False');
    assert.equal(unready?.message, 'containers with unready status: [proxy]');
  });

  it('name the init containers that are not done', () => {
    const found = condition(
      aPod({ initContainers: [aContainer('one'), aContainer('two')] }),
      aRecord({ one: ended(0) }),
      'Initialized',
    );
    assert.equal(found?.message, 'containers with incomplete status: [two]');
  });

  it('say PodCompleted when the pod has succeeded', () => {
    assert.equal(condition(aPod(never), aRecord({ main: ended(0) }), 'Ready')?.reason, 'PodCompleted');
  });

  it('wait for readiness gates', () => {
    const pod = aPod({ readinessGates: [{ conditionType: 'gate' }] });
    const open = { ...pod, status: { conditions: [{ type: 'gate', status: 'True' }] } };
    assert.equal(condition(pod, aRecord({ main: running() }), 'Ready')?.reason, 'ReadinessGatesNotReady');
    assert.equal(condition(open, aRecord({ main: running() }), 'Ready')?.status, 'True');
  });

  it('keep their transition time while they do not change', () => {
    const record = aRecord({ main: running() });
    const first = status(aPod(), record, 1_000);
    const later = podStatus({
      pod: aPod(),
      record,
      policy: POLICY,
      now: 9_000,
      previous: first.conditions ?? [],
    });
    assert.deepEqual(later.conditions, first.conditions);
  });
});

describe('the events that a status tells', () => {
  const crashing = (restarts: number) =>
    status(
      aPod(),
      aRecord({ main: ended(1, 0, { attempt: restarts + 1, backoff: { delay: 10_000, raisedAt: 0 } }) }),
      1,
    );
  it('are a BackOff for each restart that has to wait', () => {
    assert.deepEqual(
      statusEvents(undefined, crashing(1)).map((one) => one.reason),
      ['BackOff'],
    );
    assert.deepEqual(statusEvents(crashing(1), crashing(1)), []);
    assert.equal(statusEvents(crashing(1), crashing(2)).length, 1);
  });
});
