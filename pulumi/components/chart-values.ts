// Values of charts/twinward that follow from what was made. PURE. Each stack gives the part that it knows; Helm merges.
import { OWNER_ROLE, type RoleUsers } from './roles.ts';

/** Annotation that makes a Kubernetes account act as a Google service account. */
export const GOOGLE_ACCOUNT = 'iam.gke.io/gcp-service-account';

/** Ports on which the two proxies listen, on loopback. */
export const proxyPorts = { service: 5432, keyring: 5433 } as const;

/** What the data stack knows. */
export interface DataFacts {
  readonly connectionName: string;
  /** Private address of the database. */
  readonly address: string;
  readonly proxyImage: string;
  /** Account that the second proxy logs in as. */
  readonly keyringEmail: string;
  readonly backupHorizonDays: number;
}

/** Values from the data stack. */
export function dataChartValues(facts: DataFacts): object {
  return {
    twins: { backupHorizon: `P${facts.backupHorizonDays}D` },
    database: {
      sidecars: [
        proxy('cloud-sql-proxy', facts, proxyPorts.service, 9801, []),
        proxy('cloud-sql-proxy-keyring', facts, proxyPorts.keyring, 9802, [
          `--impersonate-service-account=${facts.keyringEmail}`,
        ]),
      ],
    },
    networkPolicy: {
      database: { peers: [{ ipBlock: { cidr: `${facts.address}/32` } }] },
      google: { cloudSql: true },
    },
  };
}

function proxy(
  name: string,
  facts: DataFacts,
  port: number,
  health: number,
  extra: readonly string[],
): object {
  return {
    name,
    image: facts.proxyImage,
    args: [
      '--psc',
      '--auto-iam-authn',
      '--structured-logs',
      '--quiet',
      '--exit-zero-on-sigterm',
      '--health-check',
      '--http-address=0.0.0.0',
      `--http-port=${health}`,
      `--address=127.0.0.1`,
      `--port=${port}`,
      ...extra,
      facts.connectionName,
    ],
    startupProbe: { httpGet: { path: '/startup', port: health }, periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: { httpGet: { path: '/liveness', port: health }, periodSeconds: 10, timeoutSeconds: 5 },
    resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
  };
}

/**
 * Connection strings of the twin service: to the proxies on loopback, without a password. Migrations act as the role
 * that owns the schema.
 */
export function connectionStrings(users: RoleUsers): Record<string, string> {
  const url = (user: string, port: number): string =>
    `postgresql://${encodeURIComponent(user)}@127.0.0.1:${port}/twinward`;
  const asOwner = new URLSearchParams({ options: `-c timezone=UTC -c role=${OWNER_ROLE}` });
  return {
    'service-url': url(users.twins, proxyPorts.service),
    'keyring-url': url(users.keyring, proxyPorts.keyring),
    'migrate-url': `${url(users.migrate, proxyPorts.service)}?${asOwner.toString().replaceAll('+', '%20')}`,
  };
}

/** What the cluster stack knows. */
export interface ClusterFacts {
  readonly clusterId: string;
  /** Registry and folder of images. */
  readonly imageRegistry: string;
  readonly emails: { readonly operator: string; readonly twins: string; readonly migrate: string };
  /** Range of the nodes, from which the private endpoint of the control plane takes its address. */
  readonly nodeRange: string;
  /** Range in which Google's APIs are reached. */
  readonly googleRange: string;
  readonly tenants: readonly string[];
  readonly poolLabel: Readonly<Record<string, string>>;
  /** Storage class of the ledger of erasures; undefined: none is made. */
  readonly ledger: { readonly storageClassName: string; readonly size: string } | undefined;
}

/** Values from the cluster stack. */
export function clusterChartValues(facts: ClusterFacts): object {
  const actAs = (email: string): Record<string, string> => ({ [GOOGLE_ACCOUNT]: email });
  return {
    clusterId: facts.clusterId,
    image: { registry: facts.imageRegistry },
    serviceAccounts: {
      operator: actAs(facts.emails.operator),
      twins: actAs(facts.emails.twins),
      migrate: actAs(facts.emails.migrate),
    },
    ...(facts.ledger && { twins: { ledger: { create: true, ...facts.ledger } } }),
    networkPolicy: {
      enabled: true,
      tenantNamespaces: [...facts.tenants],
      apiServer: { peers: [{ ipBlock: { cidr: facts.nodeRange } }], ports: [443] },
      sources: { peers: [{ ipBlock: { cidr: facts.googleRange } }], ports: [443] },
      google: { identities: ['twins', 'migrate', 'ingest'] },
    },
    nodeSelector: { ...facts.poolLabel },
  };
}
