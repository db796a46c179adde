// Units of a run over gRPC from the twin service.
import { connect, type Target } from '#proto/connect.ts';
import type { ClaimUnitResponse__Output } from '#proto/gen/twinward/v1/ClaimUnitResponse.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import type { Claim, Units } from '../ports.ts';

const CLAIM_MS = 60_000;
const EXTEND_MS = 10_000;
const COMMIT_MS = 120_000;
const WAIT_MS = 1_000;

/** Units of the run `runKey`, claimed in the name of `holder`; close it at shutdown. */
export function connectUnits(
  target: Target,
  runKey: string,
  holder: string,
): Units & { readonly close: () => void } {
  const client = connect<TwinDataDefinition>('twinward.v1.TwinData', target);
  return {
    claim: async (signal) => claimOf(await client.call('ClaimUnit', { runKey, holder }, CLAIM_MS, signal)),
    extend: async ({ unit, lease }, signal) => {
      const answer = await client.call('ExtendUnit', { runKey, unit, lease }, EXTEND_MS, signal);
      return answer.leaseSeconds;
    },
    commit: async ({ unit, lease }, outcome, signal) => {
      const body =
        outcome.kind === 'result'
          ? { result: { subjects: [...outcome.subjects], engine: outcome.engine } }
          : { failure: { reason: outcome.reason, message: outcome.message } };
      const { duplicate } = await client.call(
        'CommitUnit',
        { runKey, unit, lease, ...body },
        COMMIT_MS,
        signal,
      );
      return { duplicate };
    },
    close: () => client.close(),
  };
}

function claimOf(answer: ClaimUnitResponse__Output): Claim {
  if (answer.unit !== '') {
    const { unit, lease, leaseSeconds } = answer;
    const subjects = answer.subjects.flatMap(({ ordinal, request }) =>
      request === null ? [] : [{ ordinal, request }],
    );
    return { kind: 'unit', unit: { unit, lease, leaseSeconds, subjects } };
  }
  if (answer.finished) return { kind: 'finished' };
  return { kind: 'none', retryAfterMs: answer.retryAfterMs > 0 ? answer.retryAfterMs : WAIT_MS };
}
