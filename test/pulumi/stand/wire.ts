// The messages of Pulumi's resource monitor that we use, from the stubs that its package brings along.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as grpc from '@grpc/grpc-js';
import { pulumiFolder } from './install.ts';

/** google.protobuf.Struct. */
export interface Struct {
  toJavaScript(): Record<string, unknown>;
}

/** A map field. */
export interface StubMap<Item> {
  keys(): Iterable<string>;
  get(key: string): Item | undefined;
}

/** pulumirpc.RegisterResourceRequest, the part that we read. */
export interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getRemote(): boolean;
  getObject(): Struct | undefined;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
  getPropertydependenciesMap(): StubMap<{ getUrnsList(): string[] }>;
  getIgnorechangesList(): string[];
  getAdditionalsecretoutputsList(): string[];
  getProvider(): string;
  getProvidersMap(): StubMap<string>;
  getVersion(): string;
}

/** pulumirpc.ReadResourceRequest, the part that we read. */
export interface ReadRequest {
  getType(): string;
  getName(): string;
  getId(): string;
  getParent(): string;
}

/** A handler of one call. */
export type Handler<Request, Response> = (request: Request) => Response;

/** What the stubs give us. */
export interface Stubs {
  readonly grpc: typeof grpc;
  readonly monitor: grpc.ServiceDefinition;
  readonly engine: grpc.ServiceDefinition;
  struct(value: object): Struct;
  registerResponse(urn: string, id: string, object: object, unknown: boolean): object;
  readResponse(urn: string, properties: object): object;
  invokeResponse(result: object): object;
  deploymentInfo(features: readonly number[]): object;
  packageResponse(): object;
  empty(): object;
  rootResponse(): object;
}

/** A message class of the stubs: made without arguments, filled by setters. */
interface Message {
  readonly [setter: string]: (value?: unknown) => void;
}

/** Loads the stubs. Needs the packages of pulumi/ (installPulumiPackages). */
export function loadStubs(): Stubs {
  const require = createRequire(join(pulumiFolder, 'package.json'));
  const resource = require('@pulumi/pulumi/proto/resource_pb.js');
  const engine = require('@pulumi/pulumi/proto/engine_pb.js');
  const { Struct } = require('google-protobuf/google/protobuf/struct_pb.js');
  const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');
  const struct = (value: object): Struct => Struct.fromJavaScript(value);
  const message = (made: Message, fields: Readonly<Record<string, unknown>>): object => {
    for (const [setter, value] of Object.entries(fields)) {
      const set = made[setter];
      if (set === undefined) throw new Error(`the stubs have no ${setter}`);
      set.call(made, value);
    }
    return made;
  };
  return {
    grpc: require('@grpc/grpc-js'),
    monitor: require('@pulumi/pulumi/proto/resource_grpc_pb.js').ResourceMonitorService,
    engine: require('@pulumi/pulumi/proto/engine_grpc_pb.js').EngineService,
    struct,
    registerResponse: (urn, id, object, unknown) =>
      message(new resource.RegisterResourceResponse(), {
        setUrn: urn,
        setId: id,
        setObject: struct(object),
        setUnknown: unknown,
      }),
    readResponse: (urn, properties) =>
      message(new resource.ReadResourceResponse(), { setUrn: urn, setProperties: struct(properties) }),
    invokeResponse: (result) => message(new resource.ResourceInvokeResponse(), { setReturn: struct(result) }),
    deploymentInfo: (features) =>
      message(new resource.DeploymentInfo(), { setSupportedfeaturesList: [...features] }),
    packageResponse: () => message(new resource.RegisterPackageResponse(), { setRef: 'package' }),
    empty: () => new Empty(),
    rootResponse: () => new engine.SetRootResourceResponse(),
  };
}
