import { spawn } from 'node:child_process';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import type { Container, HttpGet, ProbeHandler } from './pod.ts';

/** The result of one probe; the message says what failed, in kubelet's words. */
export interface ProbeResult {
  readonly success: boolean;
  readonly message: string;
}

/** What a probe or hook needs to know of its container. */
export interface ProbeTarget {
  readonly container: Container;
  readonly podIp: string;
  /** Environment and folder for commands; undefined when the process is gone. */
  readonly context: () =>
    | { readonly env: Readonly<Record<string, string>>; readonly cwd: string }
    | undefined;
}

const LONGEST_OUTPUT = 1_024;

/** Runs one probe or hook; never throws. `timeout` in milliseconds. */
export async function probe(
  handler: ProbeHandler,
  target: ProbeTarget,
  timeout: number,
): Promise<ProbeResult> {
  try {
    return await run(handler, target, timeout);
  } catch (error) {
    return { success: false, message: error instanceof Error ? error.message : String(error) };
  }
}

async function run(handler: ProbeHandler, target: ProbeTarget, timeout: number): Promise<ProbeResult> {
  if (handler.httpGet !== undefined) return httpProbe(handler.httpGet, target, timeout);
  if (handler.tcpSocket !== undefined) {
    const { host, port } = handler.tcpSocket;
    return tcpProbe(host ?? target.podIp, portOf(target.container, port), timeout);
  }
  if (handler.exec !== undefined) return execProbe(handler.exec.command ?? [], target, timeout);
  if (handler.grpc !== undefined) return grpcProbe(handler.grpc, target, timeout);
  if (handler.sleep !== undefined) await delay(Math.min(handler.sleep.seconds * 1000, timeout));
  return { success: true, message: '' };
}

/** A port by number or by the name that the container gives it. @throws Error when there is no such name. */
export function portOf(container: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  const named = (container.ports ?? []).find((one) => one.name === port)?.containerPort;
  if (named !== undefined) return named;
  if (/^\d+$/.test(port)) return Number(port);
  throw new Error(`container ${container.name} has no port named "${port}": add it to its ports`);
}

async function httpProbe(get: HttpGet, target: ProbeTarget, timeout: number): Promise<ProbeResult> {
  const secure = get.scheme?.toUpperCase() === 'HTTPS';
  const headers = Object.fromEntries((get.httpHeaders ?? []).map((one) => [one.name, one.value]));
  const options = {
    host: get.host ?? target.podIp,
    port: portOf(target.container, get.port),
    path: get.path ?? '/',
    headers: { 'user-agent': 'kube-probe/1.36', ...headers },
    agent: false as const,
    signal: AbortSignal.timeout(timeout),
  };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const done = (answer: http.IncomingMessage): void => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  };
  const request = secure
    ? https.get({ ...options, rejectUnauthorized: false }, done)
    : http.get(options, done);
  request.on('error', reject);
  const status = await promise;
  if (status >= 200 && status < 400) return { success: true, message: '' };
  return { success: false, message: `HTTP probe failed with statuscode: ${status}` };
}

async function tcpProbe(host: string, port: number, timeout: number): Promise<ProbeResult> {
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const socket = net.connect({ host, port, timeout });
  const finish = (success: boolean, message: string): void => {
    socket.destroy();
    resolve({ success, message });
  };
  socket.on('connect', () => finish(true, ''));
  socket.on('timeout', () => finish(false, `dial tcp ${host}:${port}: i/o timeout`));
  socket.on('error', (error) => finish(false, error.message));
  return promise;
}

async function execProbe(
  command: readonly string[],
  target: ProbeTarget,
  timeout: number,
): Promise<ProbeResult> {
  const context = target.context();
  const [program, ...args] = command;
  if (context === undefined || program === undefined) {
    return { success: false, message: 'the container has no process to run the command beside' };
  }
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: context.cwd,
    env: context.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(0, LONGEST_OUTPUT);
    });
  }
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  child.once('close', resolve).once('error', reject);
  const timer = setTimeout(() => killGroup(child.pid), timeout);
  const code = await promise.finally(() => clearTimeout(timer));
  if (code === 0) return { success: true, message: '' };
  return { success: false, message: code === null ? `command timed out after ${timeout} ms` : output.trim() };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const SERVING = 1;

const HealthClient = makeGenericClientConstructor(
  {
    check: {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      // HealthCheckRequest { string service = 1; }, at most 127 bytes long: its length fits one byte.
      requestSerialize: (service: string) => {
        const name = Buffer.from(service);
        return name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
      },
      requestDeserialize: (bytes: Buffer) => bytes.subarray(2).toString('utf8'),
      responseSerialize: (status: number) => Buffer.from([0x08, status]),
      // HealthCheckResponse { ServingStatus status = 1; }
      responseDeserialize: (bytes: Buffer) => bytes[1] ?? 0,
    },
  },
  'Health',
);

async function grpcProbe(
  grpc: NonNullable<ProbeHandler['grpc']>,
  target: ProbeTarget,
  timeout: number,
): Promise<ProbeResult> {
  const client = new HealthClient(`${target.podIp}:${grpc.port}`, credentials.createInsecure());
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const answered = (error: Error | null, status: number): void => {
    if (error !== null) resolve({ success: false, message: error.message });
    else resolve({ success: status === SERVING, message: `service unhealthy (responded with ${status})` });
  };
  client['check']?.call(client, grpc.service ?? '', { deadline: Date.now() + timeout }, answered);
  return promise.finally(() => client.close());
}
