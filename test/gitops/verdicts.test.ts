// What kstatus, Argo CD and Flux say of every state of every kind, by their own code.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { ask, type HealthCheck, resolveProgram, type Verdicts } from './program.ts';
import { kinds, ROOT, recordings, verdictsOnStates } from './record.ts';
import { states } from './states/all.ts';
import type { State } from './states/state.ts';

let program: string;
let verdicts: readonly Verdicts[];

before(async () => {
  program = await resolveProgram();
  verdicts = verdictsOnStates(program);
});

const stateNamed = (kind: string, name: string): State =>
  states.find((state) => state.kind === kind && state.name === name) ??
  assert.fail(`no state ${kind} ${name}`);

for (const kind of kinds) {
  describe(`kstatus and Argo CD on a ${kind}`, () => {
    for (const [index, state] of states.entries()) {
      if (state.kind !== kind) continue;
      it(`that is ${state.name}: ${state.want}`, () => {
        const said = verdicts[index];
        assert.equal(`${said?.kstatus.status}/${said?.argo?.status}`, state.want, JSON.stringify(said));
        assert.notEqual(said?.argo?.message, '', 'Argo CD shows no message');
      });
    }
  });
}

it('what is recorded is what the operator and the scripts say today', () => {
  const stale = [...recordings(program)].filter(
    ([path, want]) => readFileSync(join(ROOT, path), 'utf8') !== want,
  );
  assert.deepEqual(
    stale.map(([path]) => path),
    [],
    'run node test/gitops/record.ts',
  );
});

it('nothing is recorded of a state that there is no more', () => {
  const found = globSync('charts/gitops/argocd/resource_customizations/**/testdata/*.yaml', { cwd: ROOT });
  const recorded = recordings(program);
  assert.deepEqual(
    found.filter((path) => !recorded.has(path)),
    [],
  );
});

it('a deleted object is Terminating to kstatus', () => {
  const { object } = stateNamed('TwinModel', 'serving');
  const metadata = { ...(object['metadata'] as object), deletionTimestamp: '2026-11-24T00:00:00Z' };
  const [said] = ask(program, { objects: [{ ...object, metadata }] }).objects;
  assert.equal(said?.kstatus.status, 'Terminating');
});

/** What Flux makes of a state by its `healthCheckExprs`; every other state of the kind is InProgress. */
const byExpression: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  DataSource: { synced: 'Current', suspended: 'Current', 'quarantine-limit': 'Failed' },
  Simulation: {
    ...{ completed: 'Current', 'reused-result': 'Current', suspended: 'Current' },
    ...{ 'too-few-subjects': 'Failed', 'too-many-subjects': 'Failed', 'invalid-scenario': 'Failed' },
    ...{ 'retries-exhausted': 'Failed', 'deadline-exceeded': 'Failed', 'model-load-failed': 'Failed' },
    'nondeterministic-result': 'Failed',
  },
};

function healthChecks(): Readonly<Record<string, HealthCheck>> {
  const text = readFileSync(join(ROOT, 'charts/gitops/flux/twinward.yaml'), 'utf8');
  const checks = parseAllDocuments(text).flatMap(
    (document) =>
      (document.toJS().spec.healthCheckExprs ?? []) as readonly (HealthCheck & { kind: string })[],
  );
  return Object.fromEntries(checks.map(({ kind, ...check }) => [kind, check]));
}

for (const [kind, wanted] of Object.entries(byExpression)) {
  it(`the healthCheckExprs of Flux wait for the end of every ${kind}`, () => {
    const ours = states.filter((state) => state.kind === kind);
    const { objects } = ask(program, {
      objects: ours.map(({ object }) => object),
      expressions: healthChecks(),
    });
    const seen = ours.map(({ name }, index) => [name, objects[index]?.flux?.status]);
    const want = ours.map(({ name }) => [name, wanted[name] ?? 'InProgress']);
    assert.deepEqual(seen, want);
    const unknown = Object.keys(wanted).filter((name) => !ours.some((state) => state.name === name));
    assert.deepEqual(unknown, []);
  });
}

it('the ConfigMap of Argo CD carries the scripts as they are tested', () => {
  const { data } = parse(readFileSync(join(ROOT, 'charts/gitops/argocd/argocd-cm.yaml'), 'utf8'));
  for (const kind of kinds) {
    const file = `charts/gitops/argocd/resource_customizations/twinward.io/${kind}/health.lua`;
    assert.equal(
      data[`resource.customizations.health.twinward.io_${kind}`],
      readFileSync(join(ROOT, file), 'utf8'),
    );
  }
});

it('the health of an Application, which waves wait for, is what Argo CD found of its objects', () => {
  const { data } = parse(readFileSync(join(ROOT, 'charts/gitops/argocd/argocd-cm.yaml'), 'utf8'));
  const script: string = data['resource.customizations.health.argoproj.io_Application'];
  const application = (status?: object): object => ({
    ...{
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'a', namespace: 'argocd' },
    },
    ...(status === undefined ? {} : { status }),
  });
  const objects = [application(), application({ health: { status: 'Degraded' } })];
  const said = ask(program, { objects, scripts: { Application: script } }).objects;
  assert.deepEqual(
    said.map(({ argo }) => argo?.status),
    ['Progressing', 'Degraded'],
  );
});
