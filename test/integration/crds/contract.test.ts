import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kinds } from '../../../crds/kinds.ts';
import { type StructuralSchema, structuralSchema } from '../../../crds/structural.ts';
import { type ApiServer, installKinds, type Json, startApiServer } from './api-server.ts';
import {
  accepted,
  changeable,
  frozen,
  handle,
  model,
  refused,
  run,
  type Sample,
  source,
  twin,
} from './cases.ts';

const api = '/apis/twinward.io/v1alpha1/namespaces/default';
let server: ApiServer;
/** Every message with which an object was refused. */
const messages: string[] = [];

before(async () => {
  server = await startApiServer();
  installKinds(server);
});
after(async () => {
  await server.stop();
});

function objectOf(sample: Sample): Json {
  const { kind, name, spec } = sample;
  return { apiVersion: 'twinward.io/v1alpha1', kind, metadata: { name }, spec };
}

async function created(sample: Sample): Promise<void> {
  const answer = await server.call('POST', `${api}/${sample.plural}`, objectOf(sample));
  assert.ok([201, 409].includes(answer.status), answer.message);
}

function patch(sample: Sample, body: Json, subresource = ''): ReturnType<ApiServer['call']> {
  const path = `${api}/${sample.plural}/${sample.name}${subresource}`;
  return server.call('PATCH', path, body, 'application/merge-patch+json');
}

describe('the API server accepts', () => {
  for (const [name, given] of accepted) {
    test(name, async () => {
      const answer = await server.call(
        'POST',
        `${api}/${given.plural}?dryRun=All&fieldValidation=Strict`,
        objectOf(given),
      );
      assert.equal(answer.status, 201, answer.message);
    });
  }
});

describe('the API server refuses', () => {
  for (const [name, given, want] of refused) {
    test(name, async () => {
      const answer = await server.call(
        'POST',
        `${api}/${given.plural}?dryRun=All&fieldValidation=Strict`,
        objectOf(given),
      );
      messages.push(answer.message);
      assert.equal(answer.status, 422, JSON.stringify(answer.body));
      assert.match(answer.message, want);
    });
  }
});

describe('nobody can change', () => {
  for (const [name, given, change, want] of frozen) {
    test(name, async () => {
      await created(given);
      const answer = await patch(given, { spec: change });
      messages.push(answer.message);
      assert.equal(answer.status, 422, JSON.stringify(answer.body));
      assert.match(answer.message, want);
    });
  }
});

test('nobody can change type of a DataSource, once there is another type', async () => {
  await created(source);
  await server.call(
    'PATCH',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/datasources.twinward.io',
    [
      {
        op: 'add',
        path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/type/enum/-',
        value: 'Later',
      },
    ],
    'application/json-patch+json',
  );
  let message = '';
  const deadline = Date.now() + 20_000;
  while (!message.includes('type cannot be changed') && Date.now() < deadline) {
    message = (await patch(source, { spec: { type: 'Later' } })).message;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  messages.push(message);
  assert.match(message, /type cannot be changed: create another DataSource/);
});

describe('somebody can change', () => {
  for (const [name, given, change] of changeable) {
    test(name, async () => {
      await created(given);
      const answer = await patch(given, { spec: change });
      assert.equal(answer.status, 200, answer.message);
    });
  }
});

test('every rule has refused at least one object', () => {
  const rules = kinds.flatMap((kind) => ruleMessages(structuralSchema(kind.schema)));
  const silent = [...new Set(rules)].filter((rule) => !messages.some((message) => message.includes(rule)));
  assert.deepEqual(silent, []);
});

function ruleMessages(schema: StructuralSchema): readonly string[] {
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly { readonly message: string }[];
  const below = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return [
    ...rules.map((rule) => rule.message),
    ...below.flatMap((child) => (child === undefined ? [] : ruleMessages(child))),
  ];
}

describe('a new object', () => {
  for (const sample of [twin, source, model, run]) {
    test(`of kind ${sample.kind} reads as in progress`, async () => {
      const answer = await server.call(
        'POST',
        `${api}/${sample.plural}?dryRun=All`,
        objectOf({ ...sample, name: otherName(sample) }),
      );
      assert.deepEqual(answer.body['status'], { observedGeneration: -1 });
    });
  }

  function otherName(sample: Sample): string {
    return sample === twin ? 'pt-0000000000000000' : `${sample.name}-new`;
  }

  test('gets the defaults of the schema', async () => {
    const answer = await server.call(
      'POST',
      `${api}/patienttwins?dryRun=All`,
      objectOf({ ...twin, name: 'pt-0000000000000000' }),
    );
    assert.deepEqual(answer.body['spec'], {
      suspend: false,
      modelRefs: [{ name: 'trajectory' }],
      update: { mode: 'OnData', debounceSeconds: 300 },
      deletionPolicy: 'Retain',
    });
  });
});

test('a TwinModel is scaled through its scale subresource', async () => {
  await created(model);
  await patch(
    model,
    { status: { observedGeneration: 1, replicas: 1, selector: 'twinward.io/model=trajectory' } },
    '/status',
  );
  const scaled = server.kubectl('scale', 'tmodel/trajectory', '--replicas=3');
  assert.equal(scaled.status, 0, scaled.stderr);
  const answer = await server.call('GET', `${api}/twinmodels/trajectory/scale`);
  assert.deepEqual(answer.body['spec'], { replicas: 3 });
  assert.deepEqual(answer.body['status'], { replicas: 1, selector: 'twinward.io/model=trajectory' });
});

test('Simulations are found by model and by twin', async () => {
  await created({ ...run, name: 'by-twin', spec: { ...run.spec, subjects: { twinRef: { name: handle } } } });
  const found = server.kubectl(
    'get',
    'sim',
    '-o',
    'name',
    '--field-selector',
    `spec.subjects.twinRef.name=${handle}`,
  );
  assert.equal(found.stdout, 'simulation.twinward.io/by-twin\n');
  const none = server.kubectl('get', 'sim', '-o', 'name', '--field-selector', 'spec.modelRef.name=absent');
  assert.equal(none.stdout, '');
});

test('a status is written beside the spec and keeps its results as a map', async () => {
  await created(run);
  const result = {
    scenario: 'statin',
    outcome: 'mi',
    horizon: 'P5Y',
    subjects: 100,
    risk: '0.081',
    low: '0.077',
    high: '0.086',
    level: '0.90',
    calibration: 'Calibrated',
  };
  const written = await patch(run, { status: { observedGeneration: 1, results: [result] } }, '/status');
  assert.equal(written.status, 200, written.message);
  const twice = await patch(run, { status: { results: [result, result] } }, '/status');
  assert.match(twice.message, /status\.results\[1\]: Duplicate/);
});

test('kubectl get all leaves PatientTwins out and shows the other kinds', async () => {
  await Promise.all([twin, source, model, run].map(created));
  assert.doesNotMatch(server.kubectl('get', 'all', '-o', 'name').stdout, /patienttwin/);
  assert.match(server.kubectl('get', 'all', '-o', 'name').stdout, /simulation\.twinward\.io\/statins/);
  assert.match(server.kubectl('get', 'twinward', '-o', 'name').stdout, /patienttwin\.twinward\.io\/pt-/);
});

test('kubectl explain tells what each field is for', () => {
  const text = server.kubectl('explain', 'ptwin.spec.update').stdout;
  assert.match(text, /When the forecast is updated/);
  assert.match(text, /debounceSeconds\t<integer>\n\s+With OnData: how long to wait for further records/);
  assert.match(text, /enum: OnData, Schedule, Manual/);
  for (const kind of kinds) {
    const everything = server.kubectl('explain', kind.singular, '--recursive=false');
    assert.doesNotMatch(everything.stdout, /<no description>/, kind.kind);
  }
});

test('every CRD is small enough for a client-side apply', () => {
  const folder = join(server.root, 'charts/twinward-crds/templates');
  const files = readdirSync(folder);
  assert.equal(files.length, kinds.length);
  for (const file of files) {
    assert.ok(statSync(join(folder, file)).size < 200_000, file);
  }
});
