// One question about a thousand twins, asked in every way there is: the same bits come back.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from '../../local/demo/layout.ts';
import { eventually, folderClaim, type Json, run, type Stack, startStack, theModel } from './stack.ts';

const people = 1000;

const lineCount = (file: string): number =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '').length;

describe('a simulation of a thousand twins', { timeout: 1_500_000 }, () => {
  let stack: Stack;
  const digests = new Map<string, string>();
  const snapshots = new Set<string>();

  const simulation = (name: string, spec: Json): Json => ({
    apiVersion: 'twinward.io/v1alpha1',
    kind: 'Simulation',
    metadata: { name },
    spec: {
      modelRef: { name: 'trajectory' },
      subjects: { cohort: {} },
      horizon: 'P1Y',
      trajectories: 256,
      seed: 11,
      baseline: 'usual-care',
      scenarios: [
        { name: 'usual-care' },
        {
          name: 'statin',
          interventions: [
            {
              action: 'Start',
              system: 'http://www.whocc.no/atc',
              code: 'C10AA05',
              after: 'P0D',
              value: '20',
              unit: 'mg',
            },
          ],
        },
        { name: 'repeat' },
      ],
      outcomes: [{ name: 'mi' }, { name: 'death' }],
      ...spec,
    },
  });

  /** Stored answers are reused by design; these tests want each run to be computed. */
  const forgetAnswers = async (): Promise<void> => {
    const tables = await stack.sql(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_schema = 'tw' AND (table_name LIKE 'sim%')`,
    );
    await stack.sql(`TRUNCATE ${tables.map(({ name }) => name).join(', ')}`);
  };

  const digestOf = async (name: string): Promise<string> => {
    const ran = await stack.twin(['results', name, '-o', 'json']);
    assert.equal(ran.code, 0, ran.err);
    return JSON.parse(ran.out).digest;
  };

  const ask = async (
    name: string,
    spec: Json,
    during: () => Promise<void> = async () => {},
  ): Promise<void> => {
    await forgetAnswers();
    await stack.apply(simulation(name, spec));
    await during();
    await stack.until('sim', name, 'Succeeded', 'True/Completed', 420);
    const { status } = await stack.get('sim', name);
    assert.equal(status.units.completed, status.units.total);
    assert.equal(status.pinned.subjects, people);
    snapshots.add(status.pinned.snapshot);
    assert.equal(snapshots.size, 1, 'the records of the subjects changed between two runs');
    digests.set(name, await digestOf(name));
  };

  before(async () => {
    stack = await startStack('simulation');
    const folder = join(stack.layout.stateDir, 'thousand');
    await stack.apply(...folderClaim('thousand', folder), await theModel());
    const made = await run(
      join(ROOT, '.venv/bin/python'),
      [
        '-m',
        'population.write_fhir',
        '--count',
        String(people),
        '--seed',
        '7',
        '--years',
        '1',
        '--format',
        'ndjson',
        '--out',
        folder,
      ],
      {
        env: { PYTHONPATH: join(ROOT, 'models') },
      },
    );
    assert.equal(made.code, 0, made.err);
    await stack.apply({
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'DataSource',
      metadata: { name: 'thousand' },
      spec: {
        type: 'Folder',
        folder: { uri: 'pvc://thousand/', scanIntervalSeconds: 2 },
        enrolment: { mode: 'All' },
      },
    });
    await stack.kubectl(['apply', '-f', 'samples/getting-started/clinician.yaml']);
    await stack.until('dsrc', 'thousand', 'Synced', 'True/SyncSucceeded', 400);
    // A file that is younger than a second is left for the next scan, so the first sync may not be all.
    const lines = readdirSync(folder).reduce((total, file) => total + lineCount(join(folder, file)), 0);
    await eventually(
      'every record',
      400,
      async () => (await stack.get('dsrc', 'thousand')).status.totals.received === lines,
    );
    await stack.until('tmodel', 'trajectory', 'Ready', 'True/RolledOut', 120);
  });
  after(() => stack.stop());

  it('runs with one worker that has an engine of its own', () => ask('dedicated-1', { parallelism: 1 }));

  it('gives the same bits with four workers', async () => {
    await ask('dedicated-4', { parallelism: 4 });
    assert.equal(digests.get('dedicated-4'), digests.get('dedicated-1'));
  });

  it('gives the same bits on the shared engine', async () => {
    await ask('shared-4', { parallelism: 4, engine: 'Shared' });
    assert.equal(digests.get('shared-4'), digests.get('dedicated-1'));
  });

  it('gives the same bits after kill -9 of a worker and of an engine in the middle', async () => {
    await ask('killed', { parallelism: 2 }, async () => {
      await eventually(
        'the first units',
        240,
        async () => ((await stack.get('sim', 'killed')).status.units?.completed ?? 0) > 0,
      );
      const [worker] = stack.podProcesses('workers/simulate/main.ts');
      process.kill(worker ?? assert.fail('no worker'), 'SIGKILL');
      await delay(2_000);
      const engine = stack.podProcesses('--bind=loopback').at(-1);
      process.kill(engine ?? assert.fail('no engine'), 'SIGKILL');
    });
    assert.equal(digests.get('killed'), digests.get('dedicated-1'));
  });

  it('answers the same question again from the store, without a Job', async () => {
    await stack.apply(simulation('again', { parallelism: 3 }));
    await stack.until('sim', 'again', 'Succeeded', 'True/ReusedResult', 60);
    assert.equal(await digestOf('again'), digests.get('dedicated-1'));
    assert.deepEqual((await stack.get('jobs', '-l', 'twinward.io/simulation=again')).items, []);
  });

  it('shows a statin lowering the risk of infarction, and a null scenario changing nothing', async () => {
    const { results } = (await stack.get('sim', 'killed')).status;
    const of = (scenario: string, outcome: string): Json =>
      results.find((each: Json) => each.scenario === scenario && each.outcome === outcome);
    assert.equal(Number(of('repeat', 'mi').difference), 0);
    assert.equal(Number(of('repeat', 'death').differenceHigh), 0);
    assert.ok(Number(of('statin', 'mi').differenceHigh) < 0, JSON.stringify(of('statin', 'mi')));
  });
});
