// Bad input: each kind gets a clear message, and nothing is lost.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../../local/demo/layout.ts';
import {
  aBundle,
  aCondition,
  aHandle,
  anObservation,
  anOrdinaryBundle,
  aPatient,
  aTwinObject,
} from './patients.ts';
import { eventually, folderClaim, type Json, type Stack, startStack, theModel } from './stack.ts';

/** A copy of the bundle with one file changed; answers the new digest. */
function alteredBundle(target: string, change: (folder: string, manifest: Json) => void): string {
  cpSync(join(ROOT, 'models/bundles/trajectory-core'), target, { recursive: true });
  const file = join(target, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  change(target, manifest);
  writeFileSync(file, JSON.stringify(manifest));
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

describe('bad input', { timeout: 900_000 }, () => {
  let stack: Stack;
  let folder = '';
  const handle = aHandle();
  const source = async (): Promise<Json> => (await stack.get('dsrc', 'ehr')).status;
  const reasons = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      ((await source()).quarantineReasons ?? []).map(({ reason, count }: Json) => [reason, count]),
    );
  const messageOf = async (kind: string, name: string, type: string): Promise<string> =>
    (await stack.get(kind, name)).status.conditions.find((each: Json) => each.type === type)?.message ?? '';

  before(async () => {
    stack = await startStack('bad-input');
    folder = join(stack.layout.stateDir, 'share/fhir');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'good.json'), JSON.stringify(anOrdinaryBundle(handle)));
    await stack.apply(
      ...folderClaim('records', join(stack.layout.stateDir, 'share')),
      {
        apiVersion: 'twinward.io/v1alpha1',
        kind: 'DataSource',
        metadata: { name: 'ehr' },
        spec: {
          type: 'Folder',
          folder: { uri: 'pvc://records/fhir', scanIntervalSeconds: 2 },
          quarantine: { maxPercent: 100 },
        },
      },
      aTwinObject(handle),
      await theModel(),
    );
    await stack.until('ptwin', handle, 'UpToDate', 'True/Current', 180);
  });
  after(() => stack.stop());

  const bad: Record<
    string,
    { file: string; content: () => string | Buffer; reason: string; stored: number }
  > = {
    'malformed JSON': {
      file: 'a.json',
      content: () => '{"resourceType": "Bundle", "entry": [',
      reason: 'MALFORMED_JSON',
      stored: 0,
    },
    'a truncated gzip': {
      file: 'b.json.gz',
      content: () => gzipSync(JSON.stringify(anOrdinaryBundle(aHandle()))).subarray(0, 200),
      reason: 'TRUNCATED_GZIP',
      stored: 0,
    },
    'a bundle of another FHIR version': {
      file: 'c.json',
      content: () => {
        const other = aHandle();
        // R5: Encounter.class became a list of concepts, and period became actualPeriod.
        const encounter = {
          resourceType: 'Encounter',
          id: 'e',
          status: 'completed',
          subject: { reference: `Patient/${other}` },
          class: [{ coding: [{ code: 'AMB' }] }],
          actualPeriod: { start: '2026-01-01' },
        };
        return JSON.stringify({
          ...aBundle(aPatient(other), encounter),
          meta: { profile: ['http://hl7.org/fhir/5.0/StructureDefinition/Bundle'] },
        });
      },
      reason: 'FHIR_VERSION',
      stored: 0,
    },
    'an impossible date': {
      file: 'd.json',
      content: () =>
        JSON.stringify(
          aBundle(anObservation(handle, 'bad-date', '8480-6', '2025-02-30T10:00:00Z', 120, 'mm[Hg]')),
        ),
      reason: 'IMPOSSIBLE_DATE',
      stored: 0,
    },
    'a unit that does not fit its code, beside a good record': {
      file: 'e.json',
      content: () =>
        JSON.stringify(
          aBundle(
            anObservation(handle, 'bad-unit', '8480-6', '2025-11-01T10:00:00Z', 120, 'kg'),
            aCondition(handle, 'good', '38341003', '2025-11-01'),
          ),
        ),
      reason: 'UNIT_MISMATCH',
      stored: 1,
    },
  };

  for (const [name, { file, content, reason, stored }] of Object.entries(bad)) {
    it(`${name} is quarantined as ${reason}, and the rest goes on`, async () => {
      const before = (await source()).totals;
      const had = (await reasons())[reason] ?? 0;
      writeFileSync(join(folder, file), content());
      await eventually(`quarantine ${reason}`, 40, async () => ((await reasons())[reason] ?? 0) > had);
      const after = (await source()).totals;
      assert.equal(after.received, after.stored + after.unchanged + after.quarantined);
      assert.equal(after.stored - before.stored, stored);
      const kept = await stack.sql('SELECT count(*) AS n FROM tw.quarantine');
      assert.ok(Number(kept[0].n) >= after.quarantined);
    });
  }

  it('a model with another sha256 is refused by name', async () => {
    const model = await theModel();
    const wrong = {
      ...model,
      metadata: { name: 'wrong-digest' },
      spec: { ...model.spec, artifact: { ...model.spec.artifact, sha256: 'f'.repeat(64) } },
    };
    await stack.apply(wrong);
    await stack.until('tmodel', 'wrong-digest', 'ArtifactVerified', 'False/DigestMismatch', 90);
    assert.equal(await stack.condition('tmodel', 'wrong-digest', 'Stalled'), 'True/DigestMismatch');
    assert.match(await messageOf('tmodel', 'wrong-digest', 'Ready'), /sha256/);
  });

  it('a model whose graph breaks the contract is refused', async () => {
    const sha256 = alteredBundle(join(stack.layout.stateDir, 'share/broken'), (target, manifest) => {
      const graph = manifest.files.find(({ role }: Json) => role === 'graph');
      const bytes = readFileSync(join(target, graph.path));
      // The name of an output, wherever it stands.
      const broken = Buffer.from(bytes.toString('latin1').replaceAll('dt_out', 'dt_oot'), 'latin1');
      writeFileSync(join(target, graph.path), broken);
      graph.sha256 = createHash('sha256').update(broken).digest('hex');
    });
    await stack.apply(
      await theModel({ artifact: { uri: 'pvc://records/broken', sha256 } }).then((model) => ({
        ...model,
        metadata: { name: 'broken' },
      })),
    );
    await stack.until('tmodel', 'broken', 'ArtifactVerified', 'False/ContractViolation', 90);
    assert.match(await messageOf('tmodel', 'broken', 'ArtifactVerified'), /dt_out/);
  });

  it('an unknown outcome fails the update and names the outcome; the twin stays Ready', async () => {
    const other = aHandle();
    writeFileSync(join(folder, 'other.json'), JSON.stringify(anOrdinaryBundle(other)));
    await stack.apply(aTwinObject(other, { outcomes: [{ name: 'time-travel', horizon: 'P5Y' }] }));
    await stack.until('ptwin', other, 'UpToDate', 'False/UpdateFailed', 90);
    assert.equal(await stack.condition('ptwin', other, 'Ready'), 'True/Registered');
    assert.match(await messageOf('ptwin', other, 'UpToDate'), /OUTCOME_NOT_MODELLED/);
  });

  it("a horizon beyond the model's fails the run and says so", async () => {
    await stack.apply({
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'Simulation',
      metadata: { name: 'too-far' },
      spec: {
        modelRef: { name: 'trajectory' },
        subjects: { twinRef: { name: handle } },
        horizon: 'P40Y',
        trajectories: 64,
        baseline: 'a',
        scenarios: [{ name: 'a' }],
        outcomes: [{ name: 'mi' }],
      },
    });
    await stack.until('sim', 'too-far', 'Succeeded', 'False/InvalidScenario', 120);
    assert.match(await messageOf('sim', 'too-far', 'Succeeded'), /HORIZON_TOO_LONG/);
    assert.equal(await stack.condition('sim', 'too-far', 'Stalled'), 'True/InvalidScenario');
  });
});
