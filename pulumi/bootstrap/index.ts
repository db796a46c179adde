// What makes a new cluster follow its repository: the engine, its root object, and the one Secret that comes from
// infrastructure. It never installs the chart: the repository does.
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { GitOps } from '../components/gitops.ts';
import { kubeconfig } from '../components/kubeconfig.ts';
import { ReleaseNamespace } from '../components/release-namespace.ts';
import { siblingStack, stackSettings, textMap, textOutput } from '../components/settings/stack.ts';
import { bootstrapSettings } from './settings.ts';

const { settings } = stackSettings(bootstrapSettings);
const name = `twinward-${settings.environment}`;
const foundation = siblingStack('twinward-foundation');
const data = siblingStack('twinward-data');
const cluster = siblingStack('twinward-cluster');
const secret = textMap<'service-url' | 'keyring-url' | 'migrate-url'>(data, 'databaseSecret');

const provider = new kubernetes.Provider(name, {
  kubeconfig: pulumi
    .all([textOutput(cluster, 'clusterName'), textOutput(cluster, 'endpoint')])
    .apply(([clusterName, endpoint]) => kubeconfig(clusterName, endpoint)),
  enableServerSideApply: true,
});
const inCluster = { providers: { kubernetes: provider } };

new ReleaseNamespace(
  name,
  {
    namespace: settings.namespace,
    databaseSecret: {
      'service-url': secret('service-url'),
      'keyring-url': secret('keyring-url'),
      'migrate-url': secret('migrate-url'),
    },
  },
  inCluster,
);
const gitops = new GitOps(
  name,
  { ...settings, mirrors: textMap<'ghcr' | 'quay' | 'dockerhub'>(foundation, 'imageMirrors') },
  inCluster,
);

export const engineNamespace = gitops.namespace;
