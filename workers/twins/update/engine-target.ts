// Where an engine is, and how it is spoken to: `tls:` before a gRPC target means a certificate of the operator's
// authority and a token of ours; without it plain text, for loopback and for installations that chose so.
import type { Target } from '#proto/connect.ts';
import { CodedError } from '#runtime/errors.ts';

/** Files to judge an engine by, and to be judged by. */
export interface EngineProof {
  readonly caFile: string;
  readonly tokenFile: string;
}

const SECURED = 'tls:';

/** A target as the operator tells it. Throws CodedError TRUST_MISSING when it wants a proof and there is none. */
export function engineTarget(target: string, proof: EngineProof | undefined): Target {
  if (!target.startsWith(SECURED)) return { address: target };
  if (proof === undefined) {
    throw new CodedError('TRUST_MISSING', 'the engine serves TLS, but no trust bundle and token are mounted');
  }
  return { address: target.slice(SECURED.length), ...proof };
}
