// Every flow between processes of ours and with the world: docs/security.md shows this table, and the network test asks
// it of the rendered policies. What is not here is denied.

/** Who takes part: the pods of the chart and of the operator, and what is around them. */
export type Party =
  | 'operator'
  | 'twins'
  | 'migrate'
  | 'dashboard'
  | 'ingest'
  | 'simulate'
  | 'inference'
  | 'inference of another tenant'
  | 'worker of a later version'
  | "tenant's own pod"
  | 'stray pod beside the operator'
  | 'stray pod elsewhere'
  | 'Prometheus'
  | 'other pod in monitoring'
  | 'gateway'
  | 'cluster DNS'
  | 'DNS cache of the node'
  | 'Cloud DNS'
  | 'API server'
  | 'PostgreSQL'
  | 'Google APIs'
  | 'GKE metadata server'
  | 'GKE metadata server, second address'
  | 'object store'
  | 'source of records'
  | 'identity provider'
  | 'Internet';

/** A flow: who opens a connection to whom, and why. */
export interface Flow {
  readonly from: Party;
  readonly to: Party;
  readonly port: number;
  readonly protocol?: 'UDP';
  readonly why: string;
  /** The value below `networkPolicy` without which it is closed; absent = open by default. */
  readonly value?: string;
}

const names = ['operator', 'twins', 'migrate', 'dashboard', 'ingest', 'simulate'] as const;
const scraped = ['operator', 'twins', 'dashboard', 'ingest', 'simulate', 'inference'] as const;
const databaseUsers = ['twins', 'migrate', 'dashboard'] as const;
const googleIdentities = ['twins', 'migrate', 'ingest'] as const;

const dns = names.flatMap((from): readonly Flow[] => {
  const why = 'resolves names';
  return [
    { from, to: 'cluster DNS', port: 53, protocol: 'UDP', why },
    { from, to: 'cluster DNS', port: 53, why },
    { from, to: 'DNS cache of the node', port: 53, protocol: 'UDP', why },
    { from, to: 'Cloud DNS', port: 53, protocol: 'UDP', why },
  ];
});

const metrics: readonly Flow[] = [
  ...scraped.map((to) => ({ from: 'Prometheus', to, port: 8081, why: 'reads /metrics' }) as const),
  { from: 'Prometheus', to: 'simulate', port: 8082, why: 'reads /metrics of the engine beside the worker' },
];

const database = databaseUsers.flatMap((from): readonly Flow[] => [
  { from, to: 'PostgreSQL', port: 5432, why: from === 'dashboard' ? 'keeps sessions' : 'keeps records' },
  {
    from,
    to: 'PostgreSQL',
    port: 3307,
    why: 'reaches Cloud SQL through its connector',
    value: 'google.cloudSql',
  },
  { from, to: 'Google APIs', port: 443, why: 'asks where Cloud SQL is', value: 'google.cloudSql' },
]);

const metadata = googleIdentities.flatMap((from): readonly Flow[] => {
  const about = { from, why: 'gets a token of its Google service account', value: 'google.identities' };
  return [
    { ...about, to: 'GKE metadata server', port: 80 },
    { ...about, to: 'GKE metadata server', port: 988 },
    { ...about, to: 'GKE metadata server, second address', port: 987 },
    { ...about, to: 'GKE metadata server, second address', port: 988 },
  ];
});

/** What must be possible. */
export const allowed: readonly Flow[] = [
  { from: 'operator', to: 'API server', port: 443, why: 'watches objects, writes children and status' },
  { from: 'operator', to: 'twins', port: 8443, why: 'TwinControl: handles, specs, counts; no patient data' },
  { from: 'twins', to: 'API server', port: 443, why: 'TokenReview and SubjectAccessReview' },
  { from: 'twins', to: 'inference', port: 9000, why: 'forecasts: coded events with offsets in days' },
  { from: 'twins', to: 'object store', port: 443, why: 'keeps sealed objects', value: 'objectStore.peers' },
  { from: 'ingest', to: 'twins', port: 8443, why: 'sends mapped records' },
  { from: 'ingest', to: 'source of records', port: 443, why: 'reads records', value: 'sources.peers' },
  { from: 'simulate', to: 'twins', port: 8443, why: 'claims units, commits results' },
  { from: 'simulate', to: 'inference', port: 9000, why: 'rollouts of a Shared engine' },
  {
    from: 'gateway',
    to: 'twins',
    port: 8443,
    why: 'people with kubectl twin, without a port-forward',
    value: 'clients.peers',
  },
  { from: 'gateway', to: 'dashboard', port: 8080, why: 'people in a browser', value: 'dashboard.peers' },
  { from: 'dashboard', to: 'twins', port: 8443, why: 'reads on behalf of people' },
  { from: 'dashboard', to: 'API server', port: 443, why: 'shows our kinds' },
  {
    from: 'dashboard',
    to: 'identity provider',
    port: 443,
    why: 'signs people in',
    value: 'dashboard.identityProvider',
  },
  ...database,
  ...metadata,
  ...metrics,
  ...dns,
];

/** A flow that must not be possible. */
export type Denied = Pick<Flow, 'from' | 'to' | 'port' | 'protocol'>;

const refuse = (from: Party, ...targets: readonly (readonly [Party, number])[]): readonly Denied[] =>
  targets.map(([to, port]) => ({ from, to, port }));

/** What must not be possible. */
export const denied: readonly Denied[] = [
  { from: 'inference', to: 'cluster DNS', port: 53, protocol: 'UDP' },
  ...refuse('inference', ['Internet', 443], ['twins', 8443], ['API server', 443], ['PostgreSQL', 5432]),
  ...refuse(
    'inference',
    ['GKE metadata server', 80],
    ['simulate', 8081],
    ['inference of another tenant', 9000],
  ),
  ...refuse('simulate', ['Internet', 443], ['PostgreSQL', 5432], ['API server', 443], ['object store', 443]),
  ...refuse(
    'simulate',
    ['inference of another tenant', 9000],
    ['source of records', 443],
    ['GKE metadata server', 80],
  ),
  ...refuse('ingest', ['Internet', 443], ['PostgreSQL', 5432], ['API server', 443], ['inference', 9000]),
  ...refuse('ingest', ['simulate', 8081], ['object store', 443], ['twins', 8081], ['operator', 8081]),
  ...refuse('operator', ['Internet', 443], ['PostgreSQL', 5432], ['inference', 9000], ['object store', 443]),
  ...refuse('operator', ['GKE metadata server', 80], ['twins', 8081], ['ingest', 8081]),
  ...refuse('twins', ['Internet', 443], ['source of records', 443], ['ingest', 8081], ['operator', 8081]),
  ...refuse('twins', ['inference', 8081], ['identity provider', 443], ['PostgreSQL', 22]),
  ...refuse('migrate', ['API server', 443], ['twins', 8443], ['object store', 443], ['Internet', 443]),
  ...refuse(
    'dashboard',
    ['inference', 9000],
    ['GKE metadata server', 80],
    ['Internet', 443],
    ['object store', 443],
  ),
  ...refuse('worker of a later version', ['Internet', 443], ['twins', 8443], ['API server', 443]),
  ...refuse('stray pod beside the operator', ['PostgreSQL', 5432], ['twins', 8443], ['Internet', 443]),
  ...refuse(
    'stray pod elsewhere',
    ['operator', 8081],
    ['twins', 8443],
    ['inference', 9000],
    ['dashboard', 8080],
  ),
  ...refuse("tenant's own pod", ['twins', 8443], ['inference', 9000], ['ingest', 8081], ['simulate', 8082]),
  ...refuse("tenant's own pod", ['stray pod beside the operator', 80]),
  ...refuse('Internet', ['twins', 8443], ['dashboard', 8080], ['operator', 8081], ['inference', 9000]),
  ...refuse('Prometheus', ['twins', 8443], ['inference', 9000], ['dashboard', 8080]),
  ...refuse('other pod in monitoring', ['twins', 8081], ['inference', 8081]),
  ...refuse('gateway', ['operator', 8081], ['inference', 9000]),
];

/** What is none of our business and stays as it is. */
export const untouched: readonly Denied[] = [
  ...refuse("tenant's own pod", ['Internet', 443], ['API server', 443]),
  ...refuse('stray pod elsewhere', ["tenant's own pod", 8080], ['PostgreSQL', 5432]),
];
