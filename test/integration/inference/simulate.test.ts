// The simulate worker as a process of its own, between a real engine and a service that hands out units over TLS.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CommitUnitRequest__Output } from '#proto/gen/twinward/v1/CommitUnitRequest.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import { writeCertificate } from '../twins/certificate.ts';
import { anIssuer, mountIssuer } from './tokens.ts';
import { type StandIn, startTwinData } from './twin-data-stand-in.ts';
import {
  aRequest,
  bitsOf,
  METFORMIN,
  repository,
  simulate,
  startWorker,
  untilReady,
  type Worker,
} from './worker.ts';

const SCENARIOS: SimulateRequest['scenarios'] = [
  { name: 'usual', interventions: [] },
  { name: 'metformin', interventions: [{ ...METFORMIN, action: 'ACTION_START', atDays: 30 }] },
];

const subject = (name: string, change: Partial<SimulateRequest> = {}): SimulateRequest =>
  aRequest({
    subjectKey: Buffer.from(name),
    scenarios: SCENARIOS,
    ranges: [{ from: 0, to: 256 }],
    priority: 'PRIORITY_BATCH',
    ...change,
  });

const unitsOf = (units: number, subjects: number, samples = 256): SimulateRequest[][] =>
  Array.from({ length: units }, (_, unit) =>
    Array.from({ length: subjects }, (_each, at) =>
      subject(`s-${unit}-${at}`, { ranges: [{ from: 0, to: samples }] }),
    ),
  );

interface Running {
  readonly process: ChildProcess;
  readonly exited: Promise<number>;
  readonly logs: () => string;
}

function startSimulate(twins: StandIn, engine: string, env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, ['workers/simulate/main.ts'], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      POD_IP: '127.0.0.1',
      POD_NAME: 'worker-0',
      TWINWARD_HEALTH_PORT: '0',
      TWINWARD_TWINS_ADDRESS: twins.address,
      TWINWARD_INFERENCE_ADDRESS: engine,
      TWINWARD_SIMULATION: 'a-simulation',
      TWINWARD_RUN_KEY: 'run-1',
      CONTAINER_SANDBOX_MOUNT_POINT: twins.mounts,
      ...env,
    },
  });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const exited = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : -1));
  return { process: child, exited, logs: () => chunks.join('') };
}

/** Bits of everything that was committed, unit by unit, subject by subject. */
function bitsOfCommits(commits: ReadonlyMap<string, CommitUnitRequest__Output>): string {
  return [...commits.entries()]
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([unit, { result }]) => {
      const subjects = (result?.subjects ?? []).map(({ ordinal, leaves }) => `${ordinal}:${bitsOf(leaves)}`);
      return `${unit} ${subjects.join('\n')}`;
    })
    .join('\n');
}

describe('a simulate worker', () => {
  let engine: Worker;
  before(async () => {
    engine = await untilReady(await startWorker());
  });
  after(async () => {
    await engine.stop();
  });
  const withTwins = async (
    units: readonly (readonly SimulateRequest[])[],
    run: (twins: StandIn) => Promise<void>,
    leaseSeconds?: number,
  ): Promise<void> => {
    const twins = await startTwinData(units, leaseSeconds);
    try {
      await run(twins);
    } finally {
      twins.stop();
    }
  };

  it('computes every unit once, as the engine itself would, and ends with 0', async () => {
    const units = unitsOf(3, 5);
    await withTwins(units, async (twins) => {
      const worker = startSimulate(twins, engine.address);
      assert.equal(await worker.exited, 0, worker.logs());
      assert.deepEqual([...twins.claims.values()], [1, 1, 1]);
      for (const [unit, commit] of twins.commits) {
        assert.match(commit.result?.engine ?? '', /^ort-/);
        for (const [at, { ordinal, leaves, requestDigest }] of (commit.result?.subjects ?? []).entries()) {
          assert.equal(ordinal, String(at));
          const request = units[Number(unit)]?.[at];
          assert.ok(request);
          const direct = await simulate(engine.client, request);
          assert.equal(bitsOf(leaves), bitsOf(direct.leaves));
          assert.deepEqual(requestDigest, direct.header.requestDigest);
        }
      }
      assert.doesNotMatch(worker.logs(), /s-0-0|59621000/);
    });
  });

  it('shows its token to a shared engine, over TLS; without it the engine does not let it in', async () => {
    const mounts = mkdtempSync(join(tmpdir(), 'twinward-shared-'));
    const folder = join(mounts, 'var/run/secrets/twinward-tls');
    mkdirSync(folder, { recursive: true });
    const { certificate } = await writeCertificate(folder);
    const issuer = anIssuer('first');
    mountIssuer(mounts, issuer.keySet);
    const shared = await untilReady(
      await startWorker({
        env: { CONTAINER_SANDBOX_MOUNT_POINT: mounts, TWINWARD_CALLERS: 'clinic/twinward-simulate' },
      }),
    );
    const secured = { TWINWARD_INFERENCE_CA: '/var/run/secrets/twinward-ca/engine.crt' };
    try {
      await withTwins(unitsOf(1, 2), async (twins) => {
        const secrets = join(twins.mounts, 'var/run/secrets');
        cpSync(certificate, join(secrets, 'twinward-ca/engine.crt'));
        twins.useToken(issuer.token('elsewhere/twinward-simulate'));
        const stranger = startSimulate(twins, shared.address, secured);
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        assert.equal(twins.commits.size, 0, 'a stranger computes nothing');
        stranger.process.kill('SIGKILL');
        twins.useToken(issuer.token('clinic/twinward-simulate'));
        const worker = startSimulate(twins, shared.address, secured);
        assert.equal(await worker.exited, 0, worker.logs());
        assert.equal(twins.commits.size, 1);
      });
    } finally {
      await shared.stop();
      rmSync(mounts, { recursive: true, force: true });
    }
  });

  it('gives the same bits with four workers as with one', async () => {
    const bits: string[] = [];
    for (const workers of [1, 4]) {
      await withTwins(unitsOf(5, 3), async (twins) => {
        const running = Array.from({ length: workers }, () => startSimulate(twins, engine.address));
        for (const each of running) assert.equal(await each.exited, 0, each.logs());
        bits.push(bitsOfCommits(twins.commits));
      });
    }
    assert.equal(bits[1], bits[0]);
    assert.ok((bits[0]?.length ?? 0) > 10_000);
  });

  it('works on small units side by side, and on large ones one after another', async () => {
    await withTwins(unitsOf(12, 1), async (twins) => {
      assert.equal(await startSimulate(twins, engine.address).exited, 0);
      assert.equal(twins.mostOpen(), 4);
    });
    await withTwins(unitsOf(3, 36, 64), async (twins) => {
      const worker = startSimulate(twins, engine.address, { TWINWARD_SUBJECTS_IN_FLIGHT: '4' });
      assert.equal(await worker.exited, 0);
      assert.ok(twins.mostOpen() <= 2, `${twins.mostOpen()} open units`);
    });
  });

  it('survives kill -9 of its engine, asks again for what is missing, and gives the same bits', async () => {
    const units = unitsOf(2, 6, 512);
    let wanted = '';
    await withTwins(units, async (twins) => {
      assert.equal(await startSimulate(twins, engine.address).exited, 0);
      wanted = bitsOfCommits(twins.commits);
    });
    await withTwins(units, async (twins) => {
      const first = await untilReady(await startWorker());
      const worker = startSimulate(twins, first.address);
      await until(() => twins.claims.size > 0);
      await new Promise((resolve) => setTimeout(resolve, 600));
      first.process.kill('SIGKILL');
      await first.exited;
      first.client.close();
      const port = first.address.split(':')[1] ?? '';
      const second = await startWorker({ port: Number(port) });
      assert.equal(await worker.exited, 0, worker.logs());
      await second.stop();
      assert.equal(bitsOfCommits(twins.commits), wanted);
    });
  });

  it('leaves its unit to another worker when it is killed', async () => {
    await withTwins(
      unitsOf(2, 8, 512),
      async (twins) => {
        const first = startSimulate(twins, engine.address);
        await until(() => twins.claims.size > 0);
        first.process.kill('SIGKILL');
        await first.exited;
        const second = startSimulate(twins, engine.address);
        assert.equal(await second.exited, 0, second.logs());
        assert.equal(twins.commits.size, 2);
        assert.equal(twins.claims.get('0'), 2);
      },
      2,
    );
  });

  it('drops a unit whose lease was taken away, and goes on', async () => {
    await withTwins(
      unitsOf(1, 16, 512),
      async (twins) => {
        const worker = startSimulate(twins, engine.address);
        await until(() => twins.claims.size > 0);
        twins.revoke('0');
        assert.equal(await worker.exited, 0, worker.logs());
        assert.equal(twins.claims.get('0'), 2);
        assert.match(worker.logs(), /lease lost/);
      },
      3,
    );
  });

  it('keeps its lease while a unit takes longer than the lease', async () => {
    await withTwins(
      unitsOf(1, 16, 768),
      async (twins) => {
        const worker = startSimulate(twins, engine.address);
        assert.equal(await worker.exited, 0, worker.logs());
        assert.equal(twins.claims.get('0'), 1);
        assert.ok(twins.extensions() >= 2, `${twins.extensions()} extensions`);
      },
      1,
    );
  });

  it('excludes subjects that the model cannot judge', async () => {
    const unknown = { system: 'urn:site', code: 'x', offsetDays: -1, action: 'ACTION_OCCUR' as const };
    const units = [
      [subject('a'), subject('b', { history: [unknown] }), subject('c', { ageAtIndexDays: -1 })],
    ];
    await withTwins(units, async (twins) => {
      assert.equal(await startSimulate(twins, engine.address).exited, 0);
      const excluded = twins.commits.get('0')?.result?.subjects.map((each) => each.excluded);
      assert.deepEqual(excluded, ['', 'COVERAGE_TOO_LOW', 'OUT_OF_SCOPE']);
    });
  });

  it('ends the run when the model refuses it, and says why', async () => {
    const units = [[subject('a', { outcomes: ['happiness'] })], [subject('b', { outcomes: ['happiness'] })]];
    await withTwins(units, async (twins) => {
      assert.equal(await startSimulate(twins, engine.address).exited, 0);
      assert.equal(twins.commits.get('0')?.failure?.reason, 'OUTCOME_NOT_MODELLED');
      assert.equal(twins.commits.size, 1);
    });
  });

  it('ends with 78 and a reason when the run is unknown', async () => {
    await withTwins(unitsOf(1, 1), async (twins) => {
      const worker = startSimulate(twins, engine.address, { TWINWARD_RUN_KEY: 'another' });
      assert.equal(await worker.exited, 78);
      const message = JSON.parse(readFileSync(join(twins.mounts, 'dev/termination-log'), 'utf8'));
      assert.equal(message.reason, 'RUN_UNKNOWN');
    });
  });

  it('finishes its unit when it is asked to stop, but does not call the run finished', async () => {
    await withTwins(unitsOf(3, 40, 128), async (twins) => {
      const worker = startSimulate(twins, engine.address);
      await until(() => twins.claims.size > 0);
      worker.process.kill('SIGTERM');
      assert.equal(await worker.exited, 143, worker.logs());
      assert.equal(twins.commits.size, 1);
    });
  });

  it('waits for an engine that starts after it', async () => {
    await withTwins(unitsOf(1, 2), async (twins) => {
      const probe = await startWorker();
      await probe.stop();
      const worker = startSimulate(twins, probe.address);
      await new Promise((resolve) => setTimeout(resolve, 700));
      const late = await startWorker({ port: Number(probe.address.split(':')[1]) });
      assert.equal(await worker.exited, 0, worker.logs());
      await late.stop();
    });
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 400 && !holds(); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.ok(holds(), 'nothing happened within 10 s');
}
