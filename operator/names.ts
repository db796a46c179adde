// Every name that leaves the operator and that others depend on. Condition types and reasons are in #crds/condition.ts.

/** Field manager of everything the operator applies. */
export const fieldManager = 'twinward-operator';
/** Controller name in events and in `app.kubernetes.io/managed-by`. */
export const controllerName = 'twinward.io/operator';

/** Labels of children. Selectors use those of our own domain only. */
export const label = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  partOf: 'app.kubernetes.io/part-of',
  managedBy: 'app.kubernetes.io/managed-by',
  model: 'twinward.io/model',
  bundle: 'twinward.io/bundle',
  source: 'twinward.io/source',
  simulation: 'twinward.io/simulation',
  /** On a Namespace: "clinical" or "research", fixed at first use. */
  purpose: 'twinward.io/purpose',
  /** On a Simulation, and copied to its Job: the queue that admits it. */
  queue: 'kueue.x-k8s.io/queue-name',
} as const;

/** Labels of a Simulation that its Job carries too, for Kueue. */
export const queueLabels: readonly string[] = [
  label.queue,
  'kueue.x-k8s.io/priority-class',
  'kueue.x-k8s.io/max-exec-time-seconds',
];

/** Annotations that the operator reads or writes on children. */
export const annotation = {
  /** On a Namespace: uid of the deleted namespace whose records this one may adopt. */
  adoptsNamespace: 'twinward.io/adopts-namespace',
  /** On a child: whole sha256 of the bundle it serves. */
  sha256: 'twinward.io/sha256',
  runKey: 'twinward.io/run-key',
  attempt: 'twinward.io/attempt',
} as const;

/** Accounts, ConfigMaps and Secrets that exist in every namespace with our objects, or in our own. */
export const wellKnown = {
  ingestAccount: 'twinward-ingest',
  simulateAccount: 'twinward-simulate',
  inferenceAccount: 'twinward-inference',
  trustBundle: 'twinward-ca',
  twinsAccount: 'twinward-twins',
  servingSecret: 'twinward-twins-tls',
  /** Certificate of the engines of a namespace: a Secret, and a ConfigMap that says when it runs out. */
  engineSecret: 'twinward-engine-tls',
  /** Issuer and public keys of service-account tokens, for engines. */
  engineCallers: 'twinward-engine-callers',
  twinsService: 'twinward-twins',
  twinsClientService: 'twinward-twins-client',
} as const;

/** Mount paths and ports that processes share; docs/architecture.md has the whole table. */
export const convention = {
  tokenFolder: '/var/run/secrets/twinward',
  trustFolder: '/var/run/secrets/twinward-ca',
  /** Certificates of an authority that is not ours, mounted into the operator. */
  foreignTrustFolder: '/var/run/secrets/twinward-trust',
  servingFolder: '/var/run/secrets/twinward-tls',
  callersFolder: '/var/run/secrets/twinward-callers',
  dataFolder: '/data',
  bundleFolder: '/bundle',
  audience: 'twinward',
  tokenSeconds: 3600,
  healthPort: 8081,
  sidecarHealthPort: 8082,
  inferencePort: 9000,
  twinsPort: 8443,
  /** Exit code of a failure that a retry cannot mend. */
  terminalExitCode: 78,
} as const;

/** Namespaces and names that events and status messages may quote are never longer than this. */
export const longestMessage = 1024;
