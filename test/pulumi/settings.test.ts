// What a stack may be configured as, and what it says when that cannot be.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { z } from 'zod';
import { bootstrapSettings } from '../../pulumi/bootstrap/settings.ts';
import { clusterSettings } from '../../pulumi/cluster/settings.ts';
import { acceleratorNames, acceleratorProfiles, poolFaults } from '../../pulumi/components/accelerators.ts';
import { addressRange, overlaps } from '../../pulumi/components/settings/fields.ts';
import { parseSettings, SettingsError } from '../../pulumi/components/settings/parse.ts';
import { backupHorizonDays, dataSettings } from '../../pulumi/data/settings.ts';
import { foundationSettings } from '../../pulumi/foundation/settings.ts';

const schemas = {
  foundation: foundationSettings,
  data: dataSettings,
  cluster: clusterSettings,
  bootstrap: bootstrapSettings,
} as const;

function faultsOf(project: keyof typeof schemas, raw: Readonly<Record<string, string>>): readonly string[] {
  try {
    parseSettings(schemas[project] as z.ZodType, { project: `twinward-${project}`, stack: 'prod' }, raw);
    return [];
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.faults;
  }
}

const cluster = { environment: 'prod', clusterId: 'main' };
const pool = (extra: object): string =>
  JSON.stringify([{ name: 'a', accelerator: 'l4', machineType: 'g2-standard-8', ...extra }]);

const refused: readonly {
  readonly when: string;
  readonly project: keyof typeof schemas;
  readonly given: Readonly<Record<string, string>>;
  /** Key that is named, and a part of what is said about it. */
  readonly want: readonly [string, RegExp];
}[] = [
  {
    when: 'the environment is missing',
    project: 'foundation',
    given: {},
    want: [
      'environment',
      /none of dev, prod.*pulumi config set --path 'twinward-foundation:environment' VALUE/,
    ],
  },
  {
    when: 'a key is misspelt',
    project: 'data',
    given: { environment: 'dev', databse: '{}' },
    want: ['databse', /no such key.*pulumi config rm/],
  },
  {
    when: 'a key inside is misspelt',
    project: 'data',
    given: { environment: 'dev', database: '{"backup":7}' },
    want: ['database.backup', /no such key/],
  },
  {
    when: 'ranges overlap',
    project: 'foundation',
    given: { environment: 'dev', network: '{"nodes":"10.4.0.0/20"}' },
    want: ['network.pods', /shares addresses with network\.nodes/],
  },
  {
    when: 'a range is public',
    project: 'foundation',
    given: { environment: 'dev', network: '{"nodes":"8.8.0.0/20"}' },
    want: ['network.nodes', /private IPv4 range/],
  },
  {
    when: 'a range has host bits',
    project: 'foundation',
    given: { environment: 'dev', network: '{"services":"10.8.0.1/20"}' },
    want: ['network.services', /host bits/],
  },
  {
    when: 'every image is exempt',
    project: 'foundation',
    given: { environment: 'dev', images: '{"exempt":["*"]}' },
    want: ['images.exempt[0]', /"\*" alone would allow everything/],
  },
  {
    when: 'audit logs are kept for too short',
    project: 'foundation',
    given: { environment: 'dev', audit: '{"retentionDays":30}' },
    want: ['audit.retentionDays', /from 365 to 3650/],
  },
  ...(['foundation', 'data', 'cluster'] as const).map((project) => ({
    when: `production of ${project} is not protected`,
    project,
    given: { environment: 'prod', clusterId: 'main', deletionProtection: 'false' },
    want: ['deletionProtection', /is false in a production stack/] as const,
  })),
  {
    when: 'the machine of the database is of another edition',
    project: 'data',
    given: { environment: 'dev', database: '{"tier":"db-perf-optimized-N-2"}' },
    want: ['database.tier', /db-custom-CPUS-MEBIBYTES/],
  },
  {
    when: 'production has one zone',
    project: 'data',
    given: { environment: 'prod', database: '{"availability":"ZONAL"}' },
    want: ['database.availability', /one zone away/],
  },
  {
    when: 'the database cannot go back far enough',
    project: 'data',
    given: { environment: 'dev', database: '{"pointInTimeDays":14}' },
    want: ['database.pointInTimeDays', /from 1 to 7/],
  },
  {
    when: 'the cluster has no id',
    project: 'cluster',
    given: { environment: 'prod' },
    want: ['clusterId', /is missing\. Set it/],
  },
  {
    when: 'the id of the cluster is no name',
    project: 'cluster',
    given: { environment: 'dev', clusterId: 'Main_Cluster' },
    want: ['clusterId', /lower-case letters, digits and dashes, such as ward-7/],
  },
  {
    when: 'a list is text',
    project: 'cluster',
    given: { ...cluster, tenants: 'ward' },
    want: ['tenants', /must be of type array, is of type string/],
  },
  {
    when: 'production has too few nodes',
    project: 'cluster',
    given: { ...cluster, cpuPool: '{"minNodes":1}' },
    want: ['cpuPool.minNodes', /every zone needs a node/],
  },
  {
    when: 'a pool shrinks below its least',
    project: 'cluster',
    given: { ...cluster, cpuPool: '{"minNodes":6,"maxNodes":3}' },
    want: ['cpuPool.maxNodes', /less than minNodes \(6\)/],
  },
  {
    when: 'a machine does not carry the accelerator',
    project: 'cluster',
    given: { ...cluster, gpuPools: pool({ machineType: 'n1-standard-8' }) },
    want: ['gpuPools[0].machineType', /is no machine for l4; those are g2-standard-4/],
  },
  {
    when: 'a machine carries another number of accelerators',
    project: 'cluster',
    given: { ...cluster, gpuPools: pool({ count: 2 }) },
    want: ['gpuPools[0].count', /must be 1 on g2-standard-8/],
  },
  {
    when: 'an accelerator cannot be cut',
    project: 'cluster',
    given: { ...cluster, gpuPools: pool({ partition: '1g.5gb' }) },
    want: ['gpuPools[0].partition', /l4 cannot be cut/],
  },
  {
    when: 'an accelerator cannot be cut that way',
    project: 'cluster',
    given: {
      ...cluster,
      gpuPools: pool({ accelerator: 'a100-40', machineType: 'a2-highgpu-1g', partition: '1g.10gb' }),
    },
    want: ['gpuPools[0].partition', /sizes of a100-40 are 1g\.5gb/],
  },
  {
    when: 'a small H100 machine is asked for on demand',
    project: 'cluster',
    given: { ...cluster, gpuPools: pool({ accelerator: 'h100-80', machineType: 'a3-highgpu-1g' }) },
    want: ['gpuPools[0].provisioning', /cannot be on-demand/],
  },
  {
    when: 'spot nodes are to stay',
    project: 'cluster',
    given: { ...cluster, gpuPools: pool({ provisioning: 'spot', minNodes: 1 }) },
    want: ['gpuPools[0].minNodes', /must be 0 with spot/],
  },
  {
    when: 'an old word is used for spot',
    project: 'cluster',
    given: { ...cluster, gpuPools: pool({ provisioning: 'preemptible' }) },
    want: ['gpuPools[0].provisioning', /on-demand, spot, flex-start, queued/],
  },
  {
    when: 'an accelerator is shared without a word on tenants',
    project: 'cluster',
    given: { ...cluster, gpuPools: pool({ sharing: { strategy: 'TIME_SHARING', clients: 4 } }) },
    want: ['gpuPools[0].sharing.sameTenant', /can read what others left in its memory/],
  },
  {
    when: 'a partition is shared',
    project: 'cluster',
    given: {
      ...cluster,
      gpuPools: pool({
        accelerator: 'a100-40',
        machineType: 'a2-highgpu-1g',
        partition: '3g.20gb',
        sharing: { strategy: 'MPS', clients: 4, sameTenant: true },
      }),
    },
    want: ['gpuPools[0].sharing', /cannot go with a partition/],
  },
  {
    when: 'two pools have one name',
    project: 'cluster',
    given: {
      ...cluster,
      gpuPools: JSON.stringify([...JSON.parse(pool({})), ...JSON.parse(pool({}))]),
    },
    want: ['gpuPools[1]', /repeats pool a/],
  },
  {
    when: 'a tenant is named twice',
    project: 'cluster',
    given: { ...cluster, tenants: '["ward","ward"]' },
    want: ['tenants[1]', /repeats tenant ward/],
  },
  {
    when: 'the source is missing',
    project: 'bootstrap',
    given: { environment: 'dev' },
    want: ['source', /which repository/],
  },
  {
    when: 'the address of the source holds a credential',
    project: 'bootstrap',
    given: { environment: 'dev', source: '{"url":"https://token@git.example/x.git"}' },
    want: ['source.url', /without credentials/],
  },
  {
    when: 'the path of the source leads out',
    project: 'bootstrap',
    given: { environment: 'dev', source: '{"url":"https://git.example/x.git","path":"../x"}' },
    want: ['source.path', /without \.\./],
  },
  {
    when: 'a version is open',
    project: 'bootstrap',
    given: { environment: 'dev', source: '{"url":"https://git.example/x.git"}', argocdChart: '10.x' },
    want: ['argocdChart', /exact version/],
  },
];

describe('settings are refused when', () => {
  for (const { when, project, given, want } of refused) {
    test(when, () => {
      const found = faultsOf(project, given).filter((fault) =>
        fault.startsWith(`twinward-${project}:${want[0]}: `),
      );
      assert.equal(found.length, 1, `${want[0]} is not named in ${JSON.stringify(faultsOf(project, given))}`);
      assert.match(found[0] ?? '', want[1]);
    });
  }

  test('protection goes when the stack is to go, and not before', () => {
    const given = { environment: 'prod', deletionProtection: 'false', takeDown: 'true' };
    assert.deepEqual(faultsOf('data', given), []);
  });

  test('several things are wrong, all of them at once', () => {
    const faults = faultsOf('cluster', { environment: 'test', cpuPool: '{"minNodes":-1}', nonsense: 'x' });
    assert.equal(faults.length, 4, faults.join('\n'));
  });
});

describe('without settings', () => {
  const parse = <Schema extends z.ZodType>(
    schema: Schema,
    raw: Readonly<Record<string, string>>,
  ): z.output<Schema> => parseSettings(schema, { project: 'p', stack: 's' }, raw);

  test('a stack is safe', () => {
    const foundation = parse(foundationSettings, { environment: 'prod' });
    assert.equal(foundation.network.internetEgress, false);
    assert.equal(foundation.keys.protectionLevel, 'HSM');
    assert.equal(foundation.images.unattested, 'block');
    const data = parse(dataSettings, { environment: 'dev' });
    assert.equal(data.deletionProtection, true);
    assert.equal(data.database.availability, 'REGIONAL');
    assert.equal(data.database.pointInTimeDays, 7);
    assert.deepEqual(parse(clusterSettings, cluster).gpuPools, []);
  });

  test('an erased patient is gone from every copy when the certificate says so', () => {
    const data = parse(dataSettings, {
      environment: 'dev',
      database: '{"backups":10}',
      buckets: '{"retentionDays":5,"oldVersionDays":20,"softDeleteDays":14}',
    });
    assert.equal(backupHorizonDays(data), 35);
    assert.equal(backupHorizonDays({ ...data, database: { ...data.database, backups: 90 } }), 91);
  });
});

describe('ranges', () => {
  test('are read, or refused', () => {
    assert.deepEqual(addressRange('10.0.0.0/20'), { first: 167_772_160, size: 4096 });
    for (const text of ['10.0.0.1/20', '10.0.0.0', '10.0.0.0/33', '300.0.0.0/8', '11.0.0.0/8', 'x']) {
      assert.equal(addressRange(text), undefined, text);
    }
  });

  test('that touch do not overlap', () => {
    assert.deepEqual(overlaps({ a: '10.0.0.0/24', b: '10.0.1.0/24' }), []);
    assert.deepEqual(overlaps({ a: '10.0.0.0/23', b: '10.0.1.0/24' }), [['a', 'b']]);
  });
});

describe('accelerators', () => {
  test('of every profile can be had on every machine that it lists', () => {
    for (const accelerator of acceleratorNames) {
      const { machines, partitions } = acceleratorProfiles[accelerator];
      for (const [machineType, counts] of Object.entries(machines)) {
        for (const count of counts) {
          const request = { accelerator, machineType, count, provisioning: 'spot' } as const;
          assert.deepEqual(poolFaults(request), []);
          for (const partition of Object.keys(partitions)) {
            assert.deepEqual(poolFaults({ ...request, partition }), []);
          }
        }
      }
    }
  });
});
