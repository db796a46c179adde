// A Shared engine: TLS whose certificate rotates, and callers that prove who they are with keys that rotate.
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { TrajectoryGeneratorDefinition } from '#proto/gen/twinward/v1/TrajectoryGenerator.ts';
import { isServiceError, reasonOf } from '#proto/status.ts';
import { writeCertificate } from '../twins/certificate.ts';
import { anIssuer, mountIssuer } from './tokens.ts';
import { aRequest, simulate, startWorker, untilReady, type Worker } from './worker.ts';

const TWINS = 'twinward-system/twinward-twins';
const SIMULATE = 'clinic/twinward-simulate';

async function refusal(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call;
  } catch (error) {
    assert.ok(isServiceError(error), String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'the call was answered' });
}

async function eventually(what: string, seconds: number, probe: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  while (!(await probe())) {
    assert.ok(performance.now() < end, `${what}: not within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

describe('a shared engine', () => {
  const mounts = mkdtempSync(join(tmpdir(), 'twinward-callers-'));
  const folder = join(mounts, 'var/run/secrets/twinward-tls');
  const issuer = anIssuer('first');
  let worker: Worker;
  let caFile = '';
  const clients: ServiceClient<TrajectoryGeneratorDefinition>[] = [];
  before(async () => {
    mkdirSync(folder, { recursive: true });
    caFile = (await writeCertificate(folder)).certificate;
    mountIssuer(mounts, issuer.keySet);
    worker = await startWorker({
      env: { CONTAINER_SANDBOX_MOUNT_POINT: mounts, TWINWARD_CALLERS: `${TWINS},${SIMULATE}` },
    });
    await untilReady(worker);
  });
  after(async () => {
    for (const client of clients) client.close();
    await worker.stop();
    rmSync(mounts, { recursive: true, force: true });
  });

  const clientWith = (token: string | undefined): ServiceClient<TrajectoryGeneratorDefinition> => {
    const tokenFile = join(mounts, `token-${createHash('sha256').update(String(token)).digest('hex')}`);
    if (token !== undefined) writeFileSync(tokenFile, token);
    const client = connect<TrajectoryGeneratorDefinition>('twinward.v1.TrajectoryGenerator', {
      ...{ address: worker.address, caFile },
      ...(token === undefined ? {} : { tokenFile }),
    });
    clients.push(client);
    return client;
  };
  const describeWith = (token: string | undefined): Promise<unknown> =>
    clientWith(token).call('Describe', {}, 10_000);

  it('answers the twin service and the simulate workers of its namespace', async () => {
    for (const account of [TWINS, SIMULATE]) {
      const client = clientWith(issuer.token(account));
      assert.equal((await client.call('Describe', {}, 10_000)).task, 'Trajectory');
      assert.equal((await simulate(client, aRequest({ ranges: [{ from: 0, to: 64 }] }))).leaves.length, 1);
    }
  });

  const past = Math.floor(Date.now() / 1_000) - 10;
  const refused: readonly (readonly [string, string | undefined, status, string])[] = [
    ['nobody', undefined, status.UNAUTHENTICATED, 'TOKEN_MISSING'],
    ['a forged token', anIssuer('first').token(TWINS), status.UNAUTHENTICATED, 'TOKEN_REJECTED'],
    ['an old token', issuer.token(TWINS, { exp: past }), status.UNAUTHENTICATED, 'TOKEN_REJECTED'],
    ['another audience', issuer.token(TWINS, { aud: ['vault'] }), status.UNAUTHENTICATED, 'TOKEN_REJECTED'],
    [
      'another namespace',
      issuer.token('elsewhere/twinward-simulate'),
      status.PERMISSION_DENIED,
      'CALLER_NOT_ALLOWED',
    ],
  ];
  for (const [name, token, code, reason] of refused) {
    it(`refuses ${name} with ${reason}`, async () => {
      const error = await refusal(describeWith(token));
      assert.deepEqual([error.code, reasonOf(error)], [code, reason]);
      const stream = await refusal(simulate(clientWith(token), aRequest()));
      assert.equal(reasonOf(stream), reason);
    });
  }

  it('counts who was refused, and logs no token', async () => {
    const metrics = await fetch(`${worker.probes}/metrics`).then((response) => response.text());
    assert.match(metrics, /refused_callers_total\{reason="CALLER_NOT_ALLOWED"\} [1-9]/);
    assert.doesNotMatch(worker.logs(), /eyJ/);
  });

  it('answers health checks of anybody', async () => {
    const client = new Client(worker.address, credentials.createSsl(readFileSync(caFile)));
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const same = (bytes: Buffer): Buffer => bytes;
      client.makeUnaryRequest('/grpc.health.v1.Health/Check', same, same, Buffer.alloc(0), (error, value) =>
        error === null && value !== undefined ? resolve(value) : reject(error),
      );
    });
    client.close();
    assert.deepEqual([...answer], [8, 1]);
  });

  it('accepts the keys of a new issuer, and no longer those of the old one, without a restart', async () => {
    const next = anIssuer('second');
    assert.equal(reasonOf(await refusal(describeWith(next.token(TWINS)))), 'TOKEN_REJECTED');
    mountIssuer(mounts, next.keySet);
    await eventually('the new keys', 15, () =>
      describeWith(next.token(TWINS)).then(
        () => true,
        () => false,
      ),
    );
    assert.equal(reasonOf(await refusal(describeWith(issuer.token(TWINS)))), 'TOKEN_REJECTED');
    mountIssuer(mounts, issuer.keySet);
    await eventually('the first keys', 15, () =>
      describeWith(issuer.token(TWINS)).then(
        () => true,
        () => false,
      ),
    );
  });

  it('shows a new certificate to new connections without a restart, and keeps the old ones', async () => {
    const shown = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const [host, port] = worker.address.split(':');
        const socket = connectTls(
          { host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] },
          () => {
            resolve(socket.getPeerCertificate().fingerprint256);
            socket.destroy();
          },
        );
        socket.on('error', reject);
      });
    const running = simulate(
      clientWith(issuer.token(TWINS)),
      aRequest({ ranges: [{ from: 0, to: 64 * 400 }], priority: 'PRIORITY_BATCH' }),
    ).catch((error: unknown) => error);
    const before = await shown();
    await writeCertificate(folder);
    const wanted = new X509Certificate(readFileSync(join(folder, 'tls.crt'))).fingerprint256;
    assert.notEqual(before, wanted);
    await eventually('the new certificate', 20, async () => (await shown()) === wanted);
    const answer = await running;
    assert.ok(!(answer instanceof Error), String(answer));
    await eventually('a client that trusts it', 15, () =>
      describeWith(issuer.token(SIMULATE)).then(
        () => true,
        () => false,
      ),
    );
  });
});

describe('an engine that is to know its callers', () => {
  it('does not start in the clear', async () => {
    const worker = await startWorker({ env: { TWINWARD_CALLERS: TWINS } });
    assert.equal(await worker.exited, 1);
    assert.match(worker.logs(), /CertificateMissing/);
    worker.client.close();
  });

  it('lets nobody in before it has the keys', async () => {
    const mounts = mkdtempSync(join(tmpdir(), 'twinward-callers-'));
    const folder = join(mounts, 'var/run/secrets/twinward-tls');
    mkdirSync(folder, { recursive: true });
    const { certificate: caFile } = await writeCertificate(folder);
    const worker = await startWorker({
      env: { CONTAINER_SANDBOX_MOUNT_POINT: mounts, TWINWARD_CALLERS: TWINS },
    });
    const tokenFile = join(mounts, 'token');
    writeFileSync(tokenFile, anIssuer('first').token(TWINS));
    const client = connect<TrajectoryGeneratorDefinition>('twinward.v1.TrajectoryGenerator', {
      ...{ address: worker.address, caFile, tokenFile },
    });
    try {
      await untilReady(worker);
      const error = await refusal(client.call('Describe', {}, 10_000));
      assert.deepEqual([error.code, reasonOf(error)], [status.UNAVAILABLE, 'KEYS_MISSING']);
    } finally {
      client.close();
      await worker.stop();
      rmSync(mounts, { recursive: true, force: true });
    }
  });
});
