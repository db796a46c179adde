// A TwinData service over real TLS and gRPC that hands out prepared units and keeps what is committed: what a simulate
// worker meets, without a database. The real service has tests of its own.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { CommitUnitRequest__Output } from '#proto/gen/twinward/v1/CommitUnitRequest.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { statusError } from '#proto/status.ts';
import { writeCertificate } from '../twins/certificate.ts';

export interface StandIn {
  readonly address: string;
  /** Root of mounts with the token and the trust bundle of a worker. */
  readonly mounts: string;
  /** Gives the account another token, and accepts that one only. */
  useToken(token: string): void;
  readonly commits: ReadonlyMap<string, CommitUnitRequest__Output>;
  /** How often each unit was claimed. */
  readonly claims: ReadonlyMap<string, number>;
  readonly extensions: () => number;
  /** Most units that were claimed and not committed at one time. */
  readonly mostOpen: () => number;
  /** Takes the lease of a unit away, so that it can be claimed again. */
  readonly revoke: (unit: string) => void;
  readonly stop: () => void;
}

const RUN_KEY = 'run-1';
const TOKEN = 'a-projected-token';

interface Lease {
  number: number;
  until: number;
}

/** Serves units of requests; a unit is free again when its lease of `leaseSeconds` runs out. */
export async function startTwinData(
  units: readonly (readonly SimulateRequest[])[],
  leaseSeconds = 5,
): Promise<StandIn> {
  const accepted = { token: TOKEN };
  const checked = <Request>(answer: (request: Request) => object): ReturnType<typeof guarded<Request>> =>
    guarded(answer, () => accepted.token);
  const leases = new Map<string, Lease>();
  const commits = new Map<string, CommitUnitRequest__Output>();
  const claims = new Map<string, number>();
  let failed = false;
  let extensions = 0;
  let mostOpen = 0;
  const isDone = (): boolean => failed || commits.size === units.length;
  const holds = (unit: string, lease: string): boolean => leases.get(unit)?.number === Number(lease);
  const lost = statusError(status.FAILED_PRECONDITION, 'LEASE_LOST', 'the unit was given to somebody else');

  const handlers: UntypedServiceImplementation = {
    ClaimUnit: checked((request: { runKey: string }) => {
      if (request.runKey !== RUN_KEY)
        throw statusError(status.NOT_FOUND, 'RUN_UNKNOWN', 'no run has this key');
      const now = performance.now();
      const free = units.findIndex((_, at) => {
        const unit = String(at);
        return !commits.has(unit) && (leases.get(unit)?.until ?? 0) <= now;
      });
      if (isDone() || free < 0) return { unit: '', lease: '0', finished: isDone(), retryAfterMs: 100 };
      const unit = String(free);
      const number = (leases.get(unit)?.number ?? 0) + 1;
      leases.set(unit, { number, until: now + leaseSeconds * 1_000 });
      claims.set(unit, (claims.get(unit) ?? 0) + 1);
      mostOpen = Math.max(mostOpen, claims.size - commits.size);
      const subjects = (units[free] ?? []).map((each, ordinal) => ({ ordinal, request: each }));
      return { unit, lease: String(number), leaseSeconds, subjects };
    }),
    ExtendUnit: checked((request: { unit: string; lease: string }) => {
      const lease = leases.get(request.unit);
      if (lease === undefined || !holds(request.unit, request.lease)) throw lost;
      lease.until = performance.now() + leaseSeconds * 1_000;
      extensions++;
      return { leaseSeconds };
    }),
    CommitUnit: checked((request: CommitUnitRequest__Output) => {
      if (failed || !holds(request.unit, request.lease)) throw lost;
      commits.set(request.unit, request);
      failed ||= request.outcome === 'failure';
      return { duplicate: false };
    }),
  };
  const { mounts, certificate, privateKey } = await mountsOf();
  const server = new Server({
    'grpc.max_receive_message_length': 64 * 1024 * 1024,
    'grpc.max_send_message_length': 64 * 1024 * 1024,
  });
  const definition: unknown = loadDefinition(protoFiles.twinward)['twinward.v1.TwinData'];
  server.addService(definition as TwinDataDefinition, handlers);
  const pair = { cert_chain: readFileSync(certificate), private_key: readFileSync(privateKey) };
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createSsl(null, [pair]);
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return {
    address: `127.0.0.1:${port}`,
    mounts,
    commits,
    claims,
    extensions: () => extensions,
    mostOpen: () => mostOpen,
    revoke: (unit) => {
      const lease = leases.get(unit);
      if (lease) leases.set(unit, { number: lease.number + 1, until: performance.now() + 500 });
    },
    useToken: (token) => {
      accepted.token = token;
      writeFileSync(join(mounts, 'var/run/secrets/twinward/token'), token);
    },
    stop: () => {
      server.forceShutdown();
      rmSync(mounts, { recursive: true, force: true });
    },
  };
}

type Call<Request> = { request: Request; metadata: { get(key: string): unknown[] } };

/** A unary handler that checks the caller's token. */
function guarded<Request>(answer: (request: Request) => object, tokenOf: () => string) {
  return (call: Call<Request>, callback: (error: Error | null, response?: object) => void): void => {
    try {
      if (call.metadata.get('authorization')[0] !== `Bearer ${tokenOf()}`) {
        throw statusError(status.UNAUTHENTICATED, 'TOKEN_MISSING', 'send the token of the account');
      }
      callback(null, answer(call.request));
    } catch (error) {
      callback(error instanceof Error ? error : new Error('not an error'));
    }
  };
}

async function mountsOf(): Promise<{ mounts: string; certificate: string; privateKey: string }> {
  const mounts = mkdtempSync(join(tmpdir(), 'twinward-simulate-'));
  const files = await writeCertificate(mounts);
  const write = (path: string, content: string): void => {
    mkdirSync(join(mounts, path, '..'), { recursive: true });
    writeFileSync(join(mounts, path), content);
  };
  write('var/run/secrets/twinward/token', TOKEN);
  write('var/run/secrets/twinward-ca/ca.crt', readFileSync(files.certificate, 'utf8'));
  write('dev/termination-log', '');
  return { mounts, ...files };
}
