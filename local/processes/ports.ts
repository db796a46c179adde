import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { z } from 'zod';
import { writePrivateFile } from '../private-files.ts';

const portsSchema = z.record(z.string(), z.int());

/**
 * One loopback port per name, the same in every run over one file as long as nobody else has taken it.
 * `inUse` names the ports that our own living processes hold: these are kept without a test.
 */
export async function keptPorts<Name extends string>(
  file: string,
  names: readonly Name[],
  inUse: (name: Name) => boolean,
): Promise<Readonly<Record<Name, number>>> {
  const recorded = readPorts(file);
  const chosen: [Name, number][] = [];
  for (const name of names) {
    const old = recorded[name];
    const keep = old !== undefined && (inUse(name) || (await isFree(old)));
    chosen.push([name, keep ? old : await freePort()]);
  }
  const ports = Object.fromEntries(chosen) as Record<Name, number>;
  if (names.some((name) => recorded[name] !== ports[name])) {
    writePrivateFile(file, `${JSON.stringify({ ...recorded, ...ports })}\n`);
  }
  return ports;
}

/** Below the ports that Linux gives to outgoing connections: one of those could take a port between two starts. */
const LOWEST = 15_000;
const HIGHEST = 32_000;
const ATTEMPTS = 50;

/** A loopback port that nobody listens on. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await listen(randomInt(LOWEST, HIGHEST));
    if (port !== undefined) {
      return port;
    }
  }
  throw new Error(`no free port on 127.0.0.1 between ${LOWEST} and ${HIGHEST}`);
}

async function isFree(port: number): Promise<boolean> {
  return (await listen(port)) !== undefined;
}

function listen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

function readPorts(file: string): Readonly<Record<string, number>> {
  try {
    return portsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return {};
  }
}
