import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { aContainer, aPod } from './a-pod.ts';
import { writeAtomically } from './atomic-folder.ts';
import type { Lookup } from './object-store.ts';
import type { Volume } from './pod.ts';
import { layOutSandbox, terminationLog } from './sandbox.ts';
import { volumeFiles } from './volume-files.ts';
import { volumeKeys } from './volumes.ts';

const folder = mkdtempSync(join(tmpdir(), 'volumes-'));
after(() => rmSync(folder, { recursive: true }));

const found: Lookup = {
  state: 'found',
  object: { metadata: { name: 'o' }, data: { key: 'value', other: 'o' }, binaryData: { raw: 'AAE=' } },
};
const secret: Lookup = {
  state: 'found',
  object: { metadata: { name: 's' }, data: { key: Buffer.from('open').toString('base64') } },
};
const missing: Lookup = { state: 'missing' };
const files = (volume: Omit<Volume, 'name'>, lookup: Lookup = found) =>
  volumeFiles(
    { name: 'v', ...volume },
    {
      pod: aPod(),
      podIp: '127.64.0.1',
      lookup: () => lookup,
      token: (audience, life) => `${audience} ${life}`,
    },
  );
const shown = (volume: Omit<Volume, 'name'>, lookup?: Lookup) =>
  (files(volume, lookup) ?? []).map(
    (file) => `${file.path} ${file.data.toString('hex').length / 2} ${file.mode.toString(8)}`,
  );

describe('the files of a volume', () => {
  it('are the keys of a ConfigMap, binary ones too', () => {
    assert.deepEqual(shown({ configMap: { name: 'o' } }), ['key 5 644', 'other 1 644', 'raw 2 644']);
  });
  it('are the chosen keys at their paths', () => {
    assert.deepEqual(
      shown({ configMap: { name: 'o', items: [{ key: 'key', path: 'deep/name', mode: 0o400 }] } }),
      ['deep/name 5 400'],
    );
  });
  it('of a Secret are readable by their owner only', () => {
    assert.deepEqual(shown({ secret: { secretName: 's' } }, secret), ['key 4 600']);
  });
  it('of a projection come from all of its sources', () => {
    const sources = [
      { serviceAccountToken: { path: 'token', audience: 'twinward', expirationSeconds: 600 } },
      { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
    ];
    const [token, name] = files({ projected: { sources } }) ?? [];
    assert.equal(token?.data.toString(), 'twinward 600');
    assert.equal(name?.data.toString(), 'web');
  });
  it('wait for an object unless it is optional', () => {
    assert.throws(() => files({ secret: { secretName: 's' } }, missing), {
      name: 'MountError',
      message: 'secret "s" not found',
    });
    assert.deepEqual(files({ secret: { secretName: 's', optional: true } }, missing), []);
    assert.throws(() => files({ configMap: { name: 'o', items: [{ key: 'no', path: 'no' }] } }), {
      message: /has no key "no"/,
    });
  });
  it('are none for a folder', () => assert.equal(files({ emptyDir: {} }), undefined));
  it('name the objects to follow', () => {
    const volumes = [
      { name: 'a', secret: { secretName: 's' } },
      { name: 'b', projected: { sources: [{ configMap: { name: 'c' } }] } },
    ];
    assert.deepEqual(volumeKeys(aPod({ volumes })), ['secrets/ward/s', 'configmaps/ward/c']);
  });
});

describe('a volume folder', () => {
  const at = join(folder, 'atomic');
  const file = (path: string, text: string) => ({ path, data: Buffer.from(text), mode: 0o600 });
  it('changes all files by one link', async () => {
    await writeAtomically(at, [file('a', '1'), file('deep/b', '1')]);
    const before = readlinkSync(join(at, '..data'));
    assert.equal(readFileSync(join(at, 'deep/b'), 'utf8'), '1');
    await writeAtomically(at, [file('a', '2')]);
    assert.equal(readFileSync(join(at, 'a'), 'utf8'), '2');
    assert.notEqual(readlinkSync(join(at, '..data')), before);
    assert.deepEqual(
      readdirSync(at).filter((name) => !name.startsWith('..')),
      ['a'],
    );
    assert.equal(readdirSync(at).length, 3);
    assert.equal(statSync(join(at, 'a')).mode & 0o777, 0o600);
  });
  it('refuses a path that leaves it', async () => {
    await assert.rejects(writeAtomically(at, [file('../../out', 'x')]), { message: /leaves its volume/ });
  });
});

describe('a sandbox', () => {
  it('has each mount at its path, and an empty termination log', async () => {
    const volume = join(folder, 'volume');
    await writeAtomically(volume, [{ path: 'key', data: Buffer.from('value'), mode: 0o600 }]);
    const volumeMounts = [
      { name: 'v', mountPath: '/etc/v' },
      { name: 'v', mountPath: '/one', subPath: 'key' },
      { name: 'v', mountPath: '/sub', subPathExpr: 'of-$(WHO)' },
    ];
    const container = aContainer('main', { volumeMounts });
    const root = join(folder, 'root');
    await layOutSandbox(container, root, () => volume, { WHO: 'me' });
    assert.equal(readFileSync(join(root, 'etc/v/key'), 'utf8'), 'value');
    assert.equal(readFileSync(join(root, 'one'), 'utf8'), 'value');
    assert.ok(statSync(join(root, 'sub')).isDirectory());
    assert.equal(readFileSync(terminationLog(container, root), 'utf8'), '');
  });
  it('refuses a mount without a volume', async () => {
    const container = aContainer('main', { volumeMounts: [{ name: 'no', mountPath: '/x' }] });
    await assert.rejects(
      layOutSandbox(container, join(folder, 'none'), () => undefined, {}),
      { message: /volume "no"/ },
    );
  });
});
