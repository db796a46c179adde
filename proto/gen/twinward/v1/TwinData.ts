// Original file: twinward/v1/twin_data.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ClaimUnitRequest as _twinward_v1_ClaimUnitRequest, ClaimUnitRequest__Output as _twinward_v1_ClaimUnitRequest__Output } from '../../twinward/v1/ClaimUnitRequest.ts';
import type { ClaimUnitResponse as _twinward_v1_ClaimUnitResponse, ClaimUnitResponse__Output as _twinward_v1_ClaimUnitResponse__Output } from '../../twinward/v1/ClaimUnitResponse.ts';
import type { CloseSyncRequest as _twinward_v1_CloseSyncRequest, CloseSyncRequest__Output as _twinward_v1_CloseSyncRequest__Output } from '../../twinward/v1/CloseSyncRequest.ts';
import type { CloseSyncResponse as _twinward_v1_CloseSyncResponse, CloseSyncResponse__Output as _twinward_v1_CloseSyncResponse__Output } from '../../twinward/v1/CloseSyncResponse.ts';
import type { CommitUnitRequest as _twinward_v1_CommitUnitRequest, CommitUnitRequest__Output as _twinward_v1_CommitUnitRequest__Output } from '../../twinward/v1/CommitUnitRequest.ts';
import type { CommitUnitResponse as _twinward_v1_CommitUnitResponse, CommitUnitResponse__Output as _twinward_v1_CommitUnitResponse__Output } from '../../twinward/v1/CommitUnitResponse.ts';
import type { EnrolRequest as _twinward_v1_EnrolRequest, EnrolRequest__Output as _twinward_v1_EnrolRequest__Output } from '../../twinward/v1/EnrolRequest.ts';
import type { EnrolResponse as _twinward_v1_EnrolResponse, EnrolResponse__Output as _twinward_v1_EnrolResponse__Output } from '../../twinward/v1/EnrolResponse.ts';
import type { EraseSubjectRequest as _twinward_v1_EraseSubjectRequest, EraseSubjectRequest__Output as _twinward_v1_EraseSubjectRequest__Output } from '../../twinward/v1/EraseSubjectRequest.ts';
import type { EraseSubjectResponse as _twinward_v1_EraseSubjectResponse, EraseSubjectResponse__Output as _twinward_v1_EraseSubjectResponse__Output } from '../../twinward/v1/EraseSubjectResponse.ts';
import type { ExtendUnitRequest as _twinward_v1_ExtendUnitRequest, ExtendUnitRequest__Output as _twinward_v1_ExtendUnitRequest__Output } from '../../twinward/v1/ExtendUnitRequest.ts';
import type { ExtendUnitResponse as _twinward_v1_ExtendUnitResponse, ExtendUnitResponse__Output as _twinward_v1_ExtendUnitResponse__Output } from '../../twinward/v1/ExtendUnitResponse.ts';
import type { GetResultsRequest as _twinward_v1_GetResultsRequest, GetResultsRequest__Output as _twinward_v1_GetResultsRequest__Output } from '../../twinward/v1/GetResultsRequest.ts';
import type { GetResultsResponse as _twinward_v1_GetResultsResponse, GetResultsResponse__Output as _twinward_v1_GetResultsResponse__Output } from '../../twinward/v1/GetResultsResponse.ts';
import type { GetTwinRequest as _twinward_v1_GetTwinRequest, GetTwinRequest__Output as _twinward_v1_GetTwinRequest__Output } from '../../twinward/v1/GetTwinRequest.ts';
import type { GetTwinResponse as _twinward_v1_GetTwinResponse, GetTwinResponse__Output as _twinward_v1_GetTwinResponse__Output } from '../../twinward/v1/GetTwinResponse.ts';
import type { IngestRecordsRequest as _twinward_v1_IngestRecordsRequest, IngestRecordsRequest__Output as _twinward_v1_IngestRecordsRequest__Output } from '../../twinward/v1/IngestRecordsRequest.ts';
import type { IngestRecordsResponse as _twinward_v1_IngestRecordsResponse, IngestRecordsResponse__Output as _twinward_v1_IngestRecordsResponse__Output } from '../../twinward/v1/IngestRecordsResponse.ts';
import type { ListEventsRequest as _twinward_v1_ListEventsRequest, ListEventsRequest__Output as _twinward_v1_ListEventsRequest__Output } from '../../twinward/v1/ListEventsRequest.ts';
import type { ListEventsResponse as _twinward_v1_ListEventsResponse, ListEventsResponse__Output as _twinward_v1_ListEventsResponse__Output } from '../../twinward/v1/ListEventsResponse.ts';
import type { ListPredictionsRequest as _twinward_v1_ListPredictionsRequest, ListPredictionsRequest__Output as _twinward_v1_ListPredictionsRequest__Output } from '../../twinward/v1/ListPredictionsRequest.ts';
import type { ListPredictionsResponse as _twinward_v1_ListPredictionsResponse, ListPredictionsResponse__Output as _twinward_v1_ListPredictionsResponse__Output } from '../../twinward/v1/ListPredictionsResponse.ts';
import type { OpenSyncRequest as _twinward_v1_OpenSyncRequest, OpenSyncRequest__Output as _twinward_v1_OpenSyncRequest__Output } from '../../twinward/v1/OpenSyncRequest.ts';
import type { OpenSyncResponse as _twinward_v1_OpenSyncResponse, OpenSyncResponse__Output as _twinward_v1_OpenSyncResponse__Output } from '../../twinward/v1/OpenSyncResponse.ts';
import type { QueryCohortRequest as _twinward_v1_QueryCohortRequest, QueryCohortRequest__Output as _twinward_v1_QueryCohortRequest__Output } from '../../twinward/v1/QueryCohortRequest.ts';
import type { QueryCohortResponse as _twinward_v1_QueryCohortResponse, QueryCohortResponse__Output as _twinward_v1_QueryCohortResponse__Output } from '../../twinward/v1/QueryCohortResponse.ts';
import type { VerifyAuditRequest as _twinward_v1_VerifyAuditRequest, VerifyAuditRequest__Output as _twinward_v1_VerifyAuditRequest__Output } from '../../twinward/v1/VerifyAuditRequest.ts';
import type { VerifyAuditResponse as _twinward_v1_VerifyAuditResponse, VerifyAuditResponse__Output as _twinward_v1_VerifyAuditResponse__Output } from '../../twinward/v1/VerifyAuditResponse.ts';
import type { WhatIfRequest as _twinward_v1_WhatIfRequest, WhatIfRequest__Output as _twinward_v1_WhatIfRequest__Output } from '../../twinward/v1/WhatIfRequest.ts';
import type { WhatIfResponse as _twinward_v1_WhatIfResponse, WhatIfResponse__Output as _twinward_v1_WhatIfResponse__Output } from '../../twinward/v1/WhatIfResponse.ts';

export interface TwinDataClient extends grpc.Client {
  ClaimUnit(argument: _twinward_v1_ClaimUnitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ClaimUnitResponse__Output>): grpc.ClientUnaryCall;
  ClaimUnit(argument: _twinward_v1_ClaimUnitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ClaimUnitResponse__Output>): grpc.ClientUnaryCall;
  ClaimUnit(argument: _twinward_v1_ClaimUnitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ClaimUnitResponse__Output>): grpc.ClientUnaryCall;
  ClaimUnit(argument: _twinward_v1_ClaimUnitRequest, callback: grpc.requestCallback<_twinward_v1_ClaimUnitResponse__Output>): grpc.ClientUnaryCall;
  claimUnit(argument: _twinward_v1_ClaimUnitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ClaimUnitResponse__Output>): grpc.ClientUnaryCall;
  claimUnit(argument: _twinward_v1_ClaimUnitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ClaimUnitResponse__Output>): grpc.ClientUnaryCall;
  claimUnit(argument: _twinward_v1_ClaimUnitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ClaimUnitResponse__Output>): grpc.ClientUnaryCall;
  claimUnit(argument: _twinward_v1_ClaimUnitRequest, callback: grpc.requestCallback<_twinward_v1_ClaimUnitResponse__Output>): grpc.ClientUnaryCall;
  
  CloseSync(argument: _twinward_v1_CloseSyncRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_CloseSyncResponse__Output>): grpc.ClientUnaryCall;
  CloseSync(argument: _twinward_v1_CloseSyncRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_CloseSyncResponse__Output>): grpc.ClientUnaryCall;
  CloseSync(argument: _twinward_v1_CloseSyncRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_CloseSyncResponse__Output>): grpc.ClientUnaryCall;
  CloseSync(argument: _twinward_v1_CloseSyncRequest, callback: grpc.requestCallback<_twinward_v1_CloseSyncResponse__Output>): grpc.ClientUnaryCall;
  closeSync(argument: _twinward_v1_CloseSyncRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_CloseSyncResponse__Output>): grpc.ClientUnaryCall;
  closeSync(argument: _twinward_v1_CloseSyncRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_CloseSyncResponse__Output>): grpc.ClientUnaryCall;
  closeSync(argument: _twinward_v1_CloseSyncRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_CloseSyncResponse__Output>): grpc.ClientUnaryCall;
  closeSync(argument: _twinward_v1_CloseSyncRequest, callback: grpc.requestCallback<_twinward_v1_CloseSyncResponse__Output>): grpc.ClientUnaryCall;
  
  CommitUnit(argument: _twinward_v1_CommitUnitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_CommitUnitResponse__Output>): grpc.ClientUnaryCall;
  CommitUnit(argument: _twinward_v1_CommitUnitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_CommitUnitResponse__Output>): grpc.ClientUnaryCall;
  CommitUnit(argument: _twinward_v1_CommitUnitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_CommitUnitResponse__Output>): grpc.ClientUnaryCall;
  CommitUnit(argument: _twinward_v1_CommitUnitRequest, callback: grpc.requestCallback<_twinward_v1_CommitUnitResponse__Output>): grpc.ClientUnaryCall;
  commitUnit(argument: _twinward_v1_CommitUnitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_CommitUnitResponse__Output>): grpc.ClientUnaryCall;
  commitUnit(argument: _twinward_v1_CommitUnitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_CommitUnitResponse__Output>): grpc.ClientUnaryCall;
  commitUnit(argument: _twinward_v1_CommitUnitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_CommitUnitResponse__Output>): grpc.ClientUnaryCall;
  commitUnit(argument: _twinward_v1_CommitUnitRequest, callback: grpc.requestCallback<_twinward_v1_CommitUnitResponse__Output>): grpc.ClientUnaryCall;
  
  Enrol(argument: _twinward_v1_EnrolRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnrolResponse__Output>): grpc.ClientUnaryCall;
  Enrol(argument: _twinward_v1_EnrolRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EnrolResponse__Output>): grpc.ClientUnaryCall;
  Enrol(argument: _twinward_v1_EnrolRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnrolResponse__Output>): grpc.ClientUnaryCall;
  Enrol(argument: _twinward_v1_EnrolRequest, callback: grpc.requestCallback<_twinward_v1_EnrolResponse__Output>): grpc.ClientUnaryCall;
  enrol(argument: _twinward_v1_EnrolRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnrolResponse__Output>): grpc.ClientUnaryCall;
  enrol(argument: _twinward_v1_EnrolRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EnrolResponse__Output>): grpc.ClientUnaryCall;
  enrol(argument: _twinward_v1_EnrolRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EnrolResponse__Output>): grpc.ClientUnaryCall;
  enrol(argument: _twinward_v1_EnrolRequest, callback: grpc.requestCallback<_twinward_v1_EnrolResponse__Output>): grpc.ClientUnaryCall;
  
  EraseSubject(argument: _twinward_v1_EraseSubjectRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EraseSubjectResponse__Output>): grpc.ClientUnaryCall;
  EraseSubject(argument: _twinward_v1_EraseSubjectRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EraseSubjectResponse__Output>): grpc.ClientUnaryCall;
  EraseSubject(argument: _twinward_v1_EraseSubjectRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EraseSubjectResponse__Output>): grpc.ClientUnaryCall;
  EraseSubject(argument: _twinward_v1_EraseSubjectRequest, callback: grpc.requestCallback<_twinward_v1_EraseSubjectResponse__Output>): grpc.ClientUnaryCall;
  eraseSubject(argument: _twinward_v1_EraseSubjectRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EraseSubjectResponse__Output>): grpc.ClientUnaryCall;
  eraseSubject(argument: _twinward_v1_EraseSubjectRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_EraseSubjectResponse__Output>): grpc.ClientUnaryCall;
  eraseSubject(argument: _twinward_v1_EraseSubjectRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_EraseSubjectResponse__Output>): grpc.ClientUnaryCall;
  eraseSubject(argument: _twinward_v1_EraseSubjectRequest, callback: grpc.requestCallback<_twinward_v1_EraseSubjectResponse__Output>): grpc.ClientUnaryCall;
  
  ExtendUnit(argument: _twinward_v1_ExtendUnitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ExtendUnitResponse__Output>): grpc.ClientUnaryCall;
  ExtendUnit(argument: _twinward_v1_ExtendUnitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ExtendUnitResponse__Output>): grpc.ClientUnaryCall;
  ExtendUnit(argument: _twinward_v1_ExtendUnitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ExtendUnitResponse__Output>): grpc.ClientUnaryCall;
  ExtendUnit(argument: _twinward_v1_ExtendUnitRequest, callback: grpc.requestCallback<_twinward_v1_ExtendUnitResponse__Output>): grpc.ClientUnaryCall;
  extendUnit(argument: _twinward_v1_ExtendUnitRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ExtendUnitResponse__Output>): grpc.ClientUnaryCall;
  extendUnit(argument: _twinward_v1_ExtendUnitRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ExtendUnitResponse__Output>): grpc.ClientUnaryCall;
  extendUnit(argument: _twinward_v1_ExtendUnitRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ExtendUnitResponse__Output>): grpc.ClientUnaryCall;
  extendUnit(argument: _twinward_v1_ExtendUnitRequest, callback: grpc.requestCallback<_twinward_v1_ExtendUnitResponse__Output>): grpc.ClientUnaryCall;
  
  GetResults(argument: _twinward_v1_GetResultsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_GetResultsResponse__Output>): grpc.ClientUnaryCall;
  GetResults(argument: _twinward_v1_GetResultsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_GetResultsResponse__Output>): grpc.ClientUnaryCall;
  GetResults(argument: _twinward_v1_GetResultsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_GetResultsResponse__Output>): grpc.ClientUnaryCall;
  GetResults(argument: _twinward_v1_GetResultsRequest, callback: grpc.requestCallback<_twinward_v1_GetResultsResponse__Output>): grpc.ClientUnaryCall;
  getResults(argument: _twinward_v1_GetResultsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_GetResultsResponse__Output>): grpc.ClientUnaryCall;
  getResults(argument: _twinward_v1_GetResultsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_GetResultsResponse__Output>): grpc.ClientUnaryCall;
  getResults(argument: _twinward_v1_GetResultsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_GetResultsResponse__Output>): grpc.ClientUnaryCall;
  getResults(argument: _twinward_v1_GetResultsRequest, callback: grpc.requestCallback<_twinward_v1_GetResultsResponse__Output>): grpc.ClientUnaryCall;
  
  GetTwin(argument: _twinward_v1_GetTwinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_GetTwinResponse__Output>): grpc.ClientUnaryCall;
  GetTwin(argument: _twinward_v1_GetTwinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_GetTwinResponse__Output>): grpc.ClientUnaryCall;
  GetTwin(argument: _twinward_v1_GetTwinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_GetTwinResponse__Output>): grpc.ClientUnaryCall;
  GetTwin(argument: _twinward_v1_GetTwinRequest, callback: grpc.requestCallback<_twinward_v1_GetTwinResponse__Output>): grpc.ClientUnaryCall;
  getTwin(argument: _twinward_v1_GetTwinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_GetTwinResponse__Output>): grpc.ClientUnaryCall;
  getTwin(argument: _twinward_v1_GetTwinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_GetTwinResponse__Output>): grpc.ClientUnaryCall;
  getTwin(argument: _twinward_v1_GetTwinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_GetTwinResponse__Output>): grpc.ClientUnaryCall;
  getTwin(argument: _twinward_v1_GetTwinRequest, callback: grpc.requestCallback<_twinward_v1_GetTwinResponse__Output>): grpc.ClientUnaryCall;
  
  IngestRecords(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_IngestRecordsResponse__Output>): grpc.ClientWritableStream<_twinward_v1_IngestRecordsRequest>;
  IngestRecords(metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_IngestRecordsResponse__Output>): grpc.ClientWritableStream<_twinward_v1_IngestRecordsRequest>;
  IngestRecords(options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_IngestRecordsResponse__Output>): grpc.ClientWritableStream<_twinward_v1_IngestRecordsRequest>;
  IngestRecords(callback: grpc.requestCallback<_twinward_v1_IngestRecordsResponse__Output>): grpc.ClientWritableStream<_twinward_v1_IngestRecordsRequest>;
  ingestRecords(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_IngestRecordsResponse__Output>): grpc.ClientWritableStream<_twinward_v1_IngestRecordsRequest>;
  ingestRecords(metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_IngestRecordsResponse__Output>): grpc.ClientWritableStream<_twinward_v1_IngestRecordsRequest>;
  ingestRecords(options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_IngestRecordsResponse__Output>): grpc.ClientWritableStream<_twinward_v1_IngestRecordsRequest>;
  ingestRecords(callback: grpc.requestCallback<_twinward_v1_IngestRecordsResponse__Output>): grpc.ClientWritableStream<_twinward_v1_IngestRecordsRequest>;
  
  ListEvents(argument: _twinward_v1_ListEventsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _twinward_v1_ListEventsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _twinward_v1_ListEventsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  ListEvents(argument: _twinward_v1_ListEventsRequest, callback: grpc.requestCallback<_twinward_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _twinward_v1_ListEventsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _twinward_v1_ListEventsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _twinward_v1_ListEventsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  listEvents(argument: _twinward_v1_ListEventsRequest, callback: grpc.requestCallback<_twinward_v1_ListEventsResponse__Output>): grpc.ClientUnaryCall;
  
  ListPredictions(argument: _twinward_v1_ListPredictionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ListPredictionsResponse__Output>): grpc.ClientUnaryCall;
  ListPredictions(argument: _twinward_v1_ListPredictionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ListPredictionsResponse__Output>): grpc.ClientUnaryCall;
  ListPredictions(argument: _twinward_v1_ListPredictionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ListPredictionsResponse__Output>): grpc.ClientUnaryCall;
  ListPredictions(argument: _twinward_v1_ListPredictionsRequest, callback: grpc.requestCallback<_twinward_v1_ListPredictionsResponse__Output>): grpc.ClientUnaryCall;
  listPredictions(argument: _twinward_v1_ListPredictionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ListPredictionsResponse__Output>): grpc.ClientUnaryCall;
  listPredictions(argument: _twinward_v1_ListPredictionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_ListPredictionsResponse__Output>): grpc.ClientUnaryCall;
  listPredictions(argument: _twinward_v1_ListPredictionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_ListPredictionsResponse__Output>): grpc.ClientUnaryCall;
  listPredictions(argument: _twinward_v1_ListPredictionsRequest, callback: grpc.requestCallback<_twinward_v1_ListPredictionsResponse__Output>): grpc.ClientUnaryCall;
  
  OpenSync(argument: _twinward_v1_OpenSyncRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_OpenSyncResponse__Output>): grpc.ClientUnaryCall;
  OpenSync(argument: _twinward_v1_OpenSyncRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_OpenSyncResponse__Output>): grpc.ClientUnaryCall;
  OpenSync(argument: _twinward_v1_OpenSyncRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_OpenSyncResponse__Output>): grpc.ClientUnaryCall;
  OpenSync(argument: _twinward_v1_OpenSyncRequest, callback: grpc.requestCallback<_twinward_v1_OpenSyncResponse__Output>): grpc.ClientUnaryCall;
  openSync(argument: _twinward_v1_OpenSyncRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_OpenSyncResponse__Output>): grpc.ClientUnaryCall;
  openSync(argument: _twinward_v1_OpenSyncRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_OpenSyncResponse__Output>): grpc.ClientUnaryCall;
  openSync(argument: _twinward_v1_OpenSyncRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_OpenSyncResponse__Output>): grpc.ClientUnaryCall;
  openSync(argument: _twinward_v1_OpenSyncRequest, callback: grpc.requestCallback<_twinward_v1_OpenSyncResponse__Output>): grpc.ClientUnaryCall;
  
  QueryCohort(argument: _twinward_v1_QueryCohortRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_QueryCohortResponse__Output>): grpc.ClientUnaryCall;
  QueryCohort(argument: _twinward_v1_QueryCohortRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_QueryCohortResponse__Output>): grpc.ClientUnaryCall;
  QueryCohort(argument: _twinward_v1_QueryCohortRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_QueryCohortResponse__Output>): grpc.ClientUnaryCall;
  QueryCohort(argument: _twinward_v1_QueryCohortRequest, callback: grpc.requestCallback<_twinward_v1_QueryCohortResponse__Output>): grpc.ClientUnaryCall;
  queryCohort(argument: _twinward_v1_QueryCohortRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_QueryCohortResponse__Output>): grpc.ClientUnaryCall;
  queryCohort(argument: _twinward_v1_QueryCohortRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_QueryCohortResponse__Output>): grpc.ClientUnaryCall;
  queryCohort(argument: _twinward_v1_QueryCohortRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_QueryCohortResponse__Output>): grpc.ClientUnaryCall;
  queryCohort(argument: _twinward_v1_QueryCohortRequest, callback: grpc.requestCallback<_twinward_v1_QueryCohortResponse__Output>): grpc.ClientUnaryCall;
  
  VerifyAudit(argument: _twinward_v1_VerifyAuditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  VerifyAudit(argument: _twinward_v1_VerifyAuditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  VerifyAudit(argument: _twinward_v1_VerifyAuditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  VerifyAudit(argument: _twinward_v1_VerifyAuditRequest, callback: grpc.requestCallback<_twinward_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  verifyAudit(argument: _twinward_v1_VerifyAuditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  verifyAudit(argument: _twinward_v1_VerifyAuditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  verifyAudit(argument: _twinward_v1_VerifyAuditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  verifyAudit(argument: _twinward_v1_VerifyAuditRequest, callback: grpc.requestCallback<_twinward_v1_VerifyAuditResponse__Output>): grpc.ClientUnaryCall;
  
  WhatIf(argument: _twinward_v1_WhatIfRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  WhatIf(argument: _twinward_v1_WhatIfRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  WhatIf(argument: _twinward_v1_WhatIfRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  WhatIf(argument: _twinward_v1_WhatIfRequest, callback: grpc.requestCallback<_twinward_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  whatIf(argument: _twinward_v1_WhatIfRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  whatIf(argument: _twinward_v1_WhatIfRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_twinward_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  whatIf(argument: _twinward_v1_WhatIfRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_twinward_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  whatIf(argument: _twinward_v1_WhatIfRequest, callback: grpc.requestCallback<_twinward_v1_WhatIfResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface TwinDataHandlers extends grpc.UntypedServiceImplementation {
  ClaimUnit: grpc.handleUnaryCall<_twinward_v1_ClaimUnitRequest__Output, _twinward_v1_ClaimUnitResponse>;
  
  CloseSync: grpc.handleUnaryCall<_twinward_v1_CloseSyncRequest__Output, _twinward_v1_CloseSyncResponse>;
  
  CommitUnit: grpc.handleUnaryCall<_twinward_v1_CommitUnitRequest__Output, _twinward_v1_CommitUnitResponse>;
  
  Enrol: grpc.handleUnaryCall<_twinward_v1_EnrolRequest__Output, _twinward_v1_EnrolResponse>;
  
  EraseSubject: grpc.handleUnaryCall<_twinward_v1_EraseSubjectRequest__Output, _twinward_v1_EraseSubjectResponse>;
  
  ExtendUnit: grpc.handleUnaryCall<_twinward_v1_ExtendUnitRequest__Output, _twinward_v1_ExtendUnitResponse>;
  
  GetResults: grpc.handleUnaryCall<_twinward_v1_GetResultsRequest__Output, _twinward_v1_GetResultsResponse>;
  
  GetTwin: grpc.handleUnaryCall<_twinward_v1_GetTwinRequest__Output, _twinward_v1_GetTwinResponse>;
  
  IngestRecords: grpc.handleClientStreamingCall<_twinward_v1_IngestRecordsRequest__Output, _twinward_v1_IngestRecordsResponse>;
  
  ListEvents: grpc.handleUnaryCall<_twinward_v1_ListEventsRequest__Output, _twinward_v1_ListEventsResponse>;
  
  ListPredictions: grpc.handleUnaryCall<_twinward_v1_ListPredictionsRequest__Output, _twinward_v1_ListPredictionsResponse>;
  
  OpenSync: grpc.handleUnaryCall<_twinward_v1_OpenSyncRequest__Output, _twinward_v1_OpenSyncResponse>;
  
  QueryCohort: grpc.handleUnaryCall<_twinward_v1_QueryCohortRequest__Output, _twinward_v1_QueryCohortResponse>;
  
  VerifyAudit: grpc.handleUnaryCall<_twinward_v1_VerifyAuditRequest__Output, _twinward_v1_VerifyAuditResponse>;
  
  WhatIf: grpc.handleUnaryCall<_twinward_v1_WhatIfRequest__Output, _twinward_v1_WhatIfResponse>;
  
}

export interface TwinDataDefinition extends grpc.ServiceDefinition {
  ClaimUnit: MethodDefinition<_twinward_v1_ClaimUnitRequest, _twinward_v1_ClaimUnitResponse, _twinward_v1_ClaimUnitRequest__Output, _twinward_v1_ClaimUnitResponse__Output>
  CloseSync: MethodDefinition<_twinward_v1_CloseSyncRequest, _twinward_v1_CloseSyncResponse, _twinward_v1_CloseSyncRequest__Output, _twinward_v1_CloseSyncResponse__Output>
  CommitUnit: MethodDefinition<_twinward_v1_CommitUnitRequest, _twinward_v1_CommitUnitResponse, _twinward_v1_CommitUnitRequest__Output, _twinward_v1_CommitUnitResponse__Output>
  Enrol: MethodDefinition<_twinward_v1_EnrolRequest, _twinward_v1_EnrolResponse, _twinward_v1_EnrolRequest__Output, _twinward_v1_EnrolResponse__Output>
  EraseSubject: MethodDefinition<_twinward_v1_EraseSubjectRequest, _twinward_v1_EraseSubjectResponse, _twinward_v1_EraseSubjectRequest__Output, _twinward_v1_EraseSubjectResponse__Output>
  ExtendUnit: MethodDefinition<_twinward_v1_ExtendUnitRequest, _twinward_v1_ExtendUnitResponse, _twinward_v1_ExtendUnitRequest__Output, _twinward_v1_ExtendUnitResponse__Output>
  GetResults: MethodDefinition<_twinward_v1_GetResultsRequest, _twinward_v1_GetResultsResponse, _twinward_v1_GetResultsRequest__Output, _twinward_v1_GetResultsResponse__Output>
  GetTwin: MethodDefinition<_twinward_v1_GetTwinRequest, _twinward_v1_GetTwinResponse, _twinward_v1_GetTwinRequest__Output, _twinward_v1_GetTwinResponse__Output>
  IngestRecords: MethodDefinition<_twinward_v1_IngestRecordsRequest, _twinward_v1_IngestRecordsResponse, _twinward_v1_IngestRecordsRequest__Output, _twinward_v1_IngestRecordsResponse__Output>
  ListEvents: MethodDefinition<_twinward_v1_ListEventsRequest, _twinward_v1_ListEventsResponse, _twinward_v1_ListEventsRequest__Output, _twinward_v1_ListEventsResponse__Output>
  ListPredictions: MethodDefinition<_twinward_v1_ListPredictionsRequest, _twinward_v1_ListPredictionsResponse, _twinward_v1_ListPredictionsRequest__Output, _twinward_v1_ListPredictionsResponse__Output>
  OpenSync: MethodDefinition<_twinward_v1_OpenSyncRequest, _twinward_v1_OpenSyncResponse, _twinward_v1_OpenSyncRequest__Output, _twinward_v1_OpenSyncResponse__Output>
  QueryCohort: MethodDefinition<_twinward_v1_QueryCohortRequest, _twinward_v1_QueryCohortResponse, _twinward_v1_QueryCohortRequest__Output, _twinward_v1_QueryCohortResponse__Output>
  VerifyAudit: MethodDefinition<_twinward_v1_VerifyAuditRequest, _twinward_v1_VerifyAuditResponse, _twinward_v1_VerifyAuditRequest__Output, _twinward_v1_VerifyAuditResponse__Output>
  WhatIf: MethodDefinition<_twinward_v1_WhatIfRequest, _twinward_v1_WhatIfResponse, _twinward_v1_WhatIfRequest__Output, _twinward_v1_WhatIfResponse__Output>
}
