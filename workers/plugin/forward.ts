import { createServer, type Socket } from 'node:net';
import { SYSTEM_NAMESPACE } from './cluster.ts';
import { ExitCode, PluginError } from './failure.ts';

const SERVICE = 'twinward-twins-client';
const TARGET_PORT = 8443;

/** A local port whose connections go through the API server to a ready pod of the twin service. */
export interface Forwarding {
  readonly address: string;
  close(): void;
}

/** Opens a local port. Needs `create` on pods/portforward and `get` on services and pods in twinward-system. */
export async function startForwarding(kubeconfig: string | undefined): Promise<Forwarding> {
  const { KubeConfig, PortForward } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  const forward = new PortForward(config);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    forward
      .portForwardService(SYSTEM_NAMESPACE, SERVICE, [TARGET_PORT], socket, null, socket)
      .catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new PluginError(ExitCode.unavailable, 'NoPort', 'no local port is free: give --endpoint');
  }
  return {
    address: `127.0.0.1:${address.port}`,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
