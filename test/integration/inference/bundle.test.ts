// A bundle that is not what it says, or breaks the graph contract, is never served: exit code 78 and a reason.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Copy, GRAPH } from './bundle-copy.ts';
import {
  aRequest,
  bitsOf,
  bundleFolder,
  fileSha256,
  simulate,
  startWorker,
  untilReady,
  type Worker,
} from './worker.ts';

interface Case {
  readonly name: string;
  readonly break: (copy: Copy) => void;
  readonly sha256?: string;
  readonly reason: 'DigestMismatch' | 'ContractViolation' | 'FetchFailed';
  readonly message: RegExp;
}

const CASES: readonly Case[] = [
  {
    name: 'another sha256 than the one pinned',
    break: () => undefined,
    sha256: 'b'.repeat(64),
    reason: 'DigestMismatch',
    message: /spec\.artifact\.sha256/,
  },
  {
    name: 'no manifest',
    break: (copy) => unlinkSync(copy.path('manifest.json')),
    sha256: 'b'.repeat(64),
    reason: 'FetchFailed',
    message: /manifest\.json/,
  },
  {
    name: 'a file that was changed',
    break: (copy) => writeFileSync(copy.path('CARD.md'), 'another card'),
    reason: 'DigestMismatch',
    message: /CARD\.md/,
  },
  {
    name: 'a file that is not listed',
    break: (copy) => writeFileSync(copy.path('extra.bin'), 'extra'),
    reason: 'ContractViolation',
    message: /does not list/,
  },
  {
    name: 'a file that is listed but missing',
    break: (copy) => unlinkSync(copy.path('CARD.md')),
    reason: 'ContractViolation',
    message: /CARD\.md/,
  },
  {
    name: 'a link',
    break: (copy) => {
      unlinkSync(copy.path('CARD.md'));
      symlinkSync(join(bundleFolder, 'CARD.md'), copy.path('CARD.md'));
    },
    reason: 'ContractViolation',
    message: /link/,
  },
  {
    name: 'a path that leaves the folder',
    break: (copy) =>
      copy.seal((manifest) => {
        const [first] = manifest.files;
        if (first) first.path = `../${first.path}`;
      }),
    reason: 'ContractViolation',
    message: /leaves the bundle/,
  },
  {
    name: 'a manifest of another version',
    break: (copy) =>
      copy.seal((manifest) => {
        manifest.apiVersion = 'twinward.io/bundle/v9';
      }),
    reason: 'ContractViolation',
    message: /apiVersion/,
  },
  {
    name: 'a graph with an operator that is not row-stable',
    break: (copy) => copy.patchGraph('\x22\x03Exp', '\x22\x03Sin'),
    reason: 'ContractViolation',
    message: /operator Sin/,
  },
  {
    name: 'a graph without an output of the contract',
    break: (copy) => copy.patchGraph('log_lambda', 'log_lambdX', 100),
    reason: 'ContractViolation',
    message: /output log_lambda/,
  },
  {
    name: 'a graph of other sizes',
    break: (copy) =>
      copy.seal((manifest) => {
        manifest.graph.events += 1;
      }),
    reason: 'ContractViolation',
    message: /shape or type/,
  },
  {
    name: 'a graph that is no ONNX model',
    break: (copy) => {
      writeFileSync(copy.path(GRAPH), 'not a model at all');
      copy.seal();
    },
    reason: 'ContractViolation',
    message: /no ONNX model/,
  },
  {
    name: 'other weights than those of the golden cases',
    break: (copy) => {
      const bytes = readFileSync(copy.path(GRAPH));
      const at = Math.floor(bytes.length / 2);
      bytes.writeUInt8((bytes[at] ?? 0) ^ 0x40, at);
      bytes.writeUInt8((bytes[at + 4] ?? 0) ^ 0x40, at + 4);
      writeFileSync(copy.path(GRAPH), bytes);
      copy.seal();
    },
    reason: 'ContractViolation',
    message: /golden cases/,
  },
  {
    name: 'a vocabulary of another size',
    break: (copy) =>
      copy.editJson('vocabulary.json', (document) => {
        Object.assign(document, { size: 7 });
      }),
    reason: 'ContractViolation',
    message: /vocabulary\.json/,
  },
];

describe('a bundle', () => {
  for (const { name, break: breakCopy, sha256, reason, message } of CASES) {
    it(`is refused with ${reason}: ${name}`, async () => {
      const copy = new Copy();
      try {
        breakCopy(copy);
        const worker = await startWorker({
          folder: copy.folder,
          sha256: sha256 ?? fileSha256(copy.path('manifest.json')),
        });
        worker.client.close();
        assert.equal(await worker.exited, 78);
        const log = JSON.parse(worker.terminationLog());
        assert.equal(log.reason, reason);
        assert.match(log.message, message);
      } finally {
        copy.remove();
      }
    });
  }

  it('is served from a claim of which it is one folder', async () => {
    const mounts = mkdtempSync(join(tmpdir(), 'twinward-mounts-'));
    cpSync(bundleFolder, join(mounts, 'bundle/models/core'), { recursive: true });
    const worker = await startWorker({
      env: { TWINWARD_BUNDLE_URI: 'pvc://models/models/core', CONTAINER_SANDBOX_MOUNT_POINT: mounts },
    });
    try {
      await untilReady(worker);
      assert.equal(
        (await simulate(worker.client, aRequest({ ranges: [{ from: 0, to: 64 }] }))).leaves.length,
        1,
      );
    } finally {
      await worker.stop();
      rmSync(mounts, { recursive: true, force: true });
    }
  });
});

describe('a bundle whose engine is not listed', () => {
  let worker: Worker;
  const copy = new Copy();
  before(async () => {
    copy.seal((manifest) => {
      for (const engine of Object.keys(manifest.golden.digests)) delete manifest.golden.digests[engine];
    });
    worker = await untilReady(await startWorker({ folder: copy.folder }));
  });
  after(async () => {
    await worker.stop();
    copy.remove();
  });

  it('is served when the golden outputs agree within tolerance', async () => {
    const { bundleDigest } = await worker.client.call('Describe', {}, 10_000);
    assert.equal(bundleDigest, fileSha256(copy.path('manifest.json')));
  });
});

describe('a bundle of two members', () => {
  const [pair, alone] = [new Copy(), new Copy()];
  after(() => {
    pair.remove();
    alone.remove();
  });

  it('has leaf i computed by member i mod 2', async () => {
    pair.equalMembers(2);
    alone.equalMembers(1);
    const worker = await untilReady(await startWorker({ folder: pair.folder }));
    const single = await untilReady(await startWorker({ folder: alone.folder }));
    try {
      const two = await simulate(worker.client, aRequest());
      const one = await simulate(single.client, aRequest());
      assert.deepEqual(
        two.leaves.map(({ member }) => member),
        [0, 1, 0, 1, 0, 1, 0, 1],
      );
      const withoutMember = two.leaves.map((leaf) => ({ ...leaf, member: 0 }));
      assert.equal(bitsOf(withoutMember), bitsOf(one.leaves), 'equal members give equal leaves');
      const shard = await simulate(worker.client, aRequest({ ranges: [{ from: 192, to: 256 }] }));
      assert.equal(bitsOf(shard.leaves), bitsOf(two.leaves.slice(3, 4)));
    } finally {
      await worker.stop();
      await single.stop();
    }
  });
});
