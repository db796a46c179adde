// Entry of a grpc-js server that reads no message and computes nothing: what is left of a call is the transport. Prints
// its port, ends with its standard input, and tells its CPU seconds as the version of ServerMetadata.
import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { loadDefinition, protoFiles } from '#proto/load.ts';

const ANSWER = Buffer.alloc(400);
const same = (bytes: Buffer): Buffer => bytes;

const service = loadDefinition(protoFiles.inference)['inference.GRPCInferenceService'] as ServiceDefinition;
const { ModelInfer, ServerMetadata } = service;
if (ModelInfer === undefined || ServerMetadata === undefined)
  throw new Error('the proto file lacks a method');
const server = new Server();
server.addService(
  { ModelInfer: { ...ModelInfer, requestDeserialize: same, responseSerialize: same }, ServerMetadata },
  {
    ModelInfer: (_call: unknown, callback: (error: null, answer: Buffer) => void) => callback(null, ANSWER),
    ServerMetadata: (_call: unknown, callback: (error: null, answer: object) => void) => {
      const { user, system } = process.cpuUsage();
      callback(null, { version: String((user + system) / 1e6) });
    },
  },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(port);
});
process.stdin.resume();
process.stdin.on('end', () => server.forceShutdown());
