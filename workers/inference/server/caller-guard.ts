// Lets only known accounts call. Everything but health and reflection asks for a token; the issuer's keys are read anew
// from the mounted folder, so that they rotate without a restart. Without keys nobody is let in.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { statusError } from '#proto/status.ts';
import type { Clock } from '#runtime/clock.ts';
import {
  type CallerRule,
  type Judgement,
  judgeToken,
  parseKeySet,
  type TrustedIssuer,
} from './service-account-token.ts';

/** Why a caller is not let in. */
export const REFUSALS = ['TOKEN_MISSING', 'TOKEN_REJECTED', 'CALLER_NOT_ALLOWED', 'KEYS_MISSING'] as const;
/** One of REFUSALS. */
export type Refusal = (typeof REFUSALS)[number];

/** What guarding needs. */
export interface GuardOptions {
  readonly rule: CallerRule;
  /** Folder with `issuer` and `jwks.json`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly onRefused: (reason: Refusal) => void;
}

const OPEN = ['/grpc.health.v1.Health/', '/grpc.reflection.'] as const;
const LOOK_EVERY_MS = 5_000;
const BELIEVE_SECONDS = 60;
const MOST_REMEMBERED = 1_024;

const WORDS: Readonly<Record<Refusal, readonly [status, string]>> = {
  TOKEN_MISSING: [
    status.UNAUTHENTICATED,
    'send a service-account token of audience twinward as bearer token',
  ],
  TOKEN_REJECTED: [
    status.UNAUTHENTICATED,
    'the token is not accepted: make one with audience twinward, and check its expiry',
  ],
  CALLER_NOT_ALLOWED: [
    status.PERMISSION_DENIED,
    'this engine answers the twin service and the simulate workers of its own namespace only',
  ],
  KEYS_MISSING: [
    status.UNAVAILABLE,
    'the keys of the token issuer are not mounted yet; call again, then look at the ConfigMap twinward-engine-callers',
  ],
};

/** An interceptor that refuses whoever is not in the rule. */
export function callerGuard(options: GuardOptions): ServerInterceptor {
  const judge = new CallerJudge(options);
  return (method, call) => {
    if (OPEN.some((prefix) => method.path.startsWith(prefix))) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            const refusal = judge.refusalOf(metadata);
            if (refusal === undefined) {
              proceed(metadata);
              return;
            }
            options.onRefused(refusal);
            call.sendStatus(statusOf(refusal));
          },
        }),
    });
  };
}

function statusOf(refusal: Refusal): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const [code, details] = WORDS[refusal];
  return { code, details, metadata: statusError(code, refusal, details).metadata ?? new Metadata() };
}

/** Judges callers; remembers a judgement for a minute, since verifying a signature costs as much as a small call. */
export class CallerJudge {
  readonly #options: Omit<GuardOptions, 'onRefused'>;
  readonly #remembered = new Map<string, { readonly judgement: Judgement; readonly until: number }>();
  #issuer: TrustedIssuer | undefined;
  #stamp = '';
  #lookedAt = -Infinity;

  constructor(options: Omit<GuardOptions, 'onRefused'>) {
    this.#options = options;
  }

  /** Why a call with these headers is refused; undefined = it may go on. */
  refusalOf(metadata: Metadata): Refusal | undefined {
    const token = /^Bearer (\S+)$/.exec(String(metadata.get('authorization')[0] ?? ''))?.[1];
    if (token === undefined) return 'TOKEN_MISSING';
    this.#refresh();
    const issuer = this.#issuer;
    if (issuer === undefined) return 'KEYS_MISSING';
    const judgement = this.#judge(token, issuer);
    return judgement.accepted ? undefined : judgement.reason;
  }

  #judge(token: string, issuer: TrustedIssuer): Judgement {
    const { rule, clock } = this.#options;
    const now = clock.now().getTime() / 1_000;
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.#remembered.get(key);
    if (known !== undefined && known.until > now) return known.judgement;
    const judgement = judgeToken(token, issuer, rule, now);
    if (this.#remembered.size >= MOST_REMEMBERED) this.#remembered.clear();
    const until = Math.min(now + BELIEVE_SECONDS, judgement.accepted ? judgement.until : Infinity);
    this.#remembered.set(key, { judgement, until });
    return judgement;
  }

  /** Reads the keys again when the mounted files are others than before. */
  #refresh(): void {
    const { folder, clock } = this.#options;
    if (clock.monotonic() - this.#lookedAt < LOOK_EVERY_MS) return;
    this.#lookedAt = clock.monotonic();
    try {
      const stamp = ['issuer', 'jwks.json'].map((name) => stampOf(join(folder, name))).join();
      if (stamp === this.#stamp) return;
      const issuer = readFileSync(join(folder, 'issuer'), 'utf8').trim();
      this.#issuer = { issuer, keys: parseKeySet(readFileSync(join(folder, 'jwks.json'), 'utf8')) };
      this.#stamp = stamp;
      this.#remembered.clear();
    } catch {
      // What was read last stays in force: a volume in the middle of an update must not lock everybody out.
      this.#stamp = '';
    }
  }
}

function stampOf(path: string): string {
  const { ino, mtimeMs, size } = statSync(path);
  return `${ino}/${mtimeMs}/${size}`;
}
