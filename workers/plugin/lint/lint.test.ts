import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stringify } from 'yaml';
import type { CelRule } from '#crds/kind.ts';
import { kinds } from '#crds/kinds.ts';
import { type StructuralSchema, structuralSchema } from '#crds/structural.ts';
import { accepted, refused, type Sample } from '../../../test/integration/crds/cases.ts';
import { Checker } from './check.ts';
import { pathOf } from './finding.ts';
import { lint } from './lint.ts';

const root = join(import.meta.dirname, '../../..');
const objectOf = ({ kind, name, spec }: Sample) => ({
  ...{ apiVersion: 'twinward.io/v1alpha1', kind, metadata: { name } },
  spec,
});
const checker = new Checker();

function rulesIn(schema: StructuralSchema): readonly CelRule[] {
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly CelRule[];
  const below = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return [...rules, ...below.flatMap((child) => (child === undefined ? [] : rulesIn(child)))];
}

const allRules = kinds.flatMap(({ schema }) => rulesIn(structuralSchema(schema)));
/** What rules say that need no earlier state of the object. */
const messages = new Set(
  allRules.filter(({ rule }) => !rule.includes('oldSelf')).map(({ message }) => message),
);

describe('what the API server accepts has no finding:', () => {
  for (const [name, given] of accepted)
    it(name, () => assert.deepEqual(checker.problems(objectOf(given)), []));
});

describe('what the API server refuses has a finding, and a rule says the same as there:', () => {
  const heard = new Set<string>();
  for (const [name, given, want] of refused) {
    it(name, () => {
      const problems = checker.problems(objectOf(given));
      assert.notDeepEqual(problems, []);
      for (const { message } of problems) heard.add(message);
      // Where the API server answers with a message of a rule, that rule is what must be found.
      const byRule = [...messages].some((message) => want.test(message));
      if (byRule)
        assert.ok(
          problems.some(({ message }) => want.test(message)),
          JSON.stringify(problems),
        );
    });
  }
  it('and every rule has been heard', () => {
    assert.deepEqual(
      [...messages].filter((message) => !heard.has(message)),
      [],
    );
  });
});

const simulation = `apiVersion: twinward.io/v1alpha1
kind: Simulation
metadata:
  name: statins
spec:
  modelRef: {name: trajectory}
  subjects:
    cohort: {}
  horizon: P5Y
  baseline: usual-care
  scenarios:
    - name: usual-care
  outcomes: [{name: mi}]
`;

/** `change` of a good Simulation, and the findings on it as line:column path: message. */
const cases: Readonly<Record<string, { change: (text: string) => string; want: readonly string[] }>> = {
  'a good object': { change: (text) => text, want: [] },
  'a field with a typing error': {
    change: (text) => text.replace('horizon:', 'horizn:'),
    want: [
      '5:1 spec.horizon: is required: add horizon. How far the futures reach. ISO 8601 in years, months, weeks and days, such as P5Y or P30D; a year is 365.25 days.',
      '9:3 spec.horizn: there is no such field (did you mean horizon?)',
    ],
  },
  'a field like no other': {
    change: (text) => text.replace('cohort: {}', 'cohort: {zzzzzzzz: 1}'),
    want: [
      '8:14 spec.subjects.cohort.zzzzzzzz: there is no such field; there are ageYears, criteria, maxSubjects',
    ],
  },
  'a number where a text belongs': {
    change: (text) => text.replace('name: mi', 'name: 12'),
    want: ['13:15 spec.outcomes[0].name: must be a text, not a number: put it in quotes, as "12"'],
  },
  'a word that YAML takes for true': {
    change: (text) => text.replace('baseline: usual-care', 'baseline: yes'),
    want: ['10:3 spec.baseline: must be a text, not true or false: put it in quotes, as "true"'],
  },
  'a value that is none of those allowed': {
    change: (text) => `${text}  engine: Dedicted\n`,
    want: ['14:3 spec.engine: must be one of Dedicated, Shared (did you mean Dedicated?)'],
  },
  'a rule across fields': {
    change: (text) => text.replace('baseline: usual-care', 'baseline: nothing'),
    want: [
      '10:3 spec.baseline: baseline must be the name of one of scenarios: correct it or add that scenario',
    ],
  },
  'a rule on a number': {
    change: (text) => `${text}  trajectories: 100\n`,
    want: ['14:3 spec.trajectories: trajectories must be a multiple of 64: write for example 64, 192 or 256'],
  },
  'a number beyond its bounds': {
    change: (text) => `${text}  parallelism: 0\n`,
    want: ['14:3 spec.parallelism: must be at least 1'],
  },
  'a list with the same key twice': {
    change: (text) =>
      text.replace('    - name: usual-care', '    - name: usual-care\n    - name: usual-care'),
    want: ['13:7 spec.scenarios[1]: is there twice: each name may occur once; remove or rename one'],
  },
  'a kind with a typing error': {
    change: (text) => text.replace('kind: Simulation', 'kind: Simulatoin'),
    want: [
      '2:1 kind: twinward.io has no kind Simulatoin (did you mean Simulation?); there are TwinModel, DataSource, PatientTwin, Simulation',
    ],
  },
  'a version that there is not': {
    change: (text) => text.replace('v1alpha1', 'v1'),
    want: ['1:1 apiVersion: must be twinward.io/v1alpha1'],
  },
  'a label that is no text': {
    change: (text) => text.replace('  name: statins', '  name: statins\n  labels: {urgent: yes}'),
    want: ['5:12 metadata.labels.urgent: must be a text: put it in quotes, as "true"'],
  },
  'metadata with a typing error': {
    change: (text) => text.replace('  name: statins', '  name: statins\n  lables: {a: b}'),
    want: ['5:3 metadata.lables: there is no such field (did you mean labels?)'],
  },
  'an object without a name': {
    change: (text) => text.replace('  name: statins', '  labels: {}'),
    want: ['3:1 metadata.name: is required: add the name of the object'],
  },
  'a name that no child can have': {
    change: (text) => text.replace('name: statins', 'name: Statins'),
    want: [
      '4:3 metadata.name: metadata.name must start with a lower-case letter, hold only a-z, 0-9 and "-", and have at most 52 characters, because names of child objects derive from it: choose another name',
    ],
  },
  'text that is no YAML': {
    change: (text) => text.replace('cohort: {}', 'cohort: {'),
    want: ['9:3 : Flow map in block collection must be sufficiently indented and end with a }'],
  },
  'an alias of nothing': {
    change: (text) => text.replace('baseline: usual-care', 'baseline: *nothing'),
    want: ['1:1 : Unresolved alias (the anchor must be set before the alias): nothing'],
  },
  'aliases that multiply': {
    change: (text) => {
      const rows = Array.from({ length: 9 }, (_, index) => {
        const inside = index === 0 ? 'x' : `*a${index - 1}`;
        return `a${index}: &a${index} [${Array(9).fill(inside).join(', ')}]`;
      });
      return `${text}${rows.join('\n')}\n`;
    },
    want: ['1:1 : Excessive alias count indicates a resource exhaustion attack'],
  },
  'a field that is there twice': {
    change: (text) => `${text}  horizon: P1Y\n`,
    want: ['14:3 : Map keys must be unique'],
  },
  'the same object twice': {
    change: (text) => `${text}---\n${text}`,
    want: ['18:3 metadata.name: is also in line 1: remove one, or give it another name or namespace'],
  },
  'two of one name in two namespaces': {
    change: (text) => `${text}---\n${text.replace('  name: statins', '  name: statins\n  namespace: b')}`,
    want: [],
  },
  'objects of other groups': {
    change: () => 'apiVersion: v1\nkind: Secret\nmetadata: {nmae: x}\n',
    want: [],
  },
  'an empty file': { change: () => '# nothing\n---\n---\n', want: [] },
  'a value of null where there is a default': { change: (text) => `${text}  seed: null\n`, want: [] },
  'a merge key': {
    change: (text) =>
      text.replace('- name: usual-care', '- &a {name: usual-care}\n    - {<<: *a, name: other}'),
    want: [],
  },
};

describe('lint of', () => {
  for (const [name, { change, want }] of Object.entries(cases)) {
    it(name, () => {
      const { findings } = lint([{ file: 'a.yaml', text: change(simulation) }]);
      assert.deepEqual(
        findings.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`),
        want,
      );
    });
  }

  it('a List gives places in its items', () => {
    const items = [1, 2].map((seed) => ({ ...objectOf(accepted[0]?.[1] as Sample), seed }));
    const text = stringify({ apiVersion: 'v1', kind: 'List', items }, { aliasDuplicateObjects: false });
    const { findings, checked } = lint([{ file: '-', text }]);
    assert.equal(checked, 2);
    assert.deepEqual(
      findings.filter(({ rule }) => rule === 'UnknownField').map(({ line, path }) => `${line} ${path}`),
      ['11 seed', '19 seed'],
    );
  });

  it('JSON gives places as well', () => {
    const text = JSON.stringify(
      { ...objectOf(accepted[0]?.[1] as Sample), spec: { modelRefs: 'x' } },
      null,
      1,
    );
    const [finding] = lint([{ file: 'a.json', text }]).findings;
    assert.equal(`${finding?.line}:${finding?.column} ${finding?.path}`, '8:3 spec.modelRefs');
  });

  it('the samples and what is recorded of every state finds nothing', () => {
    for (const folder of [
      'samples/getting-started',
      'samples/gpu',
      'samples/mounted-folder',
      'charts/gitops',
    ]) {
      for (const file of manifestsBelow(folder)) {
        const text = readFileSync(join(root, file), 'utf8');
        assert.deepEqual(lint([{ file, text }]).findings, [], file);
      }
    }
  });
});

it('a path says names that are no words in brackets', () => {
  assert.equal(pathOf(['metadata', 'labels', 'a.b/c', 0, 'x']), 'metadata.labels["a.b/c"][0].x');
});

function manifestsBelow(folder: string): readonly string[] {
  const files = globSync('**/*.yaml', { cwd: join(root, folder) }).filter(
    (file) => !file.startsWith('records'),
  );
  assert.notDeepEqual(files, []);
  return files.map((file) => join(folder, file));
}
