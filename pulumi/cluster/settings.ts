// Settings of the cluster stack: GKE, its node pools, and who may act as what.
import { z } from 'zod';
import { acceleratorNames, poolFaults, provisionings } from '../components/accelerators.ts';
import {
  deletionProtection,
  environment,
  kubernetesName,
  refuseUnprotectedProduction,
  takeDown,
  wholeNumber,
} from '../components/settings/fields.ts';

const yesOrNo = z.boolean({ error: 'must be true or false' });

const nodeRange = {
  minNodes: wholeNumber(0, 1000, 'nodes in the region'),
  maxNodes: wholeNumber(1, 1000, 'nodes in the region'),
};

function refuseInverted(
  pool: { readonly minNodes: number; readonly maxNodes: number },
  context: z.RefinementCtx,
): void {
  if (pool.minNodes > pool.maxNodes) {
    context.addIssue({
      code: 'custom',
      path: ['maxNodes'],
      message: `is less than minNodes (${pool.minNodes})`,
    });
  }
}

const cpuPool = z
  .strictObject({
    machineType: z
      .string()
      .regex(/^(n2|n2d|n4|c3|c3d|c4|e2)-(standard|highmem)-\d+$/, {
        error: 'must be a machine such as n2d-standard-4, of one of the series n2, n2d, n4, c3, c3d, c4, e2',
      })
      .default('n2d-standard-4'),
    diskGib: wholeNumber(50, 2000, 'GiB').default(100),
    minNodes: nodeRange.minNodes.default(3),
    maxNodes: nodeRange.maxNodes.default(9),
  })
  .superRefine(refuseInverted);

const gpuPool = z
  .strictObject({
    name: z.string().regex(/^[a-z][-a-z0-9]{0,18}[a-z0-9]$/, {
      error: 'must be 2 to 20 lower-case letters, digits and dashes',
    }),
    accelerator: z.enum(acceleratorNames, { error: `must be one of ${acceleratorNames.join(', ')}` }),
    machineType: z.string({ error: 'is missing, such as g2-standard-8' }),
    /** Accelerators per node. */
    count: wholeNumber(1, 16, 'accelerators per node').default(1),
    provisioning: z
      .enum(provisionings, { error: `must be one of ${provisionings.join(', ')}` })
      .default('on-demand'),
    /** Zones that have it; all zones of the region if left out. */
    zones: z
      .array(z.string().regex(/^[a-z]+-[a-z]+\d-[a-z]$/, { error: 'must be a zone such as europe-west4-b' }))
      .optional(),
    /** Cuts each accelerator (MIG), which keeps the memory of tenants apart. */
    partition: z.string().optional(),
    /** Several pods on one accelerator. Neither way keeps their memory apart. */
    sharing: z
      .strictObject({
        strategy: z.enum(['TIME_SHARING', 'MPS'], { error: 'must be TIME_SHARING or MPS' }),
        clients: wholeNumber(2, 48, 'pods per accelerator'),
        sameTenant: z.literal(true, {
          error:
            'must be true: pods that share an accelerator can read what others left in its memory, so only pods of one tenant may. Use partition for several tenants',
        }),
      })
      .optional(),
    /** Longest life of a node that came by flex-start or queued. */
    maxRunHours: wholeNumber(1, 168, 'hours').default(24),
    diskGib: wholeNumber(50, 2000, 'GiB').default(100),
    minNodes: nodeRange.minNodes.default(0),
    maxNodes: nodeRange.maxNodes.default(2),
  })
  .superRefine(refuseInverted)
  .superRefine((pool, context) => {
    for (const fault of poolFaults(pool)) {
      context.addIssue({ code: 'custom', path: [fault.field], message: fault.message });
    }
    if (pool.minNodes > 0 && pool.provisioning !== 'on-demand') {
      context.addIssue({
        code: 'custom',
        path: ['minNodes'],
        message: `must be 0 with ${pool.provisioning}: such nodes come and go with the work`,
      });
    }
  });

const maintenance = z.strictObject({
  /** Start in UTC, as HH:MM. */
  start: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of day in UTC, such as 22:00' })
    .default('22:00'),
  hours: wholeNumber(4, 24, 'hours').default(6),
  days: z
    .array(z.enum(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'], { error: 'must be days such as SA and SU' }))
    .min(1, { error: 'must have at least one day' })
    .default(['SA', 'SU']),
});

const noRepeats =
  (what: string, key: (item: unknown) => unknown) =>
  (items: readonly unknown[], context: z.RefinementCtx): void => {
    const seen = items.map(key);
    for (const [index, value] of seen.entries()) {
      if (seen.indexOf(value) !== index) {
        context.addIssue({ code: 'custom', path: [index], message: `repeats ${what} ${String(value)}` });
      }
    }
  };

/** The settings, validated. */
export const clusterSettings = z
  .strictObject({
    environment,
    deletionProtection,
    takeDown,
    /** First half of a tenant's name. Never change it once there are records. */
    clusterId: kubernetesName,
    releaseChannel: z
      .enum(['REGULAR', 'STABLE', 'EXTENDED'], { error: 'must be REGULAR, STABLE or EXTENDED' })
      .default('STABLE'),
    maintenance: maintenance.prefault({}),
    /** Namespace of the release. */
    namespace: kubernetesName.default('twinward-system'),
    /** Namespaces of tenants: their ingest may read their own folder of the records bucket. */
    tenants: z.array(kubernetesName).superRefine(noRepeats('tenant', String)).default([]),
    /** Google group whose subgroups Kubernetes RBAC may name: gke-security-groups@DOMAIN. */
    securityGroup: z
      .string()
      .regex(/^gke-security-groups@[a-z0-9.-]+$/, {
        error: 'must be gke-security-groups@DOMAIN; GKE takes no other name',
      })
      .optional(),
    cpuPool: cpuPool.prefault({}),
    gpuPools: z
      .array(gpuPool)
      .superRefine(noRepeats('pool', (pool) => Reflect.get(Object(pool), 'name')))
      .default([]),
    /** Filestore for the ledger of erasures, which two replicas write. */
    ledger: z
      .strictObject({
        enabled: yesOrNo.default(false),
        storageClassName: kubernetesName.default('standard-rwx'),
        size: z
          .string()
          .regex(/^\d+(Gi|Ti)$/, { error: 'must be a size such as 1Ti' })
          .default('1Ti'),
      })
      .prefault({}),
  })
  .superRefine(refuseUnprotectedProduction)
  .superRefine((settings, context) => {
    if (settings.environment === 'prod' && settings.cpuPool.minNodes < 3) {
      context.addIssue({
        code: 'custom',
        path: ['cpuPool', 'minNodes'],
        message:
          'is less than 3 in a production stack: every zone needs a node, or a zone that fails takes the service with it',
      });
    }
  });

/** The settings. */
export type ClusterSettings = Readonly<z.output<typeof clusterSettings>>;

/** A GPU pool as asked for. */
export type GpuPoolSettings = ClusterSettings['gpuPools'][number];
