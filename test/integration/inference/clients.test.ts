// Clients of others: Python stubs generated from the public protocol, and tritonclient.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pythonWith } from './python.ts';
import { bundleFolder, repository, startWorker, untilReady, type Worker } from './worker.ts';

const HERE = join(repository, 'test/integration/inference');
const GOLDEN = join(bundleFolder, 'golden.json');

interface Check {
  readonly name: string;
  readonly error: string | null;
}

function runChecks(python: string, script: string, args: readonly string[]): Promise<readonly Check[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, [join(HERE, 'clients', script), ...args], { timeout: 120_000 });
    let [out, problems] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (problems += data.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0)
        resolve(out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : [])));
      else reject(new Error(`${script} ended with ${code}\n${problems}`));
    });
  });
}

describe('clients of the Open Inference Protocol', () => {
  let worker: Worker;
  let python: string;
  before(async () => {
    python = pythonWith(join(HERE, 'requirements.txt'));
    worker = await untilReady(await startWorker());
  });
  after(async () => {
    await worker?.stop();
  });

  const scripts = [
    { script: 'public_stubs.py', checks: 13, args: [join(repository, 'proto')] },
    { script: 'triton_client.py', checks: 8, args: [] },
  ] as const;
  for (const { script, checks, args } of scripts) {
    it(`are served: ${script}`, { timeout: 180_000 }, async (context) => {
      const found = await runChecks(python, script, [worker.address, GOLDEN, ...args]);
      for (const { name, error } of found)
        await context.test(name, () => assert.equal(error, null, error ?? ''));
      assert.equal(found.length, checks);
    });
  }
});
