import { CodedError } from '#runtime/errors.ts';
import type { Deployment } from '#runtime/objects.ts';
import { refusalOf, withRefusal } from '../../../operator/refused-child.ts';
import { decide } from '../../../operator/twin-model/decide.ts';
import type { Observed } from '../../../operator/twin-model/observed.ts';
import { aModel, anInstallation, aPod, aTenant, digest, endedWith } from '../../build.ts';
import { changed, now, type State, stateOf, unseen, type Want } from './state.ts';

const annotations = { 'twinward.io/sha256': digest('a') };

const deployment = (ready: number): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'trajectory-aaaaaaaa', namespace: 'clinic', generation: 1, annotations },
  spec: { selector: {}, template: { spec: { containers: [] } } },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: ready },
});

const statusOf = (more: Partial<Observed>) =>
  decide(
    {
      ...{ model: aModel(), tenant: aTenant, installation: anInstallation },
      ...{ deployments: [], pods: [], existing: [], pinnedBy: {} },
      ...more,
    },
    now,
  ).status;

const state = (name: string, want: Want, what: string, advice: string, more: Partial<Observed>): State =>
  stateOf({ name, want, what, advice }, more.model ?? aModel(), statusOf(more));

const failing = (reason: string, message: string): Partial<Observed> => ({
  deployments: [deployment(0)],
  pods: [aPod({}, endedWith(reason, message), annotations)],
});

const unschedulable: Partial<Observed> = {
  deployments: [deployment(0)],
  pods: [
    aPod(
      {},
      {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.',
          },
        ],
      },
      annotations,
    ),
  ],
};

const imagePull: Partial<Observed> = {
  deployments: [deployment(0)],
  pods: [
    aPod(
      {},
      {
        phase: 'Pending',
        containerStatuses: [
          {
            name: 'inference',
            ready: false,
            restartCount: 0,
            state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
          },
        ],
      },
      annotations,
    ),
  ],
};

const onGpu = aModel({ accelerator: { resource: { name: 'nvidia.com/gpu' } } });

function refused(): State {
  const status = statusOf({ deployments: [deployment(0)] });
  const refusal = refusalOf(new CodedError('Forbidden', 'exceeded quota: gpus'), {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'trajectory-aaaaaaaa' },
  });
  if (refusal === undefined) throw new Error('the API server refused nothing');
  const said = withRefusal(status, refusal, { conditions: [], now });
  const story = {
    name: 'child-refused',
    want: 'InProgress/Degraded',
    what: 'the API server refuses a child',
    advice: 'Read the message: raise the quota or mend the policy that it names.',
  } as const;
  return stateOf(story, aModel(), said.status);
}

const serving = state('serving', 'Current/Healthy', 'all pods serve', 'Nothing.', {
  deployments: [deployment(1)],
});
const wait = 'Wait.';

/** States of a TwinModel. */
export const twinModelStates: readonly State[] = [
  unseen(aModel()),
  state('rolling-out', 'InProgress/Progressing', 'pods start', wait, { deployments: [deployment(0)] }),
  state(
    'unschedulable',
    'InProgress/Progressing',
    'no node has room',
    'Wait for the autoscaler, or free what the message names.',
    unschedulable,
  ),
  state(
    'no-accelerator',
    'InProgress/Progressing',
    'no node has the accelerator free',
    'Add a node with it, or correct spec.accelerator and spec.pod.',
    { ...unschedulable, model: onGpu },
  ),
  state(
    'image-pull',
    'InProgress/Degraded',
    'the image cannot be pulled',
    'Make the image reachable from the nodes.',
    imagePull,
  ),
  state(
    'fetch-failed',
    'InProgress/Degraded',
    'the bundle cannot be read',
    'Correct spec.artifact.uri, or make it reachable.',
    failing('FetchFailed', 'pvc://models/tc is not there'),
  ),
  state(
    'digest-mismatch',
    'Failed/Degraded',
    'the bundle is another one',
    'Correct spec.artifact.sha256 or the artifact; a retry cannot mend it.',
    failing('DigestMismatch', 'the manifest has another sha256'),
  ),
  state(
    'contract-violation',
    'Failed/Degraded',
    'the bundle breaks the contract',
    'Export the bundle again; a retry cannot mend it.',
    failing('ContractViolation', 'the graph uses an operator that is not allowed'),
  ),
  serving,
  changed(serving),
  state('scaled-to-zero', 'Current/Healthy', 'spec.replicas is 0', 'Nothing, if it is meant so.', {
    model: aModel({ replicas: 0 }),
    deployments: [deployment(0)],
  }),
  state(
    'suspended',
    'Current/Suspended',
    'spec.suspend is true',
    'Set spec.suspend to false to serve again.',
    {
      model: aModel({ suspend: true }),
    },
  ),
  state(
    'not-calibrated',
    'Current/Healthy',
    'serves, for research until it is calibrated',
    'Give a local calibration report, or set spec.use to Research.',
    { model: aModel({ use: 'Clinical' }), deployments: [deployment(1)] },
  ),
  refused(),
];
