// Original file: twinward/v1/twin_control.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BatchGetSourcesRequest as _twinward_v1_BatchGetSourcesRequest, BatchGetSourcesRequest__Output as _twinward_v1_BatchGetSourcesRequest__Output } from '../../twinward/v1/BatchGetSourcesRequest.ts';
import type { BatchGetSourcesResponse as _twinward_v1_BatchGetSourcesResponse, BatchGetSourcesResponse__Output as _twinward_v1_BatchGetSourcesResponse__Output } from '../../twinward/v1/BatchGetSourcesResponse.ts';
import type { BatchGetTwinsRequest as _twinward_v1_BatchGetTwinsRequest, BatchGetTwinsRequest__Output as _twinward_v1_BatchGetTwinsRequest__Output } from '../../twinward/v1/BatchGetTwinsRequest.ts';
import type { BatchGetTwinsResponse as _twinward_v1_BatchGetTwinsResponse, BatchGetTwinsResponse__Output as _twinward_v1_BatchGetTwinsResponse__Output } from '../../twinward/v1/BatchGetTwinsResponse.ts';
import type { EnsureModelsRequest as _twinward_v1_EnsureModelsRequest, EnsureModelsRequest__Output as _twinward_v1_EnsureModelsRequest__Output } from '../../twinward/v1/EnsureModelsRequest.ts';
import type { EnsureModelsResponse as _twinward_v1_EnsureModelsResponse, EnsureModelsResponse__Output as _twinward_v1_EnsureModelsResponse__Output } from '../../twinward/v1/EnsureModelsResponse.ts';
import type { EnsureSourcesRequest as _twinward_v1_EnsureSourcesRequest, EnsureSourcesRequest__Output as _twinward_v1_EnsureSourcesRequest__Output } from '../../twinward/v1/EnsureSourcesRequest.ts';
import type { EnsureSourcesResponse as _twinward_v1_EnsureSourcesResponse, EnsureSourcesResponse__Output as _twinward_v1_EnsureSourcesResponse__Output } from '../../twinward/v1/EnsureSourcesResponse.ts';
import type { EnsureTwinsRequest as _twinward_v1_EnsureTwinsRequest, EnsureTwinsRequest__Output as _twinward_v1_EnsureTwinsRequest__Output } from '../../twinward/v1/EnsureTwinsRequest.ts';
import type { EnsureTwinsResponse as _twinward_v1_EnsureTwinsResponse, EnsureTwinsResponse__Output as _twinward_v1_EnsureTwinsResponse__Output } from '../../twinward/v1/EnsureTwinsResponse.ts';
import type { FinalizeSimulationRequest as _twinward_v1_FinalizeSimulationRequest, FinalizeSimulationRequest__Output as _twinward_v1_FinalizeSimulationRequest__Output } from '../../twinward/v1/FinalizeSimulationRequest.ts';
import type { FinalizeSimulationResponse as _twinward_v1_FinalizeSimulationResponse, FinalizeSimulationResponse__Output as _twinward_v1_FinalizeSimulationResponse__Output } from '../../twinward/v1/FinalizeSimulationResponse.ts';
import type { FreezeSimulationRequest as _twinward_v1_FreezeSimulationRequest, FreezeSimulationRequest__Output as _twinward_v1_FreezeSimulationRequest__Output } from '../../twinward/v1/FreezeSimulationRequest.ts';
import type { FreezeSimulationResponse as _twinward_v1_FreezeSimulationResponse, FreezeSimulationResponse__Output as _twinward_v1_FreezeSimulationResponse__Output } from '../../twinward/v1/FreezeSimulationResponse.ts';
import type { RetainTwinsRequest as _twinward_v1_RetainTwinsRequest, RetainTwinsRequest__Output as _twinward_v1_RetainTwinsRequest__Output } from '../../twinward/v1/RetainTwinsRequest.ts';
import type { RetainTwinsResponse as _twinward_v1_RetainTwinsResponse, RetainTwinsResponse__Output as _twinward_v1_RetainTwinsResponse__Output } from '../../twinward/v1/RetainTwinsResponse.ts';
import type { WatchChangesRequest as _twinward_v1_WatchChangesRequest, WatchChangesRequest__Output as _twinward_v1_WatchChangesRequest__Output } from '../../twinward/v1/WatchChangesRequest.ts';
import type { WatchChangesResponse as _twinward_v1_WatchChangesResponse, WatchChangesResponse__Output as _twinward_v1_WatchChangesResponse__Output } from '../../twinward/v1/WatchChangesResponse.ts';

export interface TwinControlClient extends grpc.Client {
  BatchGetSources(argument: _twinward_v1_BatchGetSourcesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_BatchGetSourcesResponse__Output>): grpc.ClientUnaryCall;
  BatchGetSources(argument: _twinward_v1_BatchGetSourcesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_BatchGetSourcesResponse__Output>): grpc.ClientUnaryCall;
  BatchGetSources(argument: _twinward_v1_BatchGetSourcesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_BatchGetSourcesResponse__Output>): grpc.ClientUnaryCall;
  BatchGetSources(argument: _twinward_v1_BatchGetSourcesRequest, callback: grpc.requestCallback<_twinward_v1_BatchGetSourcesResponse__Output>): grpc.ClientUnaryCall;
  batchGetSources(argument: _twinward_v1_BatchGetSourcesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_BatchGetSourcesResponse__Output>): grpc.ClientUnaryCall;
  batchGetSources(argument: _twinward_v1_BatchGetSourcesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_BatchGetSourcesResponse__Output>): grpc.ClientUnaryCall;
  batchGetSources(argument: _twinward_v1_BatchGetSourcesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_BatchGetSourcesResponse__Output>): grpc.ClientUnaryCall;
  batchGetSources(argument: _twinward_v1_BatchGetSourcesRequest, callback: grpc.requestCallback<_twinward_v1_BatchGetSourcesResponse__Output>): grpc.ClientUnaryCall;
  
  BatchGetTwins(argument: _twinward_v1_BatchGetTwinsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_BatchGetTwinsResponse__Output>): grpc.ClientUnaryCall;
  BatchGetTwins(argument: _twinward_v1_BatchGetTwinsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_BatchGetTwinsResponse__Output>): grpc.ClientUnaryCall;
  BatchGetTwins(argument: _twinward_v1_BatchGetTwinsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_BatchGetTwinsResponse__Output>): grpc.ClientUnaryCall;
  BatchGetTwins(argument: _twinward_v1_BatchGetTwinsRequest, callback: grpc.requestCallback<_twinward_v1_BatchGetTwinsResponse__Output>): grpc.ClientUnaryCall;
  batchGetTwins(argument: _twinward_v1_BatchGetTwinsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_BatchGetTwinsResponse__Output>): grpc.ClientUnaryCall;
  batchGetTwins(argument: _twinward_v1_BatchGetTwinsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_BatchGetTwinsResponse__Output>): grpc.ClientUnaryCall;
  batchGetTwins(argument: _twinward_v1_BatchGetTwinsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_BatchGetTwinsResponse__Output>): grpc.ClientUnaryCall;
  batchGetTwins(argument: _twinward_v1_BatchGetTwinsRequest, callback: grpc.requestCallback<_twinward_v1_BatchGetTwinsResponse__Output>): grpc.ClientUnaryCall;
  
  EnsureModels(argument: _twinward_v1_EnsureModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureModelsResponse__Output>): grpc.ClientUnaryCall;
  EnsureModels(argument: _twinward_v1_EnsureModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EnsureModelsResponse__Output>): grpc.ClientUnaryCall;
  EnsureModels(argument: _twinward_v1_EnsureModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureModelsResponse__Output>): grpc.ClientUnaryCall;
  EnsureModels(argument: _twinward_v1_EnsureModelsRequest, callback: grpc.requestCallback<_twinward_v1_EnsureModelsResponse__Output>): grpc.ClientUnaryCall;
  ensureModels(argument: _twinward_v1_EnsureModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureModelsResponse__Output>): grpc.ClientUnaryCall;
  ensureModels(argument: _twinward_v1_EnsureModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EnsureModelsResponse__Output>): grpc.ClientUnaryCall;
  ensureModels(argument: _twinward_v1_EnsureModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureModelsResponse__Output>): grpc.ClientUnaryCall;
  ensureModels(argument: _twinward_v1_EnsureModelsRequest, callback: grpc.requestCallback<_twinward_v1_EnsureModelsResponse__Output>): grpc.ClientUnaryCall;
  
  EnsureSources(argument: _twinward_v1_EnsureSourcesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureSourcesResponse__Output>): grpc.ClientUnaryCall;
  EnsureSources(argument: _twinward_v1_EnsureSourcesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EnsureSourcesResponse__Output>): grpc.ClientUnaryCall;
  EnsureSources(argument: _twinward_v1_EnsureSourcesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureSourcesResponse__Output>): grpc.ClientUnaryCall;
  EnsureSources(argument: _twinward_v1_EnsureSourcesRequest, callback: grpc.requestCallback<_twinward_v1_EnsureSourcesResponse__Output>): grpc.ClientUnaryCall;
  ensureSources(argument: _twinward_v1_EnsureSourcesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureSourcesResponse__Output>): grpc.ClientUnaryCall;
  ensureSources(argument: _twinward_v1_EnsureSourcesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EnsureSourcesResponse__Output>): grpc.ClientUnaryCall;
  ensureSources(argument: _twinward_v1_EnsureSourcesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureSourcesResponse__Output>): grpc.ClientUnaryCall;
  ensureSources(argument: _twinward_v1_EnsureSourcesRequest, callback: grpc.requestCallback<_twinward_v1_EnsureSourcesResponse__Output>): grpc.ClientUnaryCall;
  
  EnsureTwins(argument: _twinward_v1_EnsureTwinsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureTwinsResponse__Output>): grpc.ClientUnaryCall;
  EnsureTwins(argument: _twinward_v1_EnsureTwinsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EnsureTwinsResponse__Output>): grpc.ClientUnaryCall;
  EnsureTwins(argument: _twinward_v1_EnsureTwinsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureTwinsResponse__Output>): grpc.ClientUnaryCall;
  EnsureTwins(argument: _twinward_v1_EnsureTwinsRequest, callback: grpc.requestCallback<_twinward_v1_EnsureTwinsResponse__Output>): grpc.ClientUnaryCall;
  ensureTwins(argument: _twinward_v1_EnsureTwinsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureTwinsResponse__Output>): grpc.ClientUnaryCall;
  ensureTwins(argument: _twinward_v1_EnsureTwinsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EnsureTwinsResponse__Output>): grpc.ClientUnaryCall;
  ensureTwins(argument: _twinward_v1_EnsureTwinsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnsureTwinsResponse__Output>): grpc.ClientUnaryCall;
  ensureTwins(argument: _twinward_v1_EnsureTwinsRequest, callback: grpc.requestCallback<_twinward_v1_EnsureTwinsResponse__Output>): grpc.ClientUnaryCall;
  
  FinalizeSimulation(argument: _twinward_v1_FinalizeSimulationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_FinalizeSimulationResponse__Output>): grpc.ClientUnaryCall;
  FinalizeSimulation(argument: _twinward_v1_FinalizeSimulationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_FinalizeSimulationResponse__Output>): grpc.ClientUnaryCall;
  FinalizeSimulation(argument: _twinward_v1_FinalizeSimulationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_FinalizeSimulationResponse__Output>): grpc.ClientUnaryCall;
  FinalizeSimulation(argument: _twinward_v1_FinalizeSimulationRequest, callback: grpc.requestCallback<_twinward_v1_FinalizeSimulationResponse__Output>): grpc.ClientUnaryCall;
  finalizeSimulation(argument: _twinward_v1_FinalizeSimulationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_FinalizeSimulationResponse__Output>): grpc.ClientUnaryCall;
  finalizeSimulation(argument: _twinward_v1_FinalizeSimulationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_FinalizeSimulationResponse__Output>): grpc.ClientUnaryCall;
  finalizeSimulation(argument: _twinward_v1_FinalizeSimulationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_FinalizeSimulationResponse__Output>): grpc.ClientUnaryCall;
  finalizeSimulation(argument: _twinward_v1_FinalizeSimulationRequest, callback: grpc.requestCallback<_twinward_v1_FinalizeSimulationResponse__Output>): grpc.ClientUnaryCall;
  
  FreezeSimulation(argument: _twinward_v1_FreezeSimulationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_FreezeSimulationResponse__Output>): grpc.ClientUnaryCall;
  FreezeSimulation(argument: _twinward_v1_FreezeSimulationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_FreezeSimulationResponse__Output>): grpc.ClientUnaryCall;
  FreezeSimulation(argument: _twinward_v1_FreezeSimulationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_FreezeSimulationResponse__Output>): grpc.ClientUnaryCall;
  FreezeSimulation(argument: _twinward_v1_FreezeSimulationRequest, callback: grpc.requestCallback<_twinward_v1_FreezeSimulationResponse__Output>): grpc.ClientUnaryCall;
  freezeSimulation(argument: _twinward_v1_FreezeSimulationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_FreezeSimulationResponse__Output>): grpc.ClientUnaryCall;
  freezeSimulation(argument: _twinward_v1_FreezeSimulationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_FreezeSimulationResponse__Output>): grpc.ClientUnaryCall;
  freezeSimulation(argument: _twinward_v1_FreezeSimulationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_FreezeSimulationResponse__Output>): grpc.ClientUnaryCall;
  freezeSimulation(argument: _twinward_v1_FreezeSimulationRequest, callback: grpc.requestCallback<_twinward_v1_FreezeSimulationResponse__Output>): grpc.ClientUnaryCall;
  
  RetainTwins(argument: _twinward_v1_RetainTwinsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_RetainTwinsResponse__Output>): grpc.ClientUnaryCall;
  RetainTwins(argument: _twinward_v1_RetainTwinsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_RetainTwinsResponse__Output>): grpc.ClientUnaryCall;
  RetainTwins(argument: _twinward_v1_RetainTwinsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_RetainTwinsResponse__Output>): grpc.ClientUnaryCall;
  RetainTwins(argument: _twinward_v1_RetainTwinsRequest, callback: grpc.requestCallback<_twinward_v1_RetainTwinsResponse__Output>): grpc.ClientUnaryCall;
  retainTwins(argument: _twinward_v1_RetainTwinsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_RetainTwinsResponse__Output>): grpc.ClientUnaryCall;
  retainTwins(argument: _twinward_v1_RetainTwinsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_RetainTwinsResponse__Output>): grpc.ClientUnaryCall;
  retainTwins(argument: _twinward_v1_RetainTwinsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_RetainTwinsResponse__Output>): grpc.ClientUnaryCall;
  retainTwins(argument: _twinward_v1_RetainTwinsRequest, callback: grpc.requestCallback<_twinward_v1_RetainTwinsResponse__Output>): grpc.ClientUnaryCall;
  
  WatchChanges(argument: _twinward_v1_WatchChangesRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_twinward_v1_WatchChangesResponse__Output>;
  WatchChanges(argument: _twinward_v1_WatchChangesRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_twinward_v1_WatchChangesResponse__Output>;
  watchChanges(argument: _twinward_v1_WatchChangesRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_twinward_v1_WatchChangesResponse__Output>;
  watchChanges(argument: _twinward_v1_WatchChangesRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_twinward_v1_WatchChangesResponse__Output>;
  
}

export interface TwinControlHandlers extends grpc.UntypedServiceImplementation {
  BatchGetSources: grpc.handleUnaryCall<_twinward_v1_BatchGetSourcesRequest__Output, _twinward_v1_BatchGetSourcesResponse>;
  
  BatchGetTwins: grpc.handleUnaryCall<_twinward_v1_BatchGetTwinsRequest__Output, _twinward_v1_BatchGetTwinsResponse>;
  
  EnsureModels: grpc.handleUnaryCall<_twinward_v1_EnsureModelsRequest__Output, _twinward_v1_EnsureModelsResponse>;
  
  EnsureSources: grpc.handleUnaryCall<_twinward_v1_EnsureSourcesRequest__Output, _twinward_v1_EnsureSourcesResponse>;
  
  EnsureTwins: grpc.handleUnaryCall<_twinward_v1_EnsureTwinsRequest__Output, _twinward_v1_EnsureTwinsResponse>;
  
  FinalizeSimulation: grpc.handleUnaryCall<_twinward_v1_FinalizeSimulationRequest__Output, _twinward_v1_FinalizeSimulationResponse>;
  
  FreezeSimulation: grpc.handleUnaryCall<_twinward_v1_FreezeSimulationRequest__Output, _twinward_v1_FreezeSimulationResponse>;
  
  RetainTwins: grpc.handleUnaryCall<_twinward_v1_RetainTwinsRequest__Output, _twinward_v1_RetainTwinsResponse>;
  
  WatchChanges: grpc.handleServerStreamingCall<_twinward_v1_WatchChangesRequest__Output, _twinward_v1_WatchChangesResponse>;
  
}

export interface TwinControlDefinition extends grpc.ServiceDefinition {
  BatchGetSources: MethodDefinition<_twinward_v1_BatchGetSourcesRequest, _twinward_v1_BatchGetSourcesResponse, _twinward_v1_BatchGetSourcesRequest__Output, _twinward_v1_BatchGetSourcesResponse__Output>
  BatchGetTwins: MethodDefinition<_twinward_v1_BatchGetTwinsRequest, _twinward_v1_BatchGetTwinsResponse, _twinward_v1_BatchGetTwinsRequest__Output, _twinward_v1_BatchGetTwinsResponse__Output>
  EnsureModels: MethodDefinition<_twinward_v1_EnsureModelsRequest, _twinward_v1_EnsureModelsResponse, _twinward_v1_EnsureModelsRequest__Output, _twinward_v1_EnsureModelsResponse__Output>
  EnsureSources: MethodDefinition<_twinward_v1_EnsureSourcesRequest, _twinward_v1_EnsureSourcesResponse, _twinward_v1_EnsureSourcesRequest__Output, _twinward_v1_EnsureSourcesResponse__Output>
  EnsureTwins: MethodDefinition<_twinward_v1_EnsureTwinsRequest, _twinward_v1_EnsureTwinsResponse, _twinward_v1_EnsureTwinsRequest__Output, _twinward_v1_EnsureTwinsResponse__Output>
  FinalizeSimulation: MethodDefinition<_twinward_v1_FinalizeSimulationRequest, _twinward_v1_FinalizeSimulationResponse, _twinward_v1_FinalizeSimulationRequest__Output, _twinward_v1_FinalizeSimulationResponse__Output>
  FreezeSimulation: MethodDefinition<_twinward_v1_FreezeSimulationRequest, _twinward_v1_FreezeSimulationResponse, _twinward_v1_FreezeSimulationRequest__Output, _twinward_v1_FreezeSimulationResponse__Output>
  RetainTwins: MethodDefinition<_twinward_v1_RetainTwinsRequest, _twinward_v1_RetainTwinsResponse, _twinward_v1_RetainTwinsRequest__Output, _twinward_v1_RetainTwinsResponse__Output>
  WatchChanges: MethodDefinition<_twinward_v1_WatchChangesRequest, _twinward_v1_WatchChangesResponse, _twinward_v1_WatchChangesRequest__Output, _twinward_v1_WatchChangesResponse__Output>
}
