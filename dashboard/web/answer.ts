// What a route answers, and the headers that every answer bears.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { CodedError } from '#runtime/errors.ts';
import type { Html } from './html.ts';

/** An answer. `cookies` are whole Set-Cookie values. */
export type Answer =
  | {
      readonly kind: 'page';
      readonly status: number;
      readonly body: Html;
      readonly retryAfterSeconds?: number;
      readonly cookies?: readonly string[];
    }
  | { readonly kind: 'redirect'; readonly location: string; readonly cookies?: readonly string[] }
  | { readonly kind: 'style' };

/** The style sheet, and the path under which this very text is served. */
export interface Style {
  readonly text: string;
  readonly path: string;
}

/** Reads the style sheet. Throws CodedError StyleMissing. */
export function readStyle(): Style {
  const file = fileURLToPath(new URL('../pages/style.css', import.meta.url));
  try {
    const text = readFileSync(file, 'utf8');
    return { text, path: `/style.css?${createHash('sha256').update(text).digest('hex').slice(0, 16)}` };
  } catch (cause) {
    throw new CodedError('StyleMissing', 'the style sheet of the dashboard cannot be read', { cause });
  }
}

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

const EVERYWHERE: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  // Not no-referrer: browsers would then send forms with `Origin: null`.
  'referrer-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** HTTP status of an answer. */
export function statusOf(answer: Answer): number {
  if (answer.kind === 'page') return answer.status;
  return answer.kind === 'redirect' ? 303 : 200;
}

/** Writes an answer and ends the response. `withBody` is false for HEAD. */
export function send(response: ServerResponse, answer: Answer, style: Style, withBody: boolean): void {
  const { headers, body } = contentOf(answer, style);
  for (const [name, value] of Object.entries({ ...EVERYWHERE, ...headers })) response.setHeader(name, value);
  if ('cookies' in answer && answer.cookies !== undefined) response.setHeader('set-cookie', answer.cookies);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.writeHead(statusOf(answer));
  response.end(withBody ? body : undefined);
}

function contentOf(answer: Answer, style: Style): { headers: Record<string, string>; body: string } {
  const fresh = { 'cache-control': 'no-store' };
  switch (answer.kind) {
    case 'style':
      return {
        headers: { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=86400' },
        body: style.text,
      };
    case 'redirect':
      return { headers: { ...fresh, location: answer.location }, body: '' };
    case 'page': {
      const { retryAfterSeconds: wait } = answer;
      const later = wait === undefined ? {} : { 'retry-after': String(wait) };
      const type = { 'content-type': 'text/html; charset=utf-8' };
      return { headers: { ...fresh, ...type, ...later }, body: `<!doctype html>\n${answer.body.markup}` };
    }
    default:
      return answer satisfies never;
  }
}
