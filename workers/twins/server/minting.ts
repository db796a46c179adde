import { createHash, randomBytes } from 'node:crypto';
import { mintHandle } from '#crds/patient-twin/handle.ts';
import type { Minting } from '../ports.ts';

const mask = (1n << 63n) - 1n;

/**
 * Mints random streams and handles. With `Handle`, the stream of a named subject derives from its handle, so that two
 * demonstrations of the same records give the same figures; the others are random.
 */
export function createMinting(streams: 'Random' | 'Handle'): Minting {
  return {
    rngId: (handle) => {
      const derived = streams === 'Handle' && handle !== '';
      const bytes = derived ? createHash('sha256').update(handle).digest() : randomBytes(8);
      return bytes.readBigUInt64BE(0) & mask;
    },
    handle: () => mintHandle(randomBytes(15)),
  };
}
