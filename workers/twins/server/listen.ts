// The gRPC server: TwinControl and TwinData, health and reflection, TLS from files that are re-read.
import {
  experimental,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { CodedError } from '#runtime/errors.ts';

/** What is served and where. */
export interface ListenOptions {
  readonly control: UntypedServiceImplementation;
  readonly data: UntypedServiceImplementation;
  /** Lets callers in, or refuses them. */
  readonly door: ServerInterceptor;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Absent: plain text, for development and tests on one machine. */
  readonly tls?: { readonly certificate: string; readonly privateKey: string };
}

/** A running server. */
export interface Listening {
  readonly port: number;
  /** Tells health checks; calls are answered or refused by their own gate. */
  setServing(serving: boolean): void;
  /** Lets calls in flight end, for at most some milliseconds. */
  stop(graceMs: number): Promise<void>;
}

const maxMessageBytes = 64 * 1024 * 1024;
const certificateRefreshMs = 10_000;
const services = ['twinward.v1.TwinControl', 'twinward.v1.TwinData'] as const;

/** Starts the server. Rejects when the address is taken or the certificate cannot be read. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const definition = loadDefinition(protoFiles.twinward);
  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    'grpc.max_connection_age_ms': 300_000,
    'grpc.max_connection_age_grace_ms': 60_000,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    interceptors: [options.door],
  });
  server.addService(definition[services[0]] as ServiceDefinition, options.control);
  server.addService(definition[services[1]] as ServiceDefinition, options.data);
  const health = new HealthImplementation({ '': 'NOT_SERVING' });
  health.addToServer(server);
  new ReflectionService(definition, { services: [...services] }).addToServer(server);
  const port = await bind(server, options);
  return {
    port,
    setServing: (serving) => {
      for (const name of ['', ...services]) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
    },
    stop: (graceMs) => stop(server, graceMs),
  };
}

function bind(server: Server, options: ListenOptions): Promise<number> {
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${options.port}`, serverCredentials(options), (error, port) => {
      if (error)
        reject(new CodedError('AddressTaken', `port ${options.port} cannot be bound`, { cause: error }));
      else resolve(port);
    });
  });
}

function serverCredentials({ tls }: ListenOptions): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const provider = new experimental.FileWatcherCertificateProvider({
    certificateFile: tls.certificate,
    privateKeyFile: tls.privateKey,
    caCertificateFile: tls.certificate,
    refreshIntervalMs: certificateRefreshMs,
  });
  return experimental.createCertificateProviderServerCredentials(provider, provider, false);
}

function stop(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(force);
      resolve();
    });
  });
}
