import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceState__Output } from '#proto/gen/twinward/v1/SourceState.ts';
import type { CronJob, Deployment } from '#runtime/objects.ts';
import { anInstallation, aPod, aSource, aTenant, endedWith } from '../../test/build.ts';
import { decide } from './decide.ts';
import type { Observed } from './observed.ts';
import { sourceSpecOf } from './source-spec.ts';

const now = new Date('2026-11-24T00:00:00Z');
const counts = { received: '100', stored: '90', unchanged: '4', quarantined: '6' };

const known = (more: Partial<SourceState__Output>): Observed['knowledge'] => ({
  known: 'Registered',
  state: {
    name: 'ehr',
    uid: 'uid-ehr',
    sync: 'SYNC_STATE_SUCCEEDED',
    reasonCode: '',
    lastStart: '2026-11-24T00:00:00Z',
    lastCompletion: '2026-11-24T00:00:09Z',
    watermark: '',
    counts,
    quarantinedByReason: {},
    totals: counts,
    ...more,
  },
});

const observed = (more: Partial<Observed> = {}): Observed => ({
  source: aSource(),
  tenant: aTenant,
  installation: anInstallation,
  pods: [],
  existing: [],
  knowledge: known({}),
  ...more,
});

const cases: Record<string, { given: Partial<Observed>; want: Record<string, string> }> = {
  'a synced source': {
    given: {},
    want: { Ready: 'True/Deployed', Connected: 'True/Authenticated', Synced: 'True/SyncSucceeded' },
  },
  'a source that was never read': {
    given: { knowledge: known({ sync: 'SYNC_STATE_NEVER_SYNCED', lastCompletion: '' }) },
    want: { Ready: 'True/Deployed', Connected: 'Unknown/Connecting', Synced: 'Unknown/NeverSynced' },
  },
  'a source in its first sync': {
    given: { knowledge: known({ sync: 'SYNC_STATE_SYNCING', lastCompletion: '' }) },
    want: { Ready: 'True/Deployed', Connected: 'True/Authenticated', Synced: 'Unknown/Syncing' },
  },
  'a source that cannot be read': {
    given: { knowledge: known({ sync: 'SYNC_STATE_FAILED', reasonCode: 'SOURCE_UNREADABLE' }) },
    want: { Ready: 'True/Deployed', Connected: 'Unknown/SourceUnreachable', Synced: 'False/SyncFailed' },
  },
  'a source over its quarantine limit': {
    given: {
      knowledge: known({ sync: 'SYNC_STATE_QUARANTINE_LIMIT', quarantinedByReason: { MALFORMED_JSON: '6' } }),
    },
    want: { Ready: 'True/Deployed', Connected: 'True/Authenticated', Synced: 'False/QuarantineLimit' },
  },
  'a source whose pod fails for good': {
    given: { pods: [aPod({}, endedWith('InvalidConfiguration', 'x'))] },
    want: {
      Ready: 'Unknown/Deploying',
      Connected: 'Unknown/SourceUnreachable',
      Synced: 'True/SyncSucceeded',
      Reconciling: 'True/ApplyingSpec',
    },
  },
  'a suspended source': {
    given: { source: aSource({ suspend: true }) },
    want: {
      Ready: 'True/Suspended',
      Connected: 'True/Authenticated',
      Synced: 'True/SyncSucceeded',
      Suspended: 'True/Suspended',
    },
  },
};

describe('conditions of a DataSource', () => {
  for (const [name, { given, want }] of Object.entries(cases)) {
    it(name, () => {
      const { conditions = [] } = decide(observed(given), now).status;
      assert.deepEqual(
        Object.fromEntries(conditions.map((each) => [each.type, `${each.status}/${each.reason}`])),
        want,
      );
    });
  }

  it('say how many records were quarantined, and why', () => {
    const given = {
      knowledge: known({ sync: 'SYNC_STATE_QUARANTINE_LIMIT', quarantinedByReason: { MALFORMED_JSON: '6' } }),
    };
    const synced = decide(observed(given), now).status.conditions?.find(({ type }) => type === 'Synced');
    assert.match(synced?.message ?? '', /More than 5 %.*MALFORMED_JSON 6.*spec\.quarantine\.maxPercent/);
  });
});

describe('the child of a DataSource', () => {
  it('is a Deployment that scans again and again when there is no schedule', () => {
    const [child] = decide(
      observed({ source: aSource({ folder: { uri: 'pvc://records/ehr', scanIntervalSeconds: 3 } }) }),
      now,
    ).children;
    const { spec, kind } = (child?.object ?? assert.fail()) as Deployment;
    assert.equal(kind, 'Deployment');
    const env = Object.fromEntries(
      (spec.template.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]),
    );
    assert.equal(env['TWINWARD_SCAN_INTERVAL_SECONDS'], '3');
    assert.ok(
      spec.template.spec.volumes?.some(
        ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === 'records',
      ),
    );
  });

  it('is a CronJob that never runs twice at once when there is a schedule', () => {
    const source = aSource({ schedule: { cron: '*/15 * * * *', timeZone: 'Europe/Zurich' } });
    const [child] = decide(observed({ source }), now).children;
    const { spec, kind } = (child?.object ?? assert.fail()) as CronJob;
    assert.equal(kind, 'CronJob');
    assert.equal(spec.concurrencyPolicy, 'Forbid');
    assert.equal(spec.timeZone, 'Europe/Zurich');
    const names = (spec.jobTemplate.spec.template.spec.containers[0]?.env ?? []).map(({ name }) => name);
    assert.ok(!names.includes('TWINWARD_SCAN_INTERVAL_SECONDS'));
  });

  it('runs no pod while suspended', () => {
    const [child] = decide(observed({ source: aSource({ suspend: true }) }), now).children;
    assert.equal(((child?.object ?? assert.fail()) as Deployment).spec.replicas, 0);
  });
});

describe('the spec of a source for the twin service', () => {
  it('carries the template of enrolment All, and retention in days', () => {
    const spec = sourceSpecOf(
      aSource({
        enrolment: { mode: 'All', template: { modelRefs: [{ name: 'trajectory' }] } },
        retention: { rawMessages: 'P30D' },
      }),
    );
    assert.deepEqual(
      [spec.enrolment, spec.templateModels, spec.rawRetentionDays],
      ['All', ['trajectory'], 30],
    );
  });
});
