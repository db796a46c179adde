import net from 'node:net';
import type { Log } from '#runtime/log.ts';
import type { Backend, ForwardedPort } from './services.ts';

/** Listens on the cluster IPs of Services and passes each connection to one of the ready pods. */
export interface Forwarder {
  /** Makes the listeners equal to `ports`; open connections to pods that remain are kept. */
  update(ports: readonly ForwardedPort[]): void;
  close(): void;
}

interface Listener {
  readonly server: net.Server;
  backends: readonly Backend[];
  next: number;
}

const RETRY = 5_000;

/** A forwarder; an address that cannot be bound is tried again, and logged once. */
export function createForwarder(log: Log): Forwarder {
  const listeners = new Map<string, Listener>();
  const open = (key: string, port: ForwardedPort): void => {
    const listener: Listener = { server: net.createServer(), backends: port.backends, next: 0 };
    listeners.set(key, listener);
    listener.server.on('connection', (client) => pass(client, listener));
    let warned = false;
    listener.server.on('error', (error) => {
      if (!warned) log.warn('cluster IP not served', { address: port.address, port: port.port, error });
      warned = true;
      setTimeout(() => {
        if (listeners.get(key) === listener) listener.server.listen(port.port, port.address);
      }, RETRY).unref();
    });
    listener.server.listen(port.port, port.address);
  };
  const drop = (wanted: ReadonlyMap<string, ForwardedPort>): void => {
    for (const [key, listener] of listeners) {
      if (wanted.has(key)) continue;
      listener.server.close();
      listeners.delete(key);
    }
  };
  return {
    update: (ports) => {
      const wanted = new Map(ports.map((port) => [`${port.address}:${port.port}`, port]));
      drop(wanted);
      for (const [key, port] of wanted) {
        const known = listeners.get(key);
        if (known === undefined) open(key, port);
        else known.backends = port.backends;
      }
    },
    close: () => {
      for (const { server } of listeners.values()) server.close();
      listeners.clear();
    },
  };
}

function pass(client: net.Socket, listener: Listener): void {
  const backend = listener.backends[listener.next % Math.max(1, listener.backends.length)];
  listener.next += 1;
  if (backend === undefined) {
    client.destroy();
    return;
  }
  const upstream = net.connect({ host: backend.address, port: backend.port, noDelay: true });
  client.setNoDelay(true);
  client.pipe(upstream).pipe(client);
  client.on('error', () => upstream.destroy());
  upstream.on('error', () => client.destroy());
  client.on('close', () => upstream.destroy());
  upstream.on('close', () => client.destroy());
}
