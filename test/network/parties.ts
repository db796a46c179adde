// Where each party of the table of flows is: a pod with the labels that the chart or the operator gives it, or an address.
import { labelsOf } from '../../operator/pod-parts.ts';
import type { Denied, Party } from './flows.ts';
import { type End, type Rendered, releaseNamespace, type Traffic } from './policies.ts';

const template = (object: Rendered): { readonly metadata?: { readonly labels?: Record<string, string> } } => {
  const { spec } = object as Rendered & { readonly spec?: { readonly template?: object } };
  return spec?.template ?? {};
};

/** Labels of the pods of a component, read from the rendered workloads. */
function chartLabels(objects: readonly Rendered[], component: string): Readonly<Record<string, string>> {
  for (const object of objects) {
    const labels = template(object).metadata?.labels;
    if (labels?.['app.kubernetes.io/component'] === component) return labels;
  }
  throw new Error(`the chart renders no workload of component ${component}`);
}

const worker = (component: string): Readonly<Record<string, string>> =>
  labelsOf(component, 'example', { 'twinward.io/example': 'example' });

/** All parties, by name. */
export function partiesOf(objects: readonly Rendered[]): Readonly<Record<Party, End>> {
  let last = 0;
  const pod = (namespace: string, labels: Readonly<Record<string, string>>): End => {
    last += 1;
    return { ip: `10.244.0.${last}`, pod: { namespace, labels } };
  };
  const ours = (component: string): End => pod(releaseNamespace, chartLabels(objects, component));
  return {
    operator: ours('operator'),
    twins: ours('twins'),
    migrate: ours('migrate'),
    dashboard: ours('dashboard'),
    ingest: pod('ward-a', worker('ingest')),
    simulate: pod('ward-a', worker('simulate')),
    inference: pod('ward-a', worker('inference')),
    'inference of another tenant': pod('ward-b', worker('inference')),
    'worker of a later version': pod('ward-a', worker('imaging')),
    "tenant's own pod": pod('ward-a', { app: 'report' }),
    'stray pod beside the operator': pod(releaseNamespace, { app: 'shell' }),
    'stray pod elsewhere': pod('default', { app: 'shell' }),
    Prometheus: pod('monitoring', { 'app.kubernetes.io/name': 'prometheus' }),
    'other pod in monitoring': pod('monitoring', { 'app.kubernetes.io/name': 'grafana' }),
    gateway: pod('gateways', { app: 'gateway' }),
    'cluster DNS': pod('kube-system', { 'k8s-app': 'kube-dns' }),
    'DNS cache of the node': { ip: '169.254.20.10' },
    'Cloud DNS': { ip: '169.254.169.254' },
    'API server': { ip: '172.16.0.2' },
    PostgreSQL: { ip: '10.20.0.5' },
    'Google APIs': { ip: '199.36.153.4' },
    'GKE metadata server': { ip: '169.254.169.254' },
    'GKE metadata server, second address': { ip: '169.254.169.252' },
    'object store': { ip: '10.20.0.9' },
    'source of records': { ip: '10.30.0.7' },
    'identity provider': { ip: '10.40.0.3' },
    Internet: { ip: '203.0.113.10' },
  };
}

/** A row of the table as a connection. */
export function trafficOf(flow: Denied, parties: Readonly<Record<Party, End>>): Traffic {
  const { from, to, port } = flow;
  return { from: parties[from], to: parties[to], port, protocol: flow.protocol ?? 'TCP' };
}

/** A row of the table as words. */
export function wordsOf({ from, to, port, protocol }: Denied): string {
  return `${from} → ${to} ${port}/${protocol ?? 'TCP'}`;
}
