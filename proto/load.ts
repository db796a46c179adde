// Loads the service definitions at run time. The .proto files are the one definition of every call; the types in
// proto/gen are generated from them by proto/generate.ts with the same options as here.
import { fileURLToPath } from 'node:url';
import { type GrpcObject, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync, type Options, type PackageDefinition } from '@grpc/proto-loader';

/** Folder of the .proto files, also the import root. */
export const protoRoot: string = fileURLToPath(new URL('.', import.meta.url));

/** camelCase names, enums by name, 64-bit integers as decimal strings, unset scalars present, oneof discriminators. */
export const loaderOptions: Options = {
  keepCase: false,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
  includeDirs: [protoRoot],
};

/** Files of each package, relative to protoRoot. */
export const protoFiles = {
  twinward: ['twinward/v1/trajectory.proto', 'twinward/v1/twin_control.proto', 'twinward/v1/twin_data.proto'],
  inference: ['inference/grpc_service.proto'],
} as const;

/** Loads .proto files given relative to protoRoot. */
export function loadDefinition(files: readonly string[]): PackageDefinition {
  return loadSync([...files], loaderOptions);
}

/** Loads .proto files as the object tree that grpc-js builds clients and service definitions from. */
export function loadGrpc(files: readonly string[]): GrpcObject {
  return loadPackageDefinition(loadDefinition(files));
}
