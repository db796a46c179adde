// An HTTP proxy that stands before a real API server and breaks what passes, on demand.
import { type ClientRequest, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';

/** What happens to one request. Bytes are those of the answer's body. */
export type Fault =
  /** It never reaches the server. */
  | {
      readonly kind: 'Answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** It never reaches the server and the connection is reset. */
  | { readonly kind: 'Refuse' }
  /** The server executes it, but the answer is lost by a reset. */
  | { readonly kind: 'LoseAnswer' }
  /** The connection is reset after so many bytes. */
  | { readonly kind: 'Reset'; readonly afterBytes: number }
  /** After so many bytes nothing more comes, and the connection stays open. */
  | { readonly kind: 'Stall'; readonly afterBytes: number }
  /** The answer ends, as if it were complete, after so many bytes: in the middle of a line. */
  | { readonly kind: 'Cut'; readonly afterBytes: number }
  /** At the first end of a line after so many bytes this text comes, and then the end. */
  | { readonly kind: 'Inject'; readonly afterBytes: number; readonly text: string };

/** A request as a rule sees it. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
  /** How many requests came before. */
  readonly index: number;
}

/** Chooses the fault of a request; undefined lets it pass. */
export type Rule = (request: ProxiedRequest) => Fault | undefined;

/** The ERROR event by which a server ends a watch that is too old. */
export const EXPIRED_EVENT = `${JSON.stringify({
  type: 'ERROR',
  object: {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'too old resource version',
    reason: 'Expired',
    code: 410,
  },
})}\n`;

/** A running proxy on loopback, plain HTTP. */
export interface FaultProxy {
  readonly url: string;
  /** All requests so far. */
  readonly seen: readonly ProxiedRequest[];
  /** Sets the rule for requests from now on; undefined lets everything pass. */
  setRule(rule: Rule | undefined): void;
  /** Resets every connection. */
  resetAll(): void;
  /** Lets every answer in progress fall silent for ever, with its connection open. */
  stallAll(): void;
  close(): Promise<void>;
}

/** Starts a proxy before `target` (an `https://` origin, trusted by `certificateAuthority`). */
export async function startFaultProxy(target: string, certificateAuthority: string): Promise<FaultProxy> {
  const upstream = new URL(target);
  const sockets = new Set<Socket>();
  const answers = new Set<Answer>();
  const seen: ProxiedRequest[] = [];
  let rule: Rule | undefined;
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', target);
    const request = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      isWatch: url.searchParams.get('watch') === 'true',
      index: seen.length,
    };
    seen.push(request);
    const answer = new Answer(incoming, outgoing, rule?.(request));
    answers.add(answer);
    outgoing.on('close', () => answers.delete(answer));
    answer.run(upstream, certificateAuthority);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no TCP address');
  const resetAll = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
    setRule: (next) => {
      rule = next;
    },
    resetAll,
    stallAll: () => {
      for (const answer of answers) answer.stall();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // An answer that fell silent may have lost its client already, and then no socket closes it.
        for (const answer of answers) answer.abandon();
        resetAll();
      }),
  };
}

class Answer {
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  readonly #fault: Fault | undefined;
  #passed = 0;
  #over = false;
  #upstream: ClientRequest | undefined;

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault | undefined) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.#fault = fault;
  }

  run(upstream: URL, ca: string): void {
    const fault = this.#fault;
    if (fault?.kind === 'Refuse') this.#reset();
    else if (fault?.kind === 'Answer') {
      this.#incoming.resume();
      this.#outgoing.writeHead(fault.status, fault.headers).end(fault.body);
    } else this.#forward(upstream, ca);
  }

  /** Nothing more is passed on; the connection stays open. */
  stall(): void {
    this.#over = true;
  }

  /** Ends what goes on with the real server. */
  abandon(): void {
    this.#over = true;
    this.#upstream?.destroy();
  }

  #forward(upstream: URL, ca: string): void {
    const { host: _, connection: __, ...headers } = this.#incoming.headers;
    const forwarded = requestHttps(
      {
        host: upstream.hostname,
        port: upstream.port,
        method: this.#incoming.method,
        path: this.#incoming.url,
        headers,
        ca,
        agent: false,
      },
      (response) => this.#relay(response),
    );
    this.#upstream = forwarded;
    forwarded.on('error', () => this.#reset());
    this.#outgoing.on('close', () => forwarded.destroy());
    this.#incoming.pipe(forwarded);
  }

  #relay(response: IncomingMessage): void {
    if (this.#fault?.kind === 'LoseAnswer') {
      response.resume().on('end', () => this.#reset());
      return;
    }
    const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...headers } = response.headers;
    this.#outgoing.writeHead(response.statusCode ?? 502, headers);
    this.#outgoing.flushHeaders();
    response.on('data', (chunk: Buffer) => this.#pass(chunk));
    response.on('error', () => this.#reset());
    response.on('end', () => {
      if (!this.#over) this.#outgoing.end();
    });
  }

  #pass(chunk: Buffer): void {
    if (this.#over) return;
    const fault = this.#fault;
    if (fault === undefined || !('afterBytes' in fault)) {
      this.#outgoing.write(chunk);
      return;
    }
    const left = fault.afterBytes - this.#passed;
    this.#passed += chunk.length;
    if (fault.kind === 'Inject') this.#inject(chunk, left, fault.text);
    else if (chunk.length <= left) this.#outgoing.write(chunk);
    else this.#break(chunk.subarray(0, Math.max(0, left)), fault.kind);
  }

  #inject(chunk: Buffer, left: number, text: string): void {
    const lineEnd = chunk.indexOf('\n', Math.max(0, left));
    if (chunk.length <= left || lineEnd < 0) {
      this.#outgoing.write(chunk);
      return;
    }
    this.#over = true;
    this.#outgoing.write(chunk.subarray(0, lineEnd + 1));
    this.#outgoing.end(text);
  }

  #break(rest: Buffer, kind: 'Reset' | 'Stall' | 'Cut'): void {
    this.#over = true;
    if (kind === 'Cut') this.#outgoing.end(rest);
    else if (kind === 'Stall') this.#outgoing.write(rest);
    else this.#outgoing.write(rest, () => this.#reset());
  }

  #reset(): void {
    this.#over = true;
    const { socket } = this.#outgoing;
    if (socket === null) this.#incoming.socket.resetAndDestroy();
    else socket.resetAndDestroy();
  }
}
