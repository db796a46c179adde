import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { BatchGetSourcesRequest as _twinward_v1_BatchGetSourcesRequest, BatchGetSourcesRequest__Output as _twinward_v1_BatchGetSourcesRequest__Output } from './twinward/v1/BatchGetSourcesRequest.ts';
import type { BatchGetSourcesResponse as _twinward_v1_BatchGetSourcesResponse, BatchGetSourcesResponse__Output as _twinward_v1_BatchGetSourcesResponse__Output } from './twinward/v1/BatchGetSourcesResponse.ts';
import type { BatchGetTwinsRequest as _twinward_v1_BatchGetTwinsRequest, BatchGetTwinsRequest__Output as _twinward_v1_BatchGetTwinsRequest__Output } from './twinward/v1/BatchGetTwinsRequest.ts';
import type { BatchGetTwinsResponse as _twinward_v1_BatchGetTwinsResponse, BatchGetTwinsResponse__Output as _twinward_v1_BatchGetTwinsResponse__Output } from './twinward/v1/BatchGetTwinsResponse.ts';
import type { ChangedKey as _twinward_v1_ChangedKey, ChangedKey__Output as _twinward_v1_ChangedKey__Output } from './twinward/v1/ChangedKey.ts';
import type { Cohort as _twinward_v1_Cohort, Cohort__Output as _twinward_v1_Cohort__Output } from './twinward/v1/Cohort.ts';
import type { CohortCriterion as _twinward_v1_CohortCriterion, CohortCriterion__Output as _twinward_v1_CohortCriterion__Output } from './twinward/v1/CohortCriterion.ts';
import type { EnsureModelsRequest as _twinward_v1_EnsureModelsRequest, EnsureModelsRequest__Output as _twinward_v1_EnsureModelsRequest__Output } from './twinward/v1/EnsureModelsRequest.ts';
import type { EnsureModelsResponse as _twinward_v1_EnsureModelsResponse, EnsureModelsResponse__Output as _twinward_v1_EnsureModelsResponse__Output } from './twinward/v1/EnsureModelsResponse.ts';
import type { EnsureSourcesRequest as _twinward_v1_EnsureSourcesRequest, EnsureSourcesRequest__Output as _twinward_v1_EnsureSourcesRequest__Output } from './twinward/v1/EnsureSourcesRequest.ts';
import type { EnsureSourcesResponse as _twinward_v1_EnsureSourcesResponse, EnsureSourcesResponse__Output as _twinward_v1_EnsureSourcesResponse__Output } from './twinward/v1/EnsureSourcesResponse.ts';
import type { EnsureTwinsRequest as _twinward_v1_EnsureTwinsRequest, EnsureTwinsRequest__Output as _twinward_v1_EnsureTwinsRequest__Output } from './twinward/v1/EnsureTwinsRequest.ts';
import type { EnsureTwinsResponse as _twinward_v1_EnsureTwinsResponse, EnsureTwinsResponse__Output as _twinward_v1_EnsureTwinsResponse__Output } from './twinward/v1/EnsureTwinsResponse.ts';
import type { FinalizeSimulationRequest as _twinward_v1_FinalizeSimulationRequest, FinalizeSimulationRequest__Output as _twinward_v1_FinalizeSimulationRequest__Output } from './twinward/v1/FinalizeSimulationRequest.ts';
import type { FinalizeSimulationResponse as _twinward_v1_FinalizeSimulationResponse, FinalizeSimulationResponse__Output as _twinward_v1_FinalizeSimulationResponse__Output } from './twinward/v1/FinalizeSimulationResponse.ts';
import type { FreezeSimulationRequest as _twinward_v1_FreezeSimulationRequest, FreezeSimulationRequest__Output as _twinward_v1_FreezeSimulationRequest__Output } from './twinward/v1/FreezeSimulationRequest.ts';
import type { FreezeSimulationResponse as _twinward_v1_FreezeSimulationResponse, FreezeSimulationResponse__Output as _twinward_v1_FreezeSimulationResponse__Output } from './twinward/v1/FreezeSimulationResponse.ts';
import type { Frozen as _twinward_v1_Frozen, Frozen__Output as _twinward_v1_Frozen__Output } from './twinward/v1/Frozen.ts';
import type { ModelDigest as _twinward_v1_ModelDigest, ModelDigest__Output as _twinward_v1_ModelDigest__Output } from './twinward/v1/ModelDigest.ts';
import type { ModelEndpoint as _twinward_v1_ModelEndpoint, ModelEndpoint__Output as _twinward_v1_ModelEndpoint__Output } from './twinward/v1/ModelEndpoint.ts';
import type { OutcomeSelection as _twinward_v1_OutcomeSelection, OutcomeSelection__Output as _twinward_v1_OutcomeSelection__Output } from './twinward/v1/OutcomeSelection.ts';
import type { Refused as _twinward_v1_Refused, Refused__Output as _twinward_v1_Refused__Output } from './twinward/v1/Refused.ts';
import type { RetainTwinsRequest as _twinward_v1_RetainTwinsRequest, RetainTwinsRequest__Output as _twinward_v1_RetainTwinsRequest__Output } from './twinward/v1/RetainTwinsRequest.ts';
import type { RetainTwinsResponse as _twinward_v1_RetainTwinsResponse, RetainTwinsResponse__Output as _twinward_v1_RetainTwinsResponse__Output } from './twinward/v1/RetainTwinsResponse.ts';
import type { SimulationIntervention as _twinward_v1_SimulationIntervention, SimulationIntervention__Output as _twinward_v1_SimulationIntervention__Output } from './twinward/v1/SimulationIntervention.ts';
import type { SimulationResult as _twinward_v1_SimulationResult, SimulationResult__Output as _twinward_v1_SimulationResult__Output } from './twinward/v1/SimulationResult.ts';
import type { SimulationScenario as _twinward_v1_SimulationScenario, SimulationScenario__Output as _twinward_v1_SimulationScenario__Output } from './twinward/v1/SimulationScenario.ts';
import type { SimulationSpec as _twinward_v1_SimulationSpec, SimulationSpec__Output as _twinward_v1_SimulationSpec__Output } from './twinward/v1/SimulationSpec.ts';
import type { SourceCounts as _twinward_v1_SourceCounts, SourceCounts__Output as _twinward_v1_SourceCounts__Output } from './twinward/v1/SourceCounts.ts';
import type { SourceSpec as _twinward_v1_SourceSpec, SourceSpec__Output as _twinward_v1_SourceSpec__Output } from './twinward/v1/SourceSpec.ts';
import type { SourceState as _twinward_v1_SourceState, SourceState__Output as _twinward_v1_SourceState__Output } from './twinward/v1/SourceState.ts';
import type { Tenant as _twinward_v1_Tenant, Tenant__Output as _twinward_v1_Tenant__Output } from './twinward/v1/Tenant.ts';
import type { TwinControlClient as _twinward_v1_TwinControlClient, TwinControlDefinition as _twinward_v1_TwinControlDefinition } from './twinward/v1/TwinControl.ts';
import type { TwinSpec as _twinward_v1_TwinSpec, TwinSpec__Output as _twinward_v1_TwinSpec__Output } from './twinward/v1/TwinSpec.ts';
import type { TwinState as _twinward_v1_TwinState, TwinState__Output as _twinward_v1_TwinState__Output } from './twinward/v1/TwinState.ts';
import type { WatchChangesRequest as _twinward_v1_WatchChangesRequest, WatchChangesRequest__Output as _twinward_v1_WatchChangesRequest__Output } from './twinward/v1/WatchChangesRequest.ts';
import type { WatchChangesResponse as _twinward_v1_WatchChangesResponse, WatchChangesResponse__Output as _twinward_v1_WatchChangesResponse__Output } from './twinward/v1/WatchChangesResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  twinward: {
    v1: {
      BatchGetSourcesRequest: MessageTypeDefinition<_twinward_v1_BatchGetSourcesRequest, _twinward_v1_BatchGetSourcesRequest__Output>
      BatchGetSourcesResponse: MessageTypeDefinition<_twinward_v1_BatchGetSourcesResponse, _twinward_v1_BatchGetSourcesResponse__Output>
      BatchGetTwinsRequest: MessageTypeDefinition<_twinward_v1_BatchGetTwinsRequest, _twinward_v1_BatchGetTwinsRequest__Output>
      BatchGetTwinsResponse: MessageTypeDefinition<_twinward_v1_BatchGetTwinsResponse, _twinward_v1_BatchGetTwinsResponse__Output>
      BindingState: EnumTypeDefinition
      ChangedKey: MessageTypeDefinition<_twinward_v1_ChangedKey, _twinward_v1_ChangedKey__Output>
      ChangedKind: EnumTypeDefinition
      Cohort: MessageTypeDefinition<_twinward_v1_Cohort, _twinward_v1_Cohort__Output>
      CohortCriterion: MessageTypeDefinition<_twinward_v1_CohortCriterion, _twinward_v1_CohortCriterion__Output>
      EnsureModelsRequest: MessageTypeDefinition<_twinward_v1_EnsureModelsRequest, _twinward_v1_EnsureModelsRequest__Output>
      EnsureModelsResponse: MessageTypeDefinition<_twinward_v1_EnsureModelsResponse, _twinward_v1_EnsureModelsResponse__Output>
      EnsureSourcesRequest: MessageTypeDefinition<_twinward_v1_EnsureSourcesRequest, _twinward_v1_EnsureSourcesRequest__Output>
      EnsureSourcesResponse: MessageTypeDefinition<_twinward_v1_EnsureSourcesResponse, _twinward_v1_EnsureSourcesResponse__Output>
      EnsureTwinsRequest: MessageTypeDefinition<_twinward_v1_EnsureTwinsRequest, _twinward_v1_EnsureTwinsRequest__Output>
      EnsureTwinsResponse: MessageTypeDefinition<_twinward_v1_EnsureTwinsResponse, _twinward_v1_EnsureTwinsResponse__Output>
      FinalizeSimulationRequest: MessageTypeDefinition<_twinward_v1_FinalizeSimulationRequest, _twinward_v1_FinalizeSimulationRequest__Output>
      FinalizeSimulationResponse: MessageTypeDefinition<_twinward_v1_FinalizeSimulationResponse, _twinward_v1_FinalizeSimulationResponse__Output>
      FreezeSimulationRequest: MessageTypeDefinition<_twinward_v1_FreezeSimulationRequest, _twinward_v1_FreezeSimulationRequest__Output>
      FreezeSimulationResponse: MessageTypeDefinition<_twinward_v1_FreezeSimulationResponse, _twinward_v1_FreezeSimulationResponse__Output>
      Freshness: EnumTypeDefinition
      Frozen: MessageTypeDefinition<_twinward_v1_Frozen, _twinward_v1_Frozen__Output>
      ModelDigest: MessageTypeDefinition<_twinward_v1_ModelDigest, _twinward_v1_ModelDigest__Output>
      ModelEndpoint: MessageTypeDefinition<_twinward_v1_ModelEndpoint, _twinward_v1_ModelEndpoint__Output>
      OutcomeSelection: MessageTypeDefinition<_twinward_v1_OutcomeSelection, _twinward_v1_OutcomeSelection__Output>
      Refused: MessageTypeDefinition<_twinward_v1_Refused, _twinward_v1_Refused__Output>
      RetainTwinsRequest: MessageTypeDefinition<_twinward_v1_RetainTwinsRequest, _twinward_v1_RetainTwinsRequest__Output>
      RetainTwinsResponse: MessageTypeDefinition<_twinward_v1_RetainTwinsResponse, _twinward_v1_RetainTwinsResponse__Output>
      RunState: EnumTypeDefinition
      SimulationIntervention: MessageTypeDefinition<_twinward_v1_SimulationIntervention, _twinward_v1_SimulationIntervention__Output>
      SimulationResult: MessageTypeDefinition<_twinward_v1_SimulationResult, _twinward_v1_SimulationResult__Output>
      SimulationScenario: MessageTypeDefinition<_twinward_v1_SimulationScenario, _twinward_v1_SimulationScenario__Output>
      SimulationSpec: MessageTypeDefinition<_twinward_v1_SimulationSpec, _twinward_v1_SimulationSpec__Output>
      SourceCounts: MessageTypeDefinition<_twinward_v1_SourceCounts, _twinward_v1_SourceCounts__Output>
      SourceSpec: MessageTypeDefinition<_twinward_v1_SourceSpec, _twinward_v1_SourceSpec__Output>
      SourceState: MessageTypeDefinition<_twinward_v1_SourceState, _twinward_v1_SourceState__Output>
      SyncState: EnumTypeDefinition
      Tenant: MessageTypeDefinition<_twinward_v1_Tenant, _twinward_v1_Tenant__Output>
      TwinControl: SubtypeConstructor<typeof grpc.Client, _twinward_v1_TwinControlClient> & { service: _twinward_v1_TwinControlDefinition }
      TwinSpec: MessageTypeDefinition<_twinward_v1_TwinSpec, _twinward_v1_TwinSpec__Output>
      TwinState: MessageTypeDefinition<_twinward_v1_TwinState, _twinward_v1_TwinState__Output>
      UpdateState: EnumTypeDefinition
      WatchChangesRequest: MessageTypeDefinition<_twinward_v1_WatchChangesRequest, _twinward_v1_WatchChangesRequest__Output>
      WatchChangesResponse: MessageTypeDefinition<_twinward_v1_WatchChangesResponse, _twinward_v1_WatchChangesResponse__Output>
    }
  }
}

