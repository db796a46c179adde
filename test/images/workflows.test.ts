import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { images, root } from './catalogue.ts';
import { type DockerfileReader, openDockerfileReader } from './dockerfile-reader.ts';

const FOLDER = '.github/workflows';
const RELEASE = join(FOLDER, 'release.yml');

const step = z.looseObject({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const workflow = z.looseObject({
  permissions: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  jobs: z.record(
    z.string(),
    z.looseObject({
      steps: z.array(step),
      strategy: z
        .object({ matrix: z.object({ include: z.array(z.record(z.string(), z.string())) }) })
        .loose()
        .optional(),
    }),
  ),
});

/** Sentences, one per rule that a workflow breaks. */
function findings(text: string): readonly string[] {
  const { permissions, jobs } = workflow.parse(parse(text));
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  const found: string[] = [];
  const granted =
    typeof permissions === 'string' ? [permissions] : Object.values(permissions ?? { all: 'write' });
  if (granted.some((each) => each !== 'read')) found.push('every job may write unless it says otherwise');
  for (const { uses, run, with: inputs } of steps) {
    if (uses !== undefined && !/^[\w/.-]+@[0-9a-f]{40}$/.test(uses))
      found.push(`${uses} is not pinned by commit`);
    if (uses?.startsWith('actions/checkout@') && inputs?.['persist-credentials'] !== false) {
      found.push('a checkout leaves credentials behind');
    }
    if (run?.includes('${{')) found.push('an expression is pasted into a script');
  }
  return found;
}

/** What a release must do with each image, by words of its steps. */
function missingSteps(text: string): readonly string[] {
  const steps = workflow.parse(parse(text)).jobs['images']?.steps ?? [];
  const has = (test: (each: z.output<typeof step>) => boolean): boolean => steps.some(test);
  const checks: readonly (readonly [string, boolean])[] = [
    ['provenance by the builder', has((each) => each.with?.['provenance'] === 'mode=max')],
    ['signed provenance', has((each) => each.uses?.startsWith('actions/attest@') === true)],
    ['SPDX', has((each) => /spdx-json=/.test(each.run ?? ''))],
    ['CycloneDX', has((each) => /cyclonedx-json=/.test(each.run ?? ''))],
    ['signature', has((each) => /cosign sign --yes/.test(each.run ?? ''))],
    ['attested SPDX', has((each) => /cosign attest --yes --type spdxjson/.test(each.run ?? ''))],
    ['attested CycloneDX', has((each) => /cosign attest --yes --type cyclonedx/.test(each.run ?? ''))],
    ['verification', has((each) => /cosign verify /.test(each.run ?? ''))],
  ];
  return checks.filter(([, isThere]) => !isThere).map(([name]) => name);
}

describe('workflows', () => {
  let reader: DockerfileReader;
  let scratch: string;
  const release = readFileSync(join(root, RELEASE), 'utf8');
  before(async () => {
    reader = await openDockerfileReader();
    // actionlint takes a workflow's repository from its path.
    scratch = mkdtempSync(join(tmpdir(), 'twinward-workflows-'));
    mkdirSync(join(scratch, FOLDER), { recursive: true });
  });
  after(() => rmSync(scratch, { recursive: true }));

  for (const name of readdirSync(join(root, FOLDER))) {
    it(`${name} is valid, and keeps every rule`, async () => {
      const path = join(root, FOLDER, name);
      assert.deepEqual(await reader.lintWorkflow(path), []);
      assert.deepEqual(findings(readFileSync(path, 'utf8')), []);
    });
  }

  it('release every image', () => {
    const { jobs } = workflow.parse(parse(release));
    const made = jobs['images']?.strategy?.matrix.include.map(({ name, file }) => `${name} ${file}`) ?? [];
    const want = [...images.map((image) => `${image.name} ${image.dockerfile}`)];
    want.push('inference workers/inference/Dockerfile.cuda');
    assert.deepEqual([...made].sort(), want.sort());
  });

  it('build the CUDA image for the one platform that it has', () => {
    const { jobs } = workflow.parse(parse(release));
    const cuda = jobs['images']?.strategy?.matrix.include.find(({ file }) => file?.endsWith('.cuda'));
    assert.equal(cuda?.['platforms'], 'linux/amd64');
  });

  it('give each released image provenance, bills of materials and a signature', () => {
    assert.deepEqual(missingSteps(release), []);
  });

  const faults: readonly [name: string, from: string | RegExp, to: string, want: RegExp][] = [
    ['an action by tag', /(actions\/checkout)@[0-9a-f]+/, '$1@v7', /not pinned by commit/],
    ['the right to write for everybody', 'permissions: {}', 'permissions: write-all', /may write/],
    ['no word on rights', 'permissions: {}', '', /may write/],
    [
      'credentials left behind',
      'persist-credentials: false',
      'persist-credentials: true',
      /leaves credentials/,
    ],
    [
      'an expression in a script',
      'test -n "$digest"',
      `test -n "\${{ github.actor }}"`,
      /pasted into a script/,
    ],
  ];
  for (const [name, from, to, want] of faults) {
    it(`are refused with ${name}`, () => assert.match(findings(release.replace(from, to)).join('\n'), want));
  }

  const removed: readonly [name: string, from: string | RegExp][] = [
    ['provenance by the builder', 'mode=max'],
    ['signed provenance', /actions\/attest@\S+/],
    ['SPDX', '--output spdx-json=sbom.spdx.json'],
    ['CycloneDX', '--output cyclonedx-json=sbom.cdx.json'],
    ['signature', 'cosign sign --yes --recursive'],
    ['attested SPDX', 'cosign attest --yes --type spdxjson'],
    ['attested CycloneDX', 'cosign attest --yes --type cyclonedx'],
    ['verification', 'cosign verify '],
  ];
  for (const [name, from] of removed) {
    it(`are refused without ${name}`, () => {
      assert.deepEqual(missingSteps(release.replace(from, 'none')), [name]);
    });
  }

  const invalid: readonly [name: string, from: string, to: string, want: RegExp][] = [
    ['an output that no step has', 'steps.push.outputs.digest', 'steps.pull.outputs.digest', /not defined/],
    ['a job that is not there', 'needs: [test, images]', 'needs: [test, image]', /does not exist/],
    ['a right that is not there', 'packages: write', 'packages: writes', /invalid/],
  ];
  for (const [name, from, to, want] of invalid) {
    it(`are refused by actionlint with ${name}`, async () => {
      const path = join(scratch, FOLDER, 'release.yml');
      writeFileSync(path, release.replace(from, to));
      const messages = (await reader.lintWorkflow(path)).map(({ message }) => message).join('\n');
      assert.match(messages, want);
    });
  }
});
