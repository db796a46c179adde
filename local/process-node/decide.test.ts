import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, aPod, aRecord, ended, running, stopping } from './a-pod.ts';
import { type Action, decide, type PodView } from './decide.ts';
import { counted, newTally } from './probing.ts';
import { NEW_CONTAINER } from './record.ts';

const POLICY = { base: 10_000, cap: 300_000 };
const deleted = {
  metadata: {
    name: 'web',
    deletionTimestamp: new Date(30_000).toISOString(),
    deletionGracePeriodSeconds: 30,
  },
};
const sidecar = aContainer('proxy', { restartPolicy: 'Always' });
const probed = aContainer('main', { livenessProbe: { periodSeconds: 10, failureThreshold: 2 } });
const failed = { liveness: { ...newTally({}, 0), verdict: false } };

function view(given: Partial<PodView>): PodView {
  const { pod = aPod(), record = aRecord(), ...rest } = given;
  return {
    pod,
    record,
    gone: false,
    volumesReady: true,
    tallies: {},
    policy: POLICY,
    shuttingDown: false,
    ...rest,
  };
}

const words = (action: Action): string =>
  'container' in action ? `${action.do} ${action.container}` : action.do;

interface Case {
  readonly name: string;
  readonly given: Partial<PodView>;
  readonly now?: number;
  readonly want: readonly string[];
  readonly checkAt?: number;
}

const RUN: readonly Case[] = [
  { name: 'starts nothing before the volumes are there', given: { volumesReady: false }, want: [] },
  {
    name: 'starts the main containers together',
    given: { pod: aPod({ containers: [aContainer('a'), aContainer('b')] }) },
    want: ['start a', 'start b'],
  },
  {
    name: 'starts the first init container alone',
    given: { pod: aPod({ initContainers: [aContainer('one'), aContainer('two')] }) },
    want: ['start one'],
  },
  {
    name: 'goes on to the next init container when one has completed',
    given: {
      pod: aPod({ initContainers: [aContainer('one'), aContainer('two')] }),
      record: aRecord({ one: ended(0) }),
    },
    want: ['start two'],
  },
  {
    name: 'holds the main container until a sidecar has started',
    given: {
      pod: aPod({ initContainers: [sidecar] }),
      record: aRecord({ proxy: running(0, { started: false }) }),
    },
    want: [],
  },
  {
    name: 'starts the main container beside a started sidecar',
    given: { pod: aPod({ initContainers: [sidecar] }), record: aRecord({ proxy: running() }) },
    want: ['start main'],
  },
  {
    name: 'does not run a completed init container again once the main container has run',
    given: {
      pod: aPod({ initContainers: [aContainer('one'), sidecar] }),
      record: aRecord({ one: ended(0), proxy: ended(1), main: running() }),
    },
    want: ['start proxy'],
  },
  { name: 'leaves a running container alone', given: { record: aRecord({ main: running() }) }, want: [] },
  {
    name: 'restarts at once after the first exit',
    given: { record: aRecord({ main: ended(1) }) },
    now: 1,
    want: ['start main'],
  },
  {
    name: 'waits for the back-off after a further exit',
    given: { record: aRecord({ main: ended(1, 5_000, { backoff: { delay: 10_000, raisedAt: 4_000 } }) }) },
    now: 6_000,
    want: [],
    checkAt: 15_000,
  },
  {
    name: 'restarts when the back-off is over',
    given: { record: aRecord({ main: ended(1, 5_000, { backoff: { delay: 10_000, raisedAt: 4_000 } }) }) },
    now: 15_000,
    want: ['start main'],
  },
  {
    name: 'restarts a container that ended well under Always',
    given: { record: aRecord({ main: ended(0) }) },
    want: ['start main'],
  },
  {
    name: 'does not restart what ended well under OnFailure',
    given: { pod: aPod({ restartPolicy: 'OnFailure' }), record: aRecord({ main: ended(0) }) },
    want: [],
  },
  {
    name: 'restarts what failed under OnFailure',
    given: { pod: aPod({ restartPolicy: 'OnFailure' }), record: aRecord({ main: ended(1) }) },
    want: ['start main'],
  },
  {
    name: 'never restarts under Never',
    given: { pod: aPod({ restartPolicy: 'Never' }), record: aRecord({ main: ended(1) }) },
    want: [],
  },
  {
    name: 'restarts a sidecar under Never while the main container runs',
    given: {
      pod: aPod({ restartPolicy: 'Never', initContainers: [sidecar] }),
      record: aRecord({ proxy: ended(1), main: running() }),
    },
    want: ['start proxy'],
  },
  {
    name: 'waits until a start that failed may be tried again',
    given: {
      record: aRecord({
        main: {
          ...NEW_CONTAINER,
          state: { kind: 'waiting', reason: 'ErrImagePull', message: '', tryAt: 9_000 },
        },
      }),
    },
    now: 100,
    want: [],
    checkAt: 9_000,
  },
];

const PROBES: readonly Case[] = [
  {
    name: 'probes when the initial delay is over',
    given: {
      pod: aPod({ containers: [aContainer('main', { readinessProbe: { initialDelaySeconds: 5 } })] }),
      record: aRecord({ main: running() }),
    },
    now: 5_000,
    want: ['probe main'],
  },
  {
    name: 'looks again when the initial delay will be over',
    given: {
      pod: aPod({ containers: [aContainer('main', { readinessProbe: { initialDelaySeconds: 5 } })] }),
      record: aRecord({ main: running() }),
    },
    now: 1_000,
    want: [],
    checkAt: 5_000,
  },
  {
    name: 'asks the startup probe alone until it has succeeded',
    given: {
      pod: aPod({
        containers: [aContainer('main', { startupProbe: {}, readinessProbe: {}, livenessProbe: {} })],
      }),
      record: aRecord({ main: running(0, { started: false }) }),
    },
    want: ['probe main'],
  },
  {
    name: 'does not probe twice at a time',
    given: {
      pod: aPod({ containers: [probed] }),
      record: aRecord({ main: running() }),
      tallies: { main: { liveness: { ...newTally({}, 0), inFlight: true } } },
    },
    want: [],
  },
  {
    name: 'stops a container whose liveness probe has failed',
    given: {
      pod: aPod({ containers: [probed] }),
      record: aRecord({ main: running() }),
      tallies: { main: failed },
    },
    want: ['stop main'],
    checkAt: 31_000,
    now: 1_000,
  },
];

const END: readonly Case[] = [
  {
    name: 'stops the containers of a deleted pod',
    given: { pod: aPod({}, deleted), record: aRecord({ main: running() }) },
    want: ['stop main'],
    checkAt: 30_000,
  },
  {
    name: 'waits for the end of the grace period',
    given: { pod: aPod({}, deleted), record: aRecord({ main: stopping(30_000) }) },
    now: 20_000,
    want: [],
    checkAt: 30_000,
  },
  {
    name: 'kills at the end of the grace period',
    given: { pod: aPod({}, deleted), record: aRecord({ main: stopping(30_000) }) },
    now: 30_000,
    want: ['kill main'],
  },
  {
    name: 'kills once',
    given: { pod: aPod({}, deleted), record: aRecord({ main: stopping(30_000, true) }) },
    now: 31_000,
    want: [],
  },
  {
    name: 'removes a deleted pod when all has ended',
    given: { pod: aPod({}, deleted), record: aRecord({ main: ended(143) }) },
    want: ['remove'],
  },
  { name: 'removes a deleted pod that never ran', given: { pod: aPod({}, deleted) }, want: ['remove'] },
  {
    name: 'waits for a start that is under way',
    given: {
      pod: aPod({}, deleted),
      record: aRecord({ main: { ...NEW_CONTAINER, state: { kind: 'starting', reason: '', message: '' } } }),
    },
    want: [],
  },
  {
    name: 'stops sidecars after the main container, the last one first',
    given: {
      pod: aPod(
        {
          initContainers: [
            aContainer('s1', { restartPolicy: 'Always' }),
            aContainer('s2', { restartPolicy: 'Always' }),
          ],
        },
        deleted,
      ),
      record: aRecord({ s1: running(), s2: running(), main: ended(0) }),
    },
    want: ['stop s2'],
    checkAt: 30_000,
  },
  {
    name: 'shortens the grace of a pod that is gone',
    given: { gone: true, record: aRecord({ main: stopping(60_000) }) },
    now: 1_000,
    want: ['stop main'],
    checkAt: 3_000,
  },
  {
    name: 'stops the sidecar of a pod whose work is done',
    given: {
      pod: aPod({ restartPolicy: 'Never', initContainers: [sidecar] }),
      record: aRecord({ proxy: running(), main: ended(0) }),
    },
    want: ['stop proxy'],
    checkAt: 30_000,
  },
  {
    name: 'gives up a pod that was active for too long',
    given: { pod: aPod({ activeDeadlineSeconds: 5 }), record: aRecord({ main: running() }) },
    now: 5_000,
    want: ['give up'],
  },
  {
    name: 'stops a pod that was given up',
    given: { record: aRecord({ main: running() }, { verdict: { reason: 'DeadlineExceeded', message: '' } }) },
    want: ['stop main'],
    checkAt: 30_000,
  },
  {
    name: 'looks again at the active deadline',
    given: { pod: aPod({ activeDeadlineSeconds: 5 }), record: aRecord({ main: running() }) },
    want: [],
    checkAt: 5_000,
  },
  {
    name: 'stops but keeps the pods of a process node that ends',
    given: { shuttingDown: true, record: aRecord({ main: ended(0) }) },
    want: [],
  },
  {
    name: 'never starts a pod that has ended for good',
    given: { pod: aPod({}, { status: { phase: 'Failed' } }) },
    want: [],
  },
];

for (const [title, cases] of [
  ['running', RUN],
  ['probing', PROBES],
  ['ending', END],
] as const) {
  describe(`decide: ${title}`, () => {
    for (const { name, given, now = 0, want, checkAt } of cases) {
      it(name, () => {
        const decision = decide(view(given), now);
        assert.deepEqual(decision.actions.map(words), want);
        assert.equal(decision.checkAt, checkAt);
      });
    }
  });
}

describe('a tally', () => {
  const probe = { periodSeconds: 10, failureThreshold: 2, successThreshold: 2 };
  it('changes its verdict only at the thresholds', () => {
    const results = [true, true, false, false, true];
    let tally = newTally(probe, 0);
    const verdicts = results.map((success, index) => {
      tally = counted(tally, probe, success, index * 1000);
      return tally.verdict;
    });
    assert.deepEqual(verdicts, [undefined, true, true, false, false]);
    assert.equal(tally.nextAt, 14_000);
  });
});
