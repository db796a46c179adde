import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Binary, isCompatible, parseVersion, pinnedVersions } from './catalogue.ts';

describe('reading the version that a program prints', () => {
  const cases: readonly [name: string, binary: Binary, given: string, want: string | undefined][] = [
    ['etcd', 'etcd', 'etcd Version: 3.6.8\nGit SHA: Not provided\nGo Version: go1.26.8\n', 'v3.6.8'],
    ['a server of Kubernetes', 'kube-apiserver', 'Kubernetes v1.36.3\n', 'v1.36.3'],
    ['a pre-release', 'kube-scheduler', 'Kubernetes v1.37.0-beta.1\n', 'v1.37.0-beta.1'],
    ['kubectl', 'kubectl', '{"clientVersion":{"gitVersion":"v1.36.3"}}', 'v1.36.3'],
    ['another program of that name', 'etcd', 'usage: etcd [flags]\n', undefined],
  ];
  for (const [name, binary, given, want] of cases) {
    it(name, () => assert.equal(parseVersion(binary, given), want));
  }
});

describe('a program that was found elsewhere', () => {
  it('may differ in its patch version', () => assert.equal(isCompatible('v1.36.0', 'v1.36.3'), true));
  it('may not differ in its minor version', () => assert.equal(isCompatible('v1.35.3', 'v1.36.3'), false));
  it('is not taken for another because its number begins alike', () =>
    assert.equal(isCompatible('v1.3.3', 'v1.36.3'), false));
});

describe('the pinned versions', () => {
  it('come from the wrapper module', () => {
    const goMod =
      'require (\n\tgo.etcd.io/etcd/server/v3 v3.6.8 // indirect\n\tk8s.io/kubernetes v1.36.3\n)\n';
    assert.deepEqual(pinnedVersions(goMod), { kubernetes: 'v1.36.3', etcd: 'v3.6.8' });
  });

  it('are stated in the committed wrapper', () => {
    const { kubernetes, etcd } = pinnedVersions();
    assert.match(kubernetes, /^v1\.36\.\d+$/);
    assert.match(etcd, /^v3\.6\.\d+$/);
  });

  it('are missed by name', () => {
    assert.throws(() => pinnedVersions('module x\n'), {
      message: /requires no version of k8s\.io\/kubernetes/,
    });
  });
});
