// Accelerators that a GPU pool can have, as data: machines, partitions, and what may be asked of them. PURE.

/** How machines of a pool are got. */
export const provisionings = ['on-demand', 'spot', 'flex-start', 'queued'] as const;

/** One of the ways. */
export type Provisioning = (typeof provisionings)[number];

/** One accelerator. */
export interface AcceleratorProfile {
  /** What Google calls it. */
  readonly type: string;
  readonly memoryGib: number;
  /** Accelerators by machine type. */
  readonly machines: Readonly<Record<string, readonly number[]>>;
  /** Sizes of partitions (MIG) and how many of them an accelerator has. */
  readonly partitions: Readonly<Record<string, number>>;
  /** Machine types that are not to be had on demand. */
  readonly neverOnDemand: readonly string[];
  readonly bootDisk: 'pd-balanced' | 'pd-ssd';
}

/** The profiles, by the name that settings use. */
export const acceleratorProfiles = {
  t4: {
    type: 'nvidia-tesla-t4',
    memoryGib: 16,
    machines: {
      'n1-standard-4': [1],
      'n1-standard-8': [1, 2],
      'n1-standard-16': [1, 2, 4],
      'n1-standard-32': [2, 4],
    },
    partitions: {},
    neverOnDemand: [],
    bootDisk: 'pd-balanced',
  },
  l4: {
    type: 'nvidia-l4',
    memoryGib: 24,
    machines: {
      'g2-standard-4': [1],
      'g2-standard-8': [1],
      'g2-standard-12': [1],
      'g2-standard-16': [1],
      'g2-standard-24': [2],
      'g2-standard-32': [1],
      'g2-standard-48': [4],
      'g2-standard-96': [8],
    },
    partitions: {},
    neverOnDemand: [],
    bootDisk: 'pd-balanced',
  },
  'a100-40': {
    type: 'nvidia-tesla-a100',
    memoryGib: 40,
    machines: {
      'a2-highgpu-1g': [1],
      'a2-highgpu-2g': [2],
      'a2-highgpu-4g': [4],
      'a2-highgpu-8g': [8],
      'a2-megagpu-16g': [16],
    },
    partitions: { '1g.5gb': 7, '2g.10gb': 3, '3g.20gb': 2, '7g.40gb': 1 },
    neverOnDemand: [],
    bootDisk: 'pd-ssd',
  },
  'a100-80': {
    type: 'nvidia-a100-80gb',
    memoryGib: 80,
    machines: {
      'a2-ultragpu-1g': [1],
      'a2-ultragpu-2g': [2],
      'a2-ultragpu-4g': [4],
      'a2-ultragpu-8g': [8],
    },
    partitions: { '1g.10gb': 7, '2g.20gb': 3, '3g.40gb': 2, '7g.80gb': 1 },
    neverOnDemand: [],
    bootDisk: 'pd-ssd',
  },
  'h100-80': {
    type: 'nvidia-h100-80gb',
    memoryGib: 80,
    machines: { 'a3-highgpu-1g': [1], 'a3-highgpu-2g': [2], 'a3-highgpu-4g': [4], 'a3-highgpu-8g': [8] },
    partitions: { '1g.10gb': 7, '1g.20gb': 4, '2g.20gb': 3, '3g.40gb': 2, '7g.80gb': 1 },
    neverOnDemand: ['a3-highgpu-1g', 'a3-highgpu-2g', 'a3-highgpu-4g'],
    bootDisk: 'pd-ssd',
  },
} as const satisfies Record<string, AcceleratorProfile>;

/** Name of a profile. */
export type AcceleratorName = keyof typeof acceleratorProfiles;

/** Names of all profiles. */
export const acceleratorNames = Object.keys(acceleratorProfiles) as AcceleratorName[];

/** A GPU pool as asked for. */
export interface GpuPoolRequest {
  readonly accelerator: AcceleratorName;
  readonly machineType: string;
  readonly count: number;
  readonly provisioning: Provisioning;
  readonly partition?: string | undefined;
  readonly sharing?: { readonly strategy: string } | undefined;
}

/** A fault of a request: the field, and what is wrong with it. */
export interface PoolFault {
  readonly field: 'machineType' | 'count' | 'provisioning' | 'partition' | 'sharing';
  readonly message: string;
}

/** What is wrong with a pool that is asked for; empty when it can be made. */
export function poolFaults(request: GpuPoolRequest): readonly PoolFault[] {
  const profile: AcceleratorProfile = acceleratorProfiles[request.accelerator];
  const counts = profile.machines[request.machineType];
  if (counts === undefined) {
    return [
      {
        field: 'machineType',
        message: `is no machine for ${request.accelerator}; those are ${Object.keys(profile.machines).join(', ')}`,
      },
    ];
  }
  return [
    ...(counts.includes(request.count)
      ? []
      : [{ field: 'count' as const, message: `must be ${counts.join(' or ')} on ${request.machineType}` }]),
    ...provisioningFaults(profile, request),
    ...partitionFaults(profile, request),
  ];
}

function provisioningFaults(profile: AcceleratorProfile, request: GpuPoolRequest): readonly PoolFault[] {
  const refused = request.provisioning === 'on-demand' && profile.neverOnDemand.includes(request.machineType);
  return refused
    ? [
        {
          field: 'provisioning',
          message: `cannot be on-demand for ${request.machineType}; use spot, flex-start or queued, or a machine with all accelerators`,
        },
      ]
    : [];
}

function partitionFaults(profile: AcceleratorProfile, request: GpuPoolRequest): readonly PoolFault[] {
  const { partition, accelerator, sharing } = request;
  if (partition === undefined) return [];
  const sizes = Object.keys(profile.partitions);
  if (!sizes.includes(partition)) {
    const known =
      sizes.length === 0 ? `${accelerator} cannot be cut` : `sizes of ${accelerator} are ${sizes.join(', ')}`;
    return [{ field: 'partition', message: `is unknown: ${known}` }];
  }
  return sharing === undefined
    ? []
    : [{ field: 'sharing', message: 'cannot go with a partition, which is its own share of the memory' }];
}
