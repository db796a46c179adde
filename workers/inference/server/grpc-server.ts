// The gRPC server of this process: services, health, reflection; plain text on loopback, or TLS when a certificate is
// mounted, with callers that prove who they are when some are named.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { experimental, Server, ServerCredentials, type ServerInterceptor } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation, protoPath as healthProto } from 'grpc-health-check';
import { loadDefinition, loaderOptions, protoFiles } from '#proto/load.ts';
import { CodedError } from '#runtime/errors.ts';
import { mountedPath } from '#runtime/mounted-path.ts';
import { callerGuard } from './caller-guard.ts';
import { widenConnections } from './connection-window.ts';
import { requestReader, responseWriter } from './infer-codec.ts';
import { openInferenceHandlers } from './open-inference.ts';
import { type ServiceContext, trajectoryHandlers } from './trajectory-service.ts';

/** Where and how to listen. */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Version of this server, for ServerMetadata. */
  readonly version: string;
  /** Folder with tls.crt and tls.key; plain text when they are not there. Default: the mounted one. */
  readonly tlsFolder?: string;
  /** Accounts that may call, as `namespace/name`; absent = anybody. Needs a certificate: a token never goes in the clear. */
  readonly callers?: readonly string[];
}

/** A listening server. */
export interface GrpcServer {
  readonly port: number;
  readonly isEncrypted: boolean;
  /** Publishes over grpc.health.v1 whether calls are taken. */
  setServing(isServing: boolean): void;
  /** Ends after the calls under way; cuts them off after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

type Service = Parameters<Server['addService']>[0];

const TRAJECTORY = 'twinward.v1.TrajectoryGenerator';
const OPEN_INFERENCE = 'inference.GRPCInferenceService';
const HEALTH_NAMES = ['', TRAJECTORY, OPEN_INFERENCE] as const;
const TLS_FOLDER = '/var/run/secrets/twinward-tls';
const CALLERS_FOLDER = '/var/run/secrets/twinward-callers';
const AUDIENCE = 'twinward';
const CERTIFICATE_REFRESH_MS = 10_000;
const LARGEST_MESSAGE = 64 * 1024 * 1024;

/** Listens. Rejects with CodedError AddressInUse, or CertificateMissing when callers are to prove who they are in clear. */
export async function startGrpcServer(context: ServiceContext, options: ListenOptions): Promise<GrpcServer> {
  const definition = servicesOf();
  const tls = tlsCredentials(options.tlsFolder ?? mountedPath(TLS_FOLDER));
  const server = new Server({
    interceptors: guardsOf(context, options, tls !== undefined),
    'grpc.max_receive_message_length': LARGEST_MESSAGE,
    'grpc.max_send_message_length': LARGEST_MESSAGE,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_connection_age_ms': 300_000,
    'grpc.max_connection_age_grace_ms': 600_000,
    'grpc.enable_channelz': 0,
  });
  const health = new HealthImplementation();
  const setServing = (isServing: boolean): void => {
    for (const name of HEALTH_NAMES) health.setStatus(name, isServing ? 'SERVING' : 'NOT_SERVING');
  };
  setServing(false);
  addServices(server, definition, context, options.version);
  health.addToServer(server);
  new ReflectionService(definition).addToServer(server);
  const port = await bind(server, options, tls ?? ServerCredentials.createInsecure());
  const endWidening = widenConnections();
  return {
    port,
    isEncrypted: tls !== undefined,
    setServing,
    close: async (graceMs) => {
      await close(server, graceMs);
      endWidening();
    },
  };
}

function guardsOf(
  { clock, metrics }: ServiceContext,
  { callers }: ListenOptions,
  isEncrypted: boolean,
): ServerInterceptor[] {
  if (callers === undefined) return [];
  if (!isEncrypted) {
    throw new CodedError(
      'CertificateMissing',
      'callers must send a token, but no certificate is mounted; look at the Secret twinward-engine-tls',
    );
  }
  return [
    callerGuard({
      rule: { audience: AUDIENCE, accounts: new Set(callers) },
      folder: mountedPath(CALLERS_FOLDER),
      clock,
      onRefused: (reason) => metrics.refusedCallers.inc({ reason }),
    }),
  ];
}

function servicesOf(): PackageDefinition {
  const ours = loadDefinition([...protoFiles.inference, 'twinward/v1/trajectory.proto']);
  return { ...loadSync(healthProto, loaderOptions), ...ours };
}

function addServices(
  server: Server,
  definition: PackageDefinition,
  context: ServiceContext,
  version: string,
): void {
  const trajectory = serviceOf(definition, TRAJECTORY);
  const simulate = trajectory['Simulate'];
  if (simulate === undefined) throw new CodedError('ProtoMissing', 'trajectory.proto has no method Simulate');
  server.addService(trajectory, trajectoryHandlers(context, simulate));
  const open = withFastPasses(serviceOf(definition, OPEN_INFERENCE));
  server.addService(open, openInferenceHandlers(context, version));
}

/** Forward passes in messages that are read and written with less work than protobuf.js needs. */
function withFastPasses(service: Service): Service {
  const { ModelInfer: one, ModelStreamInfer: many } = service;
  if (one === undefined || many === undefined) {
    throw new CodedError('ProtoMissing', 'the open protocol has no method ModelInfer or ModelStreamInfer');
  }
  const requestDeserialize = requestReader(one.requestDeserialize);
  return {
    ...service,
    ModelInfer: { ...one, requestDeserialize, responseSerialize: responseWriter(one.responseSerialize) },
    ModelStreamInfer: { ...many, requestDeserialize },
  };
}

function serviceOf(definition: PackageDefinition, name: string): Service {
  const service = definition[name];
  if (service === undefined) throw new CodedError('ProtoMissing', `the proto files have no service ${name}`);
  return service as Service;
}

/** Credentials that follow the mounted certificate when it rotates; undefined when there is none. */
function tlsCredentials(folder: string): ServerCredentials | undefined {
  const certificateFile = join(folder, 'tls.crt');
  const privateKeyFile = join(folder, 'tls.key');
  if (!existsSync(certificateFile) || !existsSync(privateKeyFile)) return undefined;
  const provider = new experimental.FileWatcherCertificateProvider({
    certificateFile,
    privateKeyFile,
    refreshIntervalMs: CERTIFICATE_REFRESH_MS,
  });
  return experimental.createCertificateProviderServerCredentials(provider, null, false);
}

function bind(server: Server, options: ListenOptions, credentials: ServerCredentials): Promise<number> {
  const { host, port } = options;
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else {
        const message = `port ${port} cannot be had; stop what listens there or choose another with --port`;
        reject(new CodedError('AddressInUse', message, { cause: error }));
      }
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
