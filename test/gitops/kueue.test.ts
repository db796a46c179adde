// A queued Simulation, with real workers and engines. Kueue itself is not here: this file does to the Job what Kueue's
// controller of Jobs does, in the same order: suspended at creation, admitted with the node selector and tolerations of
// a flavor, stopped (suspend, start time taken back, template restored), admitted again on another flavor.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually, type Json, type Stack, startStack, theModel } from '../e2e/stack.ts';
import { ask, resolveProgram } from './program.ts';
import { healthScripts } from './record.ts';
import { states } from './states/all.ts';

const labels = { 'kueue.x-k8s.io/queue-name': 'gpu', 'kueue.x-k8s.io/priority-class': 'planning' };
const workers = 2;
/** One of the sample patients. */
const twin = 'pt-sxty845q78p78r4e';

const simulation = (name: string, more: Json = {}): Json => ({
  apiVersion: 'twinward.io/v1alpha1',
  kind: 'Simulation',
  metadata: { name, ...more },
  spec: {
    modelRef: { name: 'trajectory' },
    subjects: { cohort: {} },
    asOf: '2026-11-01',
    horizon: 'P5Y',
    trajectories: 1536,
    seed: 11,
    baseline: 'usual-care',
    scenarios: [{ name: 'usual-care' }, { name: 'repeat' }],
    outcomes: [{ name: 'mi' }, { name: 'death' }],
    parallelism: workers,
    // An eviction that counted as a failure would end the run.
    retriesPerWorker: 0,
  },
});

describe('a Simulation in a queue', { timeout: 1_500_000 }, () => {
  let stack: Stack;
  let uid = '';
  const jobName = 'queued-1';

  const job = (): Promise<Json> => stack.get('job', jobName);
  const jobs = async (): Promise<readonly string[]> =>
    (await stack.get('jobs', '-l', 'twinward.io/simulation=queued')).items.map(
      (each: Json) => each.metadata.name,
    );
  const pods = async (): Promise<readonly Json[]> =>
    (await stack.get('pods', '-l', 'twinward.io/simulation=queued')).items;
  const status = async (): Promise<Json> => (await stack.get('sim', 'queued')).status;
  const conditions = async (): Promise<Json> => ({
    ready: await stack.condition('sim', 'queued', 'Ready'),
    quota: await stack.condition('sim', 'queued', 'QuotaReserved'),
    succeeded: await stack.condition('sim', 'queued', 'Succeeded'),
  });

  const patch = async (body: Json, ...more: readonly string[]): Promise<void> => {
    const args = ['patch', 'job', jobName, '--field-manager=kueue', '--type=merge', ...more];
    await stack.kubectl([...args, '-p', JSON.stringify(body)]);
  };

  /** The node carries the label of a flavor, and takes only pods that tolerate it. */
  const flavor = async (name: string): Promise<void> => {
    await stack.kubectl(['label', 'nodes', '--all', '--overwrite', `flavor=${name}`]);
    await stack.kubectl(['taint', 'nodes', '--all', '--overwrite', `flavor=${name}:NoSchedule`]);
  };

  const podSet = (name: string): Json => ({
    nodeSelector: { flavor: name },
    tolerations: [{ key: 'flavor', operator: 'Equal', value: name, effect: 'NoSchedule' }],
  });

  const admit = (name: string): Promise<void> =>
    patch({ spec: { suspend: false, template: { spec: podSet(name) } } });

  const evict = async (): Promise<void> => {
    await patch({
      metadata: { annotations: { 'kueue.x-k8s.io/stopping': 'true' } },
      spec: { suspend: true },
    });
    const restored = {
      metadata: { annotations: { 'kueue.x-k8s.io/stopping': null } },
      spec: { template: { spec: { nodeSelector: null, tolerations: null } } },
    };
    await eventually('the template is restored', 60, async () => {
      await patch({ status: { startTime: null } }, '--subresource=status');
      await patch(restored);
      return true;
    });
  };

  const completed = async (): Promise<number> => (await status()).units?.completed ?? 0;

  before(async () => {
    stack = await startStack('kueue');
    await stack.apply(await theModel({ replicas: 0 }));
    await stack.apply({
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'DataSource',
      metadata: { name: 'records' },
      spec: {
        type: 'Folder',
        folder: { uri: 'builtin:getting-started', scanIntervalSeconds: 3600 },
        enrolment: { mode: 'All' },
      },
    });
    await stack.kubectl(['apply', '-f', 'samples/getting-started/clinician.yaml']);
    await stack.until('dsrc', 'records', 'Synced', 'True/SyncSucceeded', 240);
    await flavor('first');
    await stack.apply(simulation('queued', { labels }));
  });
  after(() => stack.stop());

  it('makes one Job, suspended, with its labels, and says that it waits', async () => {
    await stack.until('sim', 'queued', 'QuotaReserved', 'Unknown/WaitingForQuota', 120);
    const { metadata, spec } = await job();
    uid = metadata.uid;
    assert.equal(spec.suspend, true);
    assert.deepEqual({ ...metadata.labels, ...labels }, metadata.labels);
    assert.deepEqual(await conditions(), {
      ready: 'True/Submitted',
      quota: 'Unknown/WaitingForQuota',
      succeeded: 'Unknown/Queued',
    });
    assert.deepEqual(await pods(), []);
  });

  it('leaves what was written into the suspended Job as it is, also when the operator starts anew', async () => {
    await patch({ spec: { template: { spec: podSet('first') } } });
    const before = await job();
    for (const pid of stack.podProcesses('operator/main.ts')) process.kill(pid, 'SIGKILL');
    await eventually('another operator', 120, async () => stack.podProcesses('operator/main.ts').length > 0);
    // Whatever wakes the Simulation: its model, its source, itself.
    await stack.kubectl(['label', 'tmodel/trajectory', 'sim/queued', 'dsrc/records', 'woken=yes']);
    await eventually('the operator acts again', 120, async () => {
      await stack.kubectl([
        'patch',
        'tmodel',
        'trajectory',
        '--type=merge',
        '-p',
        '{"spec":{"rollout":{"mode":"Surge"}}}',
      ]);
      const { metadata, status } = await stack.get('tmodel', 'trajectory');
      return status.observedGeneration === metadata.generation;
    });
    await delay(3_000);
    const now = await job();
    assert.deepEqual(await jobs(), [jobName]);
    assert.equal(now.metadata.resourceVersion, before.metadata.resourceVersion);
    assert.deepEqual(now.spec.template.spec.nodeSelector, { flavor: 'first' });
  });

  it('runs where the flavor says once it is admitted', async () => {
    await admit('first');
    await stack.until('sim', 'queued', 'QuotaReserved', 'True/Admitted', 60);
    await eventually('pods', 60, async () => (await pods()).length === workers);
    for (const { spec } of await pods()) {
      assert.deepEqual(spec.nodeSelector, { flavor: 'first' });
      assert.ok(spec.tolerations.some((each: Json) => each.key === 'flavor' && each.value === 'first'));
    }
    assert.equal(await stack.condition('sim', 'queued', 'Succeeded'), 'Unknown/Running');
  });

  it('keeps what is done when it is evicted, and counts no failure', async () => {
    // Straight from the store, since the run goes on while anybody looks at it by kubectl.
    const [{ n: before }] = await eventually('the first units', 300, async () => {
      const found = await stack.sql('SELECT count(*)::int AS n FROM tw.sim_unit WHERE done_at IS NOT NULL');
      return found[0].n > 0 && found;
    });
    await evict();
    await stack.until('sim', 'queued', 'QuotaReserved', 'Unknown/Preempted', 60);
    await eventually('the pods are gone', 90, async () => (await pods()).length === 0);
    const now = await job();
    assert.equal(now.metadata.uid, uid);
    assert.equal(now.spec.template.spec.nodeSelector, undefined);
    assert.equal(now.status.failed ?? 0, 0, JSON.stringify(now.status));
    assert.equal(now.status.failedIndexes ?? '', '');
    assert.deepEqual(await conditions(), {
      ready: 'True/Submitted',
      quota: 'Unknown/Preempted',
      succeeded: 'Unknown/Queued',
    });
    const { units, attempt } = await status();
    assert.ok(units.completed >= before && units.completed < units.total, JSON.stringify(units));
    assert.equal(attempt, 1);
  });

  it('goes on with the rest when it is admitted on another flavor, and ends with every unit once', async () => {
    const before = await completed();
    await flavor('second');
    await admit('second');
    await stack.until('sim', 'queued', 'Succeeded', 'True/Completed', 420);
    const { units, attempt, jobName: last, results } = await status();
    assert.ok(units.total > before);
    assert.equal(units.completed, units.total);
    assert.deepEqual([attempt, last, await jobs()], [1, jobName, [jobName]]);
    assert.deepEqual(
      new Set(results.map(({ scenario }: Json) => scenario)),
      new Set(['usual-care', 'repeat']),
    );
  });

  it('has the same bits as the same question that nobody interrupted', async () => {
    const digestOf = async (name: string): Promise<string> => {
      const ran = await stack.twin(['results', name, '-o', 'json']);
      assert.equal(ran.code, 0, ran.err);
      return JSON.parse(ran.out).digest;
    };
    const interrupted = await digestOf('queued');
    const tables = await stack.sql(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_schema = 'tw' AND (table_name LIKE 'sim%')`,
    );
    await stack.sql(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`);
    await stack.kubectl(['taint', 'nodes', '--all', 'flavor-']);
    await stack.apply(simulation('straight'));
    await stack.until('sim', 'straight', 'Succeeded', 'True/Completed', 420);
    assert.equal(await digestOf('straight'), interrupted);
    assert.equal(await stack.condition('sim', 'straight', 'QuotaReserved'), '');
  });

  it('and the objects around it read to kstatus and Argo CD as the recorded ones do', async () => {
    await stack.apply({
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'PatientTwin',
      metadata: { name: twin },
      spec: { modelRefs: [{ name: 'trajectory' }] },
    });
    await stack.until('ptwin', twin, 'Bound', 'True/SubjectBound', 120);
    const program = await resolveProgram();
    const fresh: readonly (readonly [kind: string, name: string, state: string])[] = [
      ['TwinModel', 'trajectory', 'scaled-to-zero'],
      ['DataSource', 'records', 'synced'],
      ['PatientTwin', twin, 'model-unavailable'],
      ['Simulation', 'queued', 'completed'],
      ['Simulation', 'straight', 'completed'],
    ];
    const objects = await Promise.all(fresh.map(([kind, name]) => stack.get(kind, name)));
    const said = ask(program, { objects, scripts: healthScripts() }).objects;
    const want = fresh.map(
      ([kind, , state]) => states.find((each) => each.kind === kind && each.name === state)?.want,
    );
    assert.deepEqual(
      said.map(({ kstatus, argo }) => `${kstatus.status}/${argo?.status}`),
      want,
    );
  });
});
