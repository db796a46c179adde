import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, aPod } from './a-pod.ts';
import { environmentOf, expand, type Sources } from './environment.ts';
import type { Container, DataObject } from './pod.ts';
import { quantity } from './quantity.ts';

const object = (name: string, data: Readonly<Record<string, string>>): DataObject => ({
  metadata: { name },
  data,
});
const sources: Sources = {
  configMap: (name) => (name === 'map' ? object(name, { a: '1', b: '2' }) : undefined),
  secret: (name) =>
    name === 'hidden' ? object(name, { word: Buffer.from('open').toString('base64') }) : undefined,
};
const pod = aPod(
  { nodeName: 'n1', serviceAccountName: 'nurse' },
  { metadata: { name: 'web', namespace: 'ward', uid: 'u1', labels: { b: 'x', a: 'y"z' } } },
);
const env = (more: Partial<Container>) =>
  environmentOf(pod, aContainer('main', more), '127.64.0.9', { BASE: 'base' }, sources);
const field = (fieldPath: string) =>
  env({ env: [{ name: 'V', valueFrom: { fieldRef: { fieldPath } } }] })['V'];

describe('the environment of a container', () => {
  it('takes envFrom with its prefix, and lets env win', () => {
    const found = env({
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'map' } }, { secretRef: { name: 'hidden' } }],
      env: [{ name: 'P_a', value: 'mine' }],
    });
    assert.deepEqual(found, { BASE: 'base', P_a: 'mine', P_b: '2', word: 'open' });
  });

  it('expands only what was defined before', () => {
    const found = env({
      env: [
        { name: 'A', value: '$(BASE)-$(B)' },
        { name: 'B', value: '$(A)$$(A)' },
      ],
    });
    assert.deepEqual([found['A'], found['B']], ['base-$(B)', 'base-$(B)$(A)']);
  });

  it('leaves out an optional key that is missing', () => {
    const ref = { name: 'map', key: 'absent', optional: true };
    assert.equal('V' in env({ env: [{ name: 'V', valueFrom: { configMapKeyRef: ref } }] }), false);
  });

  const broken: readonly [string, Partial<Container>, RegExp][] = [
    [
      'a ConfigMap',
      { envFrom: [{ configMapRef: { name: 'no' } }] },
      /configmap "no" not found in namespace ward/,
    ],
    [
      'a Secret',
      { env: [{ name: 'V', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }] },
      /secret "no" not found/,
    ],
    [
      'a key',
      { env: [{ name: 'V', valueFrom: { secretKeyRef: { name: 'hidden', key: 'k' } } }] },
      /find key k in secret ward\/hidden/,
    ],
  ];
  for (const [what, container, message] of broken) {
    it(`names ${what} that is missing`, () =>
      assert.throws(() => env(container), { name: 'ConfigError', message }));
  }

  const fields: readonly [string, string][] = [
    ['metadata.name', 'web'],
    ['metadata.namespace', 'ward'],
    ['metadata.uid', 'u1'],
    ["metadata.labels['b']", 'x'],
    ["metadata.annotations['none']", ''],
    ['spec.nodeName', 'n1'],
    ['spec.serviceAccountName', 'nurse'],
    ['status.podIP', '127.64.0.9'],
    ['status.hostIP', '127.0.0.1'],
    ['metadata.labels', 'a="y\\"z"\nb="x"'],
  ];
  for (const [path, want] of fields) it(`knows ${path}`, () => assert.equal(field(path), want));

  it('knows its resources in units of the divisor, rounded up', () => {
    const resources = { limits: { cpu: '1500m', memory: '1Gi' } };
    const value = (resource: string, divisor?: string) =>
      env({
        resources,
        env: [{ name: 'V', valueFrom: { resourceFieldRef: { resource, ...(divisor ? { divisor } : {}) } } }],
      })['V'];
    assert.deepEqual(
      [value('limits.cpu'), value('limits.cpu', '1m'), value('limits.memory', '1Mi')],
      ['2', '1500', '1024'],
    );
    assert.ok(Number.isNaN(quantity('many')));
  });

  it('expands nothing that looks different', () =>
    assert.equal(expand('$A {A} $(A) $', { A: '1' }), '$A {A} 1 $'));
});
