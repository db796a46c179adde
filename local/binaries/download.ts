import { createHash } from 'node:crypto';
import { chmodSync, createWriteStream, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { LocalFailure } from '../failure.ts';
import { runProgram } from '../processes/run.ts';
import { type Binary, pinnedVersion, type Versions } from './catalogue.ts';

/** A release whose host does not answer within this is given up: a build is the next thing to try. */
const ANSWER_MILLISECONDS = 4_000;
const STALL_MILLISECONDS = 20_000;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * Downloads one program from its project's releases into `target` and verifies the published checksum.
 * @throws LocalFailure when there is no release for this platform, no network, or the checksum differs.
 */
export async function downloadRelease(
  binary: Binary,
  versions: Versions,
  target: string,
  detail: (text: string) => void,
): Promise<void> {
  const architecture = ARCHITECTURES[process.arch];
  if (process.platform !== 'linux' || architecture === undefined) {
    throw new LocalFailure(
      `there is no official release for ${process.platform} ${process.arch}`,
      'Build it.',
    );
  }
  const version = pinnedVersion(binary, versions);
  const next = `${target}.${process.pid}.download`;
  try {
    if (binary === 'etcd') {
      await downloadEtcd(version, architecture, next, detail);
    } else {
      const url = `https://dl.k8s.io/release/${version}/bin/linux/${architecture}/${binary}`;
      const checksum = (await fetchText(`${url}.sha256`)).trim().split(/\s+/)[0];
      await downloadVerified(url, checksum, next, detail);
    }
    chmodSync(next, 0o755);
    renameSync(next, target);
  } finally {
    rmSync(next, { force: true });
  }
}

async function downloadEtcd(
  version: string,
  architecture: string,
  target: string,
  detail: (text: string) => void,
): Promise<void> {
  const base = `https://github.com/etcd-io/etcd/releases/download/${version}`;
  const folder = `etcd-${version}-linux-${architecture}`;
  const sums = await fetchText(`${base}/SHA256SUMS`);
  const checksum = sums
    .split('\n')
    .find((line) => line.endsWith(`${folder}.tar.gz`))
    ?.split(/\s+/)[0];
  const archive = `${target}.tar.gz`;
  try {
    await downloadVerified(`${base}/${folder}.tar.gz`, checksum, archive, detail);
    await runProgram('tar', ['-xzf', archive, '-C', dirname(target), `${folder}/etcd`]);
    renameSync(join(dirname(target), folder, 'etcd'), target);
  } finally {
    rmSync(archive, { force: true });
    rmSync(join(dirname(target), folder), { recursive: true, force: true });
  }
}

async function fetchText(url: string): Promise<string> {
  const agent = new EnvHttpProxyAgent({ connect: { timeout: ANSWER_MILLISECONDS } });
  try {
    const response = await fetch(url, {
      dispatcher: agent,
      signal: AbortSignal.timeout(ANSWER_MILLISECONDS * 2),
    });
    if (!response.ok) {
      throw new LocalFailure(`${url} answered ${response.status}`, 'Build it.');
    }
    return await response.text();
  } finally {
    await agent.destroy();
  }
}

/** Streams a file to disk; nothing is kept unless the sha256 of what came is the published one. */
export async function downloadVerified(
  url: string,
  sha256: string | undefined,
  target: string,
  detail: (text: string) => void,
): Promise<void> {
  if (sha256 === undefined || !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new LocalFailure(`no sha256 is published for ${url}`, 'Build it.');
  }
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: ANSWER_MILLISECONDS },
    headersTimeout: ANSWER_MILLISECONDS * 2,
    bodyTimeout: STALL_MILLISECONDS,
  });
  try {
    const response = await fetch(url, { dispatcher: agent });
    if (!response.ok || response.body === null) {
      throw new LocalFailure(`${url} answered ${response.status}`, 'Build it.');
    }
    const meter = countingHash(Number(response.headers.get('content-length') ?? 0), detail);
    await pipeline(Readable.fromWeb(response.body), meter.stream, createWriteStream(target));
    if (meter.digest() !== sha256) {
      rmSync(target, { force: true });
      throw new LocalFailure(`the sha256 of ${url} is not the published one`, 'Build it, and ask why.');
    }
  } finally {
    await agent.destroy();
  }
}

function countingHash(
  total: number,
  detail: (text: string) => void,
): { readonly stream: Transform; readonly digest: () => string } {
  const hash = createHash('sha256');
  let received = 0;
  const megabytes = (bytes: number) => (bytes / 1_000_000).toFixed(0);
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      received += chunk.length;
      detail(`downloaded ${megabytes(received)} of ${megabytes(total)} MB`);
      done(null, chunk);
    },
  });
  return { stream, digest: () => hash.digest('hex') };
}
