import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * An address of its own for a pod, from 127.64.0.0/16: derived from its uid, and the next one that is neither
 * in `taken` nor one on which some process of this machine listens.
 * @throws Error when all 65,000 are taken.
 */
export function podAddress(uid: string, taken: ReadonlySet<string>, listening: ReadonlySet<string>): string {
  const first = createHash('sha256').update(uid).digest().readUInt16BE(0);
  for (let step = 0; step < 65_536; step += 1) {
    const number = (first + step) % 65_536;
    const low = number % 256;
    const address = `127.64.${Math.floor(number / 256)}.${low}`;
    if (low > 0 && low < 255 && !taken.has(address) && !listening.has(address)) return address;
  }
  throw new Error('no address is left in 127.64.0.0/16: delete pods of this node');
}

/** The loopback addresses 127.64.x.y that have a listening TCP socket on this machine. */
export function listeningAddresses(table: string = readTable()): ReadonlySet<string> {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  const local = rows.flatMap(([, address, , state]) => (state === '0A' && address ? [address] : []));
  return new Set(local.map(decoded).filter((address) => address.startsWith('127.64.')));
}

function readTable(): string {
  try {
    return readFileSync('/proc/net/tcp', 'utf8');
  } catch {
    return '';
  }
}

/** `0100407F:1F91` is 127.64.0.1, port 8081: little-endian hexadecimal. */
function decoded(entry: string): string {
  const bytes = Buffer.from(entry.slice(0, 8), 'hex');
  return [...bytes.reverse()].join('.');
}
