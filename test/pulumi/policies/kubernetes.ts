import { at } from '../stand/values.ts';
import { forbidden, is, matches, option, type Policy, property } from './policy.ts';

const RELEASE = 'kubernetes:helm.sh/v3:Release';

export const kubernetesPolicies: readonly Policy[] = [
  property({
    name: 'namespaces refuse pods that are not restricted',
    type: 'kubernetes:core/v1:Namespace',
    path: 'metadata.labels',
    ok: (value) => JSON.stringify(value).includes('"pod-security.kubernetes.io/enforce":"restricted"'),
    bad: {},
  }),
  option(
    'what a Secret holds is secret in the state, too',
    'kubernetes:core/v1:Secret',
    ({ secretInputs }) => secretInputs.some((path) => path.startsWith('stringData')),
    { secretInputs: [] },
  ),
  forbidden(
    'the chart is installed by the GitOps engine, never by Pulumi',
    ({ type, inputs }) => type.startsWith('kubernetes:helm.sh') && /twinward/.test(String(inputs['chart'])),
    { type: RELEASE, inputs: { chart: 'oci://example/charts/twinward' } },
  ),
  property({
    name: 'the engine is an exact version',
    type: RELEASE,
    path: 'version',
    ok: matches(/^\d+\.\d+\.\d+$/),
    bad: undefined,
  }),
  property({
    name: 'images of the engine come through our mirrors',
    type: RELEASE,
    path: 'values',
    ok: (value) => {
      const images = JSON.stringify(value).match(/"repository":"[^"]+"/g) ?? [];
      return images.length > 0 && images.every((image) => image.includes('-docker.pkg.dev/'));
    },
    bad: { global: { image: { repository: 'quay.io/argoproj/argocd' } } },
  }),
  property({
    name: 'the root deletes nothing because a file is gone',
    type: 'kubernetes:argoproj.io/v1alpha1:Application',
    path: 'spec.syncPolicy.automated.prune',
    ok: is(false),
    bad: true,
  }),
  option(
    'objects go to the cluster of the stack, not to that of a laptop',
    'kubernetes:core/v1:Namespace',
    ({ provider }) => provider !== '',
    { provider: '' },
  ),
  property({
    name: 'the way to the cluster holds no credential',
    type: 'pulumi:providers:kubernetes',
    path: 'kubeconfig',
    ok: (value) => {
      const config = JSON.parse(String(value ?? '{}'));
      return (
        at(config, 'users[0].user.exec.command') === 'gke-gcloud-auth-plugin' &&
        at(config, 'users[0].user.token') === undefined
      );
    },
    bad: '{"users":[{"user":{"token":"x"}}]}',
  }),
];
