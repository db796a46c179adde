// Objects of the first version under today's kinds: on the real API server they are read, parsed and written back as they
// were, and no schema takes less than the first one did.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parseDataSource } from '#crds/data-source/v1alpha1.ts';
import { parsePatientTwin } from '#crds/patient-twin/v1alpha1.ts';
import { parseSimulation } from '#crds/simulation/v1alpha1.ts';
import { parseTwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { Json } from '../e2e/stack.ts';
import { type ApiServer, type Kubectl, startApiServer } from '../integration/crds/api-server.ts';
import { identityOf, objectsIn, ROOT } from './helm.ts';
import { type Kind, narrowings } from './narrowing.ts';

const frozen = join(import.meta.dirname, 'frozen/0.1.0');
const folders = {
  first: join(frozen, 'twinward-crds/templates'),
  now: join(ROOT, 'charts/twinward-crds/templates'),
};

/** Changes that were made on purpose, by the line that tells of them, and why no object or client is hurt. */
const accepted: Readonly<Record<string, string>> = {};

const plurals: Readonly<Record<string, string>> = {
  TwinModel: 'twinmodels',
  DataSource: 'datasources',
  PatientTwin: 'patienttwins',
  Simulation: 'simulations',
};
const parsers: Readonly<Record<string, (object: unknown) => unknown>> = {
  TwinModel: parseTwinModel,
  DataSource: parseDataSource,
  PatientTwin: parsePatientTwin,
  Simulation: parseSimulation,
};

const fromFile = (file: string): readonly Json[] => objectsIn(readFileSync(join(frozen, file), 'utf8'));
const kindsIn = (folder: string): readonly Kind[] =>
  readdirSync(folder).flatMap((file) => objectsIn(readFileSync(join(folder, file), 'utf8')));
const title = (object: Json): string => `${identityOf(object)} in ${object.metadata.namespace}`;
const pathOf = ({ kind, metadata }: Json): string =>
  `/apis/twinward.io/v1alpha1/namespaces/${metadata.namespace}/${plurals[kind]}/${metadata.name}`;

/** Where `part` is not in `whole` as it is; a field more in `whole`, such as a new default, is no difference. */
function missing(part: Json, whole: Json, path: string): readonly string[] {
  if (typeof part !== 'object' || part === null) {
    return part === whole ? [] : [`${path}: ${JSON.stringify(part)} → ${JSON.stringify(whole)}`];
  }
  if (Array.isArray(part) && part.length !== whole?.length)
    return [`${path}: ${part.length} → ${whole?.length} items`];
  return Object.entries(part).flatMap(([key, value]) => missing(value, whole?.[key], `${path}.${key}`));
}

describe('the schemas', () => {
  const first = kindsIn(folders.first);
  const now = kindsIn(folders.now);
  it('are those of four kinds at least', () => {
    assert.ok(first.length >= 4);
  });
  for (const kind of first) {
    it(`of ${kind.metadata.name} take all that the first ones took`, () => {
      const next = now.find(({ metadata }) => metadata.name === kind.metadata.name);
      assert.ok(next !== undefined, `${kind.metadata.name} is gone`);
      assert.deepEqual(
        narrowings(kind, next).filter((line) => accepted[line] === undefined),
        [],
      );
    });
  }
});

describe('an object of the first version', { timeout: 180_000 }, () => {
  let server: ApiServer;
  const objects = [...fromFile('stored.yaml'), ...fromFile('accepted.yaml')];
  const stored = new Map<string, Json>();
  const kubectl = (...args: readonly string[]): Kubectl => {
    const done = server.kubectl(...args);
    assert.equal(done.status, 0, `kubectl ${args.join(' ')}: ${done.stderr}`);
    return done;
  };
  const read = async (object: Json): Promise<Json> => {
    const answer = await server.call('GET', pathOf(object));
    assert.equal(answer.status, 200, answer.message);
    return answer.body;
  };
  const establish = async (folder: string): Promise<void> => {
    kubectl('apply', '--server-side', '-f', folder);
    kubectl('wait', '--for=condition=Established', '--timeout=60s', '-f', folder);
    // The handler of a kind is exchanged a moment after its schema was stored.
    await delay(2_000);
  };

  before(async () => {
    server = await startApiServer();
    await establish(folders.first);
    const namespaces = new Set(objects.map(({ metadata }) => metadata.namespace));
    for (const name of namespaces) if (name !== 'default') kubectl('create', 'namespace', name);
    for (const object of objects) {
      const { status: _, ...bare } = object;
      const made = await server.call('POST', pathOf(object).replace(/\/[^/]*$/, ''), bare);
      assert.equal(made.status, 201, `${title(object)}: ${made.message}`);
      if (object.status !== undefined) {
        const path = `${pathOf(object)}/status`;
        const told = await server.call(
          'PATCH',
          path,
          { status: object.status },
          'application/merge-patch+json',
        );
        assert.equal(told.status, 200, told.message);
      }
      stored.set(title(object), await read(object));
    }
    await establish(folders.now);
  });
  after(() => server.stop());

  it('is one of each kind and state', () => {
    assert.ok(objects.length > 20);
    assert.deepEqual([...new Set(objects.map(({ kind }) => kind))].sort(), Object.keys(plurals).sort());
    assert.ok(objects.filter(({ status }) => status !== undefined).length >= 9);
  });

  for (const object of objects) {
    it(`${title(object)} is read, parsed and written back as it was`, async () => {
      const old = stored.get(title(object));
      const now = await read(object);
      assert.deepEqual(missing({ spec: old.spec, status: old.status }, now, ''), []);
      parsers[object.kind]?.(now);
      const written = await server.call('PUT', pathOf(object), now);
      assert.equal(written.status, 200, written.message);
      assert.equal((written.body as Json).metadata.generation, now.metadata.generation);
      const label = { metadata: { labels: { 'app.kubernetes.io/part-of': 'test' } } };
      const changed = await server.call('PATCH', pathOf(object), label, 'application/merge-patch+json');
      assert.equal(changed.status, 200, changed.message);
      assert.deepEqual(missing({ spec: old.spec, status: old.status }, await read(object), ''), []);
    });
  }

  for (const folder of ['getting-started', 'mounted-folder', 'gpu']) {
    it(`of the samples of ${folder} is applied again without a warning`, () => {
      const file = join(frozen, 'samples', folder);
      kubectl('apply', '--dry-run=server', '--warnings-as-errors', '-f', file);
      kubectl(
        'apply',
        '--server-side',
        '--force-conflicts',
        '--dry-run=server',
        '--warnings-as-errors',
        '-f',
        file,
      );
    });
  }
});
