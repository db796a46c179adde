// Original file: twinward/v1/trajectory.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { DescribeRequest as _twinward_v1_DescribeRequest, DescribeRequest__Output as _twinward_v1_DescribeRequest__Output } from '../../twinward/v1/DescribeRequest.ts';
import type { DescribeResponse as _twinward_v1_DescribeResponse, DescribeResponse__Output as _twinward_v1_DescribeResponse__Output } from '../../twinward/v1/DescribeResponse.ts';
import type { ExplainRequest as _twinward_v1_ExplainRequest, ExplainRequest__Output as _twinward_v1_ExplainRequest__Output } from '../../twinward/v1/ExplainRequest.ts';
import type { ExplainResponse as _twinward_v1_ExplainResponse, ExplainResponse__Output as _twinward_v1_ExplainResponse__Output } from '../../twinward/v1/ExplainResponse.ts';
import type { SimulateRequest as _twinward_v1_SimulateRequest, SimulateRequest__Output as _twinward_v1_SimulateRequest__Output } from '../../twinward/v1/SimulateRequest.ts';
import type { SimulateResponse as _twinward_v1_SimulateResponse, SimulateResponse__Output as _twinward_v1_SimulateResponse__Output } from '../../twinward/v1/SimulateResponse.ts';
import type { TokenizeRequest as _twinward_v1_TokenizeRequest, TokenizeRequest__Output as _twinward_v1_TokenizeRequest__Output } from '../../twinward/v1/TokenizeRequest.ts';
import type { TokenizeResponse as _twinward_v1_TokenizeResponse, TokenizeResponse__Output as _twinward_v1_TokenizeResponse__Output } from '../../twinward/v1/TokenizeResponse.ts';

export interface TrajectoryGeneratorClient extends grpc.Client {
  Describe(argument: _twinward_v1_DescribeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _twinward_v1_DescribeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _twinward_v1_DescribeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  Describe(argument: _twinward_v1_DescribeRequest, callback: grpc.requestCallback<_twinward_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _twinward_v1_DescribeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _twinward_v1_DescribeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _twinward_v1_DescribeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  describe(argument: _twinward_v1_DescribeRequest, callback: grpc.requestCallback<_twinward_v1_DescribeResponse__Output>): grpc.ClientUnaryCall;
  
  Explain(argument: _twinward_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _twinward_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _twinward_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _twinward_v1_ExplainRequest, callback: grpc.requestCallback<_twinward_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _twinward_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _twinward_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _twinward_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _twinward_v1_ExplainRequest, callback: grpc.requestCallback<_twinward_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  
  Simulate(argument: _twinward_v1_SimulateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_twinward_v1_SimulateResponse__Output>;
  Simulate(argument: _twinward_v1_SimulateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_twinward_v1_SimulateResponse__Output>;
  simulate(argument: _twinward_v1_SimulateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_twinward_v1_SimulateResponse__Output>;
  simulate(argument: _twinward_v1_SimulateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_twinward_v1_SimulateResponse__Output>;
  
  Tokenize(argument: _twinward_v1_TokenizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _twinward_v1_TokenizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _twinward_v1_TokenizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _twinward_v1_TokenizeRequest, callback: grpc.requestCallback<_twinward_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _twinward_v1_TokenizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _twinward_v1_TokenizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _twinward_v1_TokenizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _twinward_v1_TokenizeRequest, callback: grpc.requestCallback<_twinward_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface TrajectoryGeneratorHandlers extends grpc.UntypedServiceImplementation {
  Describe: grpc.handleUnaryCall<_twinward_v1_DescribeRequest__Output, _twinward_v1_DescribeResponse>;
  
  Explain: grpc.handleUnaryCall<_twinward_v1_ExplainRequest__Output, _twinward_v1_ExplainResponse>;
  
  Simulate: grpc.handleServerStreamingCall<_twinward_v1_SimulateRequest__Output, _twinward_v1_SimulateResponse>;
  
  Tokenize: grpc.handleUnaryCall<_twinward_v1_TokenizeRequest__Output, _twinward_v1_TokenizeResponse>;
  
}

export interface TrajectoryGeneratorDefinition extends grpc.ServiceDefinition {
  Describe: MethodDefinition<_twinward_v1_DescribeRequest, _twinward_v1_DescribeResponse, _twinward_v1_DescribeRequest__Output, _twinward_v1_DescribeResponse__Output>
  Explain: MethodDefinition<_twinward_v1_ExplainRequest, _twinward_v1_ExplainResponse, _twinward_v1_ExplainRequest__Output, _twinward_v1_ExplainResponse__Output>
  Simulate: MethodDefinition<_twinward_v1_SimulateRequest, _twinward_v1_SimulateResponse, _twinward_v1_SimulateRequest__Output, _twinward_v1_SimulateResponse__Output>
  Tokenize: MethodDefinition<_twinward_v1_TokenizeRequest, _twinward_v1_TokenizeResponse, _twinward_v1_TokenizeRequest__Output, _twinward_v1_TokenizeResponse__Output>
}
