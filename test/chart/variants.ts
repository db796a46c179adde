// Values that together reach every branch of the templates.
import type { Json } from '../e2e/stack.ts';

const everything: Json = {
  namespace: { create: true },
  image: {
    registry: 'registry.example/hospital',
    tag: '1.2.3',
    pullSecrets: ['registry'],
    digests: { twins: `sha256:${'a'.repeat(64)}` },
  },
  config: { samples: 2048, databasePool: 40 },
  twins: {
    autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 9 },
    ledger: { create: true, storageClassName: 'shared', size: '2Gi' },
  },
  dashboard: { enabled: true },
  tls: { mode: 'CertManager', certManager: { issuerRef: { name: 'internal', kind: 'ClusterIssuer' } } },
  serviceAccounts: { twins: { 'iam.gke.io/gcp-service-account': 'twins@hospital.iam.gserviceaccount.com' } },
  database: {
    sidecars: [
      {
        name: 'sql-proxy',
        image: 'registry.example/cloud-sql-proxy:2',
        args: ['--private-ip', '--port=5432', 'project:region:instance'],
        resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '64Mi' } },
      },
    ],
  },
  admissionPolicy: {
    priorityClasses: ['clinical', 'research'],
    artifactSources: ['builtin:', 'oci://registry.example/'],
  },
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'clinical', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }] },
        ],
      },
    },
  },
  priorityClassName: 'clinical',
};

/** Values by what they are about. */
export const variants: Readonly<Record<string, Json>> = {
  'the defaults': {},
  'everything on': everything,
  'a certificate of yours': {
    tls: { mode: 'Existing', existingSecret: 'hospital-tls', trustConfigMap: 'hospital-ca' },
    twins: { ledger: { existingClaim: 'ledger' } },
    engines: { tls: false },
    rbac: { aggregate: false },
    admissionPolicy: { enabled: false },
    networkPolicy: { enabled: false },
  },
  'a single replica': {
    operator: { replicas: 1 },
    twins: { replicas: 1 },
    dashboard: { enabled: true, replicas: 1 },
  },
};

/** Values that the schema must refuse, and what it says. */
export const refused: Readonly<Record<string, readonly [values: Json, message: RegExp]>> = {
  'a key that there is not': [{ twins: { replica: 3 } }, /additional properties 'replica' not allowed/i],
  'a key at the top that there is not': [{ twin: {} }, /additional properties 'twin' not allowed/i],
  'a setting that there is not': [{ config: { sample: 64 } }, /additional properties 'sample' not allowed/i],
  'a number as text': [{ twins: { replicas: '3' } }, /replicas.*got string, want integer/is],
  'too many replicas': [{ operator: { replicas: 21 } }, /replicas.*maximum/is],
  'a mode that there is not': [{ tls: { mode: 'Manual' } }, /mode.*one of/is],
  'a certificate of yours without its Secret': [{ tls: { mode: 'Existing' } }, /existingSecret.*minLength/is],
  'cert-manager without an issuer': [{ tls: { mode: 'CertManager' } }, /issuerRef\/name.*minLength/is],
  'a digest that is none': [{ image: { digests: { twins: 'sha256:abc' } } }, /digests.*twins/is],
  'an image that there is not': [
    { image: { digests: { twin: `sha256:${'a'.repeat(64)}` } } },
    /'twin' not allowed/i,
  ],
  'samples that are no multiple of 64': [{ config: { samples: 100 } }, /samples.*multiple/is],
  'a cluster id with capitals': [{ clusterId: 'Hospital' }, /clusterId.*pattern/is],
  'a period that is not in days': [{ twins: { erasureGrace: '7 days' } }, /erasureGrace.*pattern/is],
  'a key in a resource that there is not': [
    { migrate: { resources: { limit: {} } } },
    /'limit' not allowed/i,
  ],
  'a quote in a key of the policy': [
    { admissionPolicy: { patientTwinKeys: ["a'b"] } },
    /patientTwinKeys.*pattern/is,
  ],
  'a sidecar without an image': [{ database: { sidecars: [{ name: 'proxy' }] } }, /image/i],
};
