// A client that costs a server's neighbour little: requests are bytes made beforehand, answers are counted and thrown
// away. With a client that encodes and decodes, two threads of one core measure the client.
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';

/** What a flood of calls came to. */
export interface Flood {
  readonly calls: number;
  /** Seconds. */
  readonly elapsed: number;
}

const WINDOW = 1024 * 1024;

/** A message as gRPC frames it. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Opens a connection to `host:port`. */
export function openConnection(address: string): ClientHttp2Session {
  return connect(`http://${address}`, { settings: { initialWindowSize: WINDOW } });
}

/** One call; resolves when its status has come. Rejects when it is not OK. */
export function callOnce(session: ClientHttp2Session, path: string, frame: Uint8Array): Promise<void> {
  const headers: OutgoingHttpHeaders = {
    ...{ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' },
  };
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    let status: unknown;
    const note = (fields: Readonly<Record<string, unknown>>): void => {
      status = fields['grpc-status'] ?? status;
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('data', () => undefined);
    stream.on('error', reject);
    stream.on('end', () =>
      Number(status) === 0 ? resolve() : reject(new Error(`status ${String(status)}`)),
    );
    stream.end(frame);
  });
}

/** Keeps so many calls in flight over one connection for some seconds. */
export async function flood(
  session: ClientHttp2Session,
  path: string,
  frame: Uint8Array,
  { inFlight, seconds }: { readonly inFlight: number; readonly seconds: number },
): Promise<Flood> {
  const start = performance.now();
  const end = start + seconds * 1_000;
  const counts = await Promise.all(
    Array.from({ length: inFlight }, async () => {
      let calls = 0;
      for (; performance.now() < end; calls++) await callOnce(session, path, frame);
      return calls;
    }),
  );
  const calls = counts.reduce((sum, count) => sum + count, 0);
  return { calls, elapsed: (performance.now() - start) / 1_000 };
}
