// A resource monitor as the Pulumi engine is one, without state, plugin or cloud: it writes down what a program registers
// and answers as the fake cloud would.
import type { AddressInfo } from 'node:net';
import { lookUp, makeResource, type Place } from './fake-cloud.ts';
import { plain, secret, type Value, type Values } from './values.ts';
import type { Handler, ReadRequest, RegisterRequest, Struct, StubMap, Stubs } from './wire.ts';

/** One registered resource. */
export interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** URN; empty for the stack itself. */
  readonly parent: string;
  /** Whether a provider makes it; false for components and the stack. */
  readonly custom: boolean;
  readonly inputs: Values;
  /** Paths of inputs that are secret. */
  readonly secretInputs: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  /** URNs, by hand or through properties. */
  readonly dependencies: readonly string[];
  readonly provider: string;
  /** Version of the provider's package. */
  readonly version: string;
}

/** Outputs of a stack that other stacks read. */
export interface StackOutputs {
  readonly outputs: Values;
  readonly secretOutputs: readonly string[];
}

/** What a run is about. */
export interface MonitorOptions {
  readonly project: string;
  readonly stack: string;
  readonly place: Place;
  /** Outputs by name of stack, ORGANIZATION/PROJECT/STACK. */
  readonly stacks: Readonly<Record<string, StackOutputs>>;
  /** Types whose ids and outputs are not known yet, as in a preview; `*` means all. */
  readonly unknownTypes: readonly string[];
}

/** A monitor that listens. */
export interface Monitor {
  readonly address: string;
  readonly resources: readonly Resource[];
  readonly errors: readonly string[];
  /** Outputs of the stack, once the program has ended. */
  stackOutputs(): StackOutputs;
  close(): void;
}

const FEATURES = { secrets: 0, resourceReferences: 1, deletedWith: 5 } as const;
const ERROR_SEVERITY = 3;

/** Starts a monitor, which is its own engine too, on a free port of loopback. */
export async function startMonitor(stubs: Stubs, options: MonitorOptions): Promise<Monitor> {
  const resources: Resource[] = [];
  const errors: string[] = [];
  let outputs: StackOutputs = { outputs: {}, secretOutputs: [] };
  let root = '';
  const server = new stubs.grpc.Server();
  const monitorCalls = {
    getDeploymentInfo: () => stubs.deploymentInfo(Object.values(FEATURES)),
    registerPackage: () => stubs.packageResponse(),
    signalAndWaitForShutdown: () => stubs.empty(),
    registerResource: (request: RegisterRequest) => {
      const resource = captured(options, request);
      if (resources.some(({ urn }) => urn === resource.urn))
        throw new Error(`duplicate resource ${resource.urn}`);
      resources.push(resource);
      return registered(stubs, options, resource);
    },
    readResource: (request: ReadRequest) => readStack(stubs, options, request),
    registerResourceOutputs: (request: { getUrn(): string; getOutputs(): Struct }) => {
      if (request.getUrn() === root) outputs = outputsOf(request.getOutputs());
      return stubs.empty();
    },
    invoke: (request: { getTok(): string; getArgs(): Struct | undefined }) => {
      const args = plain(request.getArgs()?.toJavaScript() ?? {}).value as Values;
      return stubs.invokeResponse(lookUp(request.getTok(), args, options.place));
    },
  };
  const engineCalls = {
    log: (request: { getSeverity(): number; getMessage(): string }) => {
      if (request.getSeverity() === ERROR_SEVERITY) errors.push(request.getMessage());
      return stubs.empty();
    },
    setRootResource: (request: { getUrn(): string }) => {
      root = request.getUrn();
      return stubs.rootResponse();
    },
  };
  server.addService(stubs.monitor, answering(stubs, monitorCalls));
  server.addService(stubs.engine, answering(stubs, engineCalls));
  const port = await new Promise<AddressInfo['port']>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', stubs.grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    resources,
    errors,
    stackOutputs: () => outputs,
    close: () => server.forceShutdown(),
  };
}

type AnyHandler = Handler<never, object>;

function answering(
  stubs: Stubs,
  calls: Readonly<Record<string, AnyHandler>>,
): Parameters<InstanceType<Stubs['grpc']['Server']>['addService']>[1] {
  const wrapped = Object.entries(calls).map(([name, call]) => [
    name,
    (
      { request }: { request: never },
      reply: (error: { code: number; message: string } | null, response?: object) => void,
    ) => {
      try {
        reply(null, call(request));
      } catch (error) {
        reply({ code: stubs.grpc.status.INVALID_ARGUMENT, message: String(error) });
      }
    },
  ]);
  return Object.fromEntries(wrapped);
}

function captured(options: MonitorOptions, request: RegisterRequest): Resource {
  const { value, secretPaths } = plain(request.getObject()?.toJavaScript() ?? {});
  const parent = request.getParent();
  const providers = valuesOf(request.getProvidersMap());
  return {
    urn: urnOf(options, request.getType(), request.getName(), parent),
    type: request.getType(),
    name: request.getName(),
    parent,
    custom: request.getCustom(),
    inputs: value as Values,
    secretInputs: secretPaths,
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    ignoreChanges: request.getIgnorechangesList(),
    dependencies: dependenciesOf(request),
    provider: request.getProvider() || (providers[0] ?? ''),
    version: request.getVersion(),
  };
}

function dependenciesOf(request: RegisterRequest): readonly string[] {
  const all = new Set(request.getDependenciesList());
  for (const urns of valuesOf(request.getPropertydependenciesMap())) {
    for (const urn of urns.getUrnsList()) all.add(urn);
  }
  return [...all].sort();
}

function valuesOf<Item>(map: StubMap<Item>): readonly Item[] {
  return [...map.keys()].flatMap((key) => map.get(key) ?? []);
}

function urnOf({ stack, project }: MonitorOptions, type: string, name: string, parent: string): string {
  const parentTypes = parent.split('::')[2] ?? '';
  const chain = parentTypes === '' || parentTypes === 'pulumi:pulumi:Stack' ? type : `${parentTypes}$${type}`;
  return `urn:pulumi:${stack}::${project}::${chain}::${name}`;
}

function registered(stubs: Stubs, options: MonitorOptions, resource: Resource): object {
  if (!resource.custom) return stubs.registerResponse(resource.urn, '', resource.inputs, false);
  const made = makeResource(resource.type, { ...resource, place: options.place });
  const isUnknown = options.unknownTypes.includes('*') || options.unknownTypes.includes(resource.type);
  return isUnknown
    ? stubs.registerResponse(resource.urn, '', resource.inputs, true)
    : stubs.registerResponse(resource.urn, made.id, withSecrets(made.outputs, resource.secretInputs), false);
}

/** Outputs that come from secret inputs are secret, as a provider would have it. */
function withSecrets(outputs: Values, paths: readonly string[]): object {
  const secretKeys = new Set(paths.map((path) => path.split(/[.[]/)[0]));
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [key, secretKeys.has(key) ? secret(value) : value]),
  );
}

function readStack(stubs: Stubs, options: MonitorOptions, request: ReadRequest): object {
  const id = request.getId();
  const found = options.stacks[id];
  if (request.getType() !== 'pulumi:pulumi:StackReference' || found === undefined) {
    throw new Error(`there is no stack ${id}; known are ${Object.keys(options.stacks).join(', ') || 'none'}`);
  }
  const urn = urnOf(options, request.getType(), request.getName(), request.getParent());
  const outputs = Object.entries(found.outputs).map(([key, value]) => [
    key,
    found.secretOutputs.includes(key) ? secret(value) : value,
  ]);
  return stubs.readResponse(urn, {
    name: id,
    outputs: Object.fromEntries(outputs),
    secretOutputNames: [...found.secretOutputs],
  });
}

function outputsOf(struct: Struct): StackOutputs {
  const { value, secretPaths } = plain(struct.toJavaScript());
  return {
    outputs: value as Readonly<Record<string, Value>>,
    secretOutputs: [...new Set(secretPaths.map((path) => path.split(/[.[]/)[0] ?? path))],
  };
}
