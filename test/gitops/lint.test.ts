// `twinward lint` and the real API server on the same objects: good ones, and good ones that were damaged in one place.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isMap, isScalar, isSeq, parseDocument, stringify } from 'yaml';
import { lint } from '../../workers/plugin/lint/lint.ts';
import { type ApiServer, installKinds, type Json, startApiServer } from '../integration/crds/api-server.ts';
import { accepted, type Sample } from '../integration/crds/cases.ts';

const folder = mkdtempSync(join(tmpdir(), 'twinward-lint-'));
let server: ApiServer;
before(async () => {
  server = await startApiServer();
  installKinds(server);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function write(text: string): string {
  const path = join(folder, 'manifest.yaml');
  writeFileSync(path, text);
  return path;
}

const textOf = ({ kind, name, spec }: Sample): string =>
  stringify({ apiVersion: 'twinward.io/v1alpha1', kind, metadata: { name }, spec });

type Path = readonly (string | number)[];

/** The paths of all values below the spec. */
function pathsIn(value: unknown, path: Path = ['spec']): readonly Path[] {
  const below = Array.isArray(value)
    ? value.flatMap((item, index) => pathsIn(item, [...path, index]))
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, field]) => pathsIn(field, [...path, name]))
      : [];
  return [path, ...below];
}

/** One way to damage the value at a path, as text; undefined where it does not apply. */
type Damage = (text: string, path: Path) => string | undefined;

const edited = (
  text: string,
  edit: (document: ReturnType<typeof parseDocument>) => boolean,
): string | undefined => {
  const document = parseDocument(text);
  return edit(document) ? document.toString() : undefined;
};

const set =
  (value: unknown): Damage =>
  (text, path) =>
    edited(text, (document) => {
      document.setIn(path, value);
      return true;
    });

const damages: Readonly<Record<string, Damage>> = {
  'taken away': (text, path) => edited(text, (document) => document.deleteIn(path)),
  'of another name': (text, path) =>
    edited(text, (document) => {
      const parent = document.getIn(path.slice(0, -1));
      const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === path.at(-1)) : undefined;
      if (pair === undefined || !isScalar(pair.key)) return false;
      pair.key.value = `${String(path.at(-1))}x`;
      return true;
    }),
  'set to null': set(null),
  'set to an empty text': set(''),
  'set to a word': set('Nonsense'),
  'set to a number': set(7),
  'set to a negative number': set(-1),
  'set to a huge number': set(3_000_000_000),
  'set to half': set(0.5),
  'set to true': set(true),
  'set to an empty list': set([]),
  'set to an empty mapping': set({}),
  'there twice': (text, path) =>
    edited(text, (document) => {
      const list = document.getIn(path);
      if (!isSeq(list) || list.items.length === 0) return false;
      list.items.push(list.items[0]);
      return true;
    }),
  'longer than a text may be': (text, path) =>
    edited(text, (document) => {
      if (typeof document.getIn(path) !== 'string') return false;
      document.setIn(path, 'a'.repeat(600));
      return true;
    }),
};

async function serverAccepts(
  sample: Sample,
  text: string,
): Promise<{ readonly ok: boolean; readonly why: string }> {
  const path = `/apis/twinward.io/v1alpha1/namespaces/default/${sample.plural}?dryRun=All&fieldValidation=Strict`;
  const answer = await server.call('POST', path, parseDocument(text).toJS() as Json);
  assert.ok([201, 400, 422].includes(answer.status), `${answer.status} ${answer.message}`);
  return { ok: answer.status === 201, why: answer.message };
}

describe('lint and the API server agree on', () => {
  for (const [name, sample] of accepted) {
    it(`${name}, damaged in each place in each way`, async () => {
      const tries = pathsIn(sample.spec).flatMap((path) =>
        Object.entries(damages).flatMap(([how, damage]) => {
          const text = damage(textOf(sample), path);
          return text === undefined ? [] : [{ file: `${path.join('.')} ${how}`, text }];
        }),
      );
      const { findings } = lint(tries);
      const disagreements: string[] = [];
      const compare = async ({ file, text }: (typeof tries)[number]): Promise<void> => {
        const { ok, why } = await serverAccepts(sample, text);
        const ours = findings.filter((finding) => finding.file === file);
        if (ok === (ours.length === 0)) return;
        const said = ours.map((finding) => `${finding.path} ${finding.message}`).join('; ');
        disagreements.push(`${file}: server ${ok ? 'accepts' : why}, lint ${said || 'accepts'}`);
      };
      for (let from = 0; from < tries.length; from += 8)
        await Promise.all(tries.slice(from, from + 8).map(compare));
      assert.ok(tries.length > 20, `only ${tries.length} tried`);
      assert.deepEqual(disagreements, []);
    });
  }
});

describe('lint reads YAML as kubectl does:', () => {
  const scalars = [
    'yes',
    'y',
    'on',
    'no',
    'off',
    'True',
    '~',
    '010',
    '0x10',
    '0o17',
    '1_000',
    '1e3',
    '12:30',
    '2026-09-01',
    '"yes"',
    '0b11',
    '08',
    '+7',
    'E11',
    'null',
  ];
  for (const scalar of scalars) {
    it(scalar, () => {
      const twin =
        'apiVersion: twinward.io/v1alpha1\nkind: PatientTwin\nmetadata: {name: pt-jee0enq2t9vpdt8f}\n';
      for (const field of ['suspend', 'update: {debounceSeconds', 'deletionPolicy']) {
        const end = field.includes('{') ? '}' : '';
        const manifest = `${twin}spec:\n  modelRefs: [{name: trajectory}]\n  ${field}: ${scalar}${end}\n`;
        const done = server.kubectl('create', '--dry-run=server', '--validate=strict', '-f', write(manifest));
        const { findings } = lint([{ file: '-', text: manifest }]);
        assert.equal(
          findings.length === 0,
          done.status === 0,
          `${manifest}${done.stderr}${JSON.stringify(findings)}`,
        );
      }
    });
  }
});
