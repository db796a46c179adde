// HTTP/2 lets a peer send 64 KB over a connection before it hears that they were read: seven forward passes of one row,
// however many are under way. grpc-js has no option for that window on a server, but Node tells of every stream that
// begins, and a stream knows its connection.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';

/** Bytes that a connection may send ahead of being read; a stream keeps its 64 KB. */
const WINDOW = 1024 * 1024;
const STREAM_CREATED = 'http2.server.stream.created';

/** Widens the window of every connection of this process from its first call on; the returned function ends that. */
export function widenConnections(): () => void {
  const seen = new WeakSet<object>();
  const widen = (message: unknown): void => {
    const { session } = (message as { readonly stream: ServerHttp2Stream }).stream;
    if (session === undefined || seen.has(session)) return;
    seen.add(session);
    session.setLocalWindowSize(WINDOW);
  };
  subscribe(STREAM_CREATED, widen);
  return () => void unsubscribe(STREAM_CREATED, widen);
}
