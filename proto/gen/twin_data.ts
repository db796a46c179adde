import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { BatchGetSourcesRequest as _twinward_v1_BatchGetSourcesRequest, BatchGetSourcesRequest__Output as _twinward_v1_BatchGetSourcesRequest__Output } from './twinward/v1/BatchGetSourcesRequest.ts';
import type { BatchGetSourcesResponse as _twinward_v1_BatchGetSourcesResponse, BatchGetSourcesResponse__Output as _twinward_v1_BatchGetSourcesResponse__Output } from './twinward/v1/BatchGetSourcesResponse.ts';
import type { BatchGetTwinsRequest as _twinward_v1_BatchGetTwinsRequest, BatchGetTwinsRequest__Output as _twinward_v1_BatchGetTwinsRequest__Output } from './twinward/v1/BatchGetTwinsRequest.ts';
import type { BatchGetTwinsResponse as _twinward_v1_BatchGetTwinsResponse, BatchGetTwinsResponse__Output as _twinward_v1_BatchGetTwinsResponse__Output } from './twinward/v1/BatchGetTwinsResponse.ts';
import type { Cell as _twinward_v1_Cell, Cell__Output as _twinward_v1_Cell__Output } from './twinward/v1/Cell.ts';
import type { ChangedKey as _twinward_v1_ChangedKey, ChangedKey__Output as _twinward_v1_ChangedKey__Output } from './twinward/v1/ChangedKey.ts';
import type { ClaimUnitRequest as _twinward_v1_ClaimUnitRequest, ClaimUnitRequest__Output as _twinward_v1_ClaimUnitRequest__Output } from './twinward/v1/ClaimUnitRequest.ts';
import type { ClaimUnitResponse as _twinward_v1_ClaimUnitResponse, ClaimUnitResponse__Output as _twinward_v1_ClaimUnitResponse__Output } from './twinward/v1/ClaimUnitResponse.ts';
import type { CloseSyncRequest as _twinward_v1_CloseSyncRequest, CloseSyncRequest__Output as _twinward_v1_CloseSyncRequest__Output } from './twinward/v1/CloseSyncRequest.ts';
import type { CloseSyncResponse as _twinward_v1_CloseSyncResponse, CloseSyncResponse__Output as _twinward_v1_CloseSyncResponse__Output } from './twinward/v1/CloseSyncResponse.ts';
import type { CodedEvent as _twinward_v1_CodedEvent, CodedEvent__Output as _twinward_v1_CodedEvent__Output } from './twinward/v1/CodedEvent.ts';
import type { Cohort as _twinward_v1_Cohort, Cohort__Output as _twinward_v1_Cohort__Output } from './twinward/v1/Cohort.ts';
import type { CohortCriterion as _twinward_v1_CohortCriterion, CohortCriterion__Output as _twinward_v1_CohortCriterion__Output } from './twinward/v1/CohortCriterion.ts';
import type { CommitUnitRequest as _twinward_v1_CommitUnitRequest, CommitUnitRequest__Output as _twinward_v1_CommitUnitRequest__Output } from './twinward/v1/CommitUnitRequest.ts';
import type { CommitUnitResponse as _twinward_v1_CommitUnitResponse, CommitUnitResponse__Output as _twinward_v1_CommitUnitResponse__Output } from './twinward/v1/CommitUnitResponse.ts';
import type { Contribution as _twinward_v1_Contribution, Contribution__Output as _twinward_v1_Contribution__Output } from './twinward/v1/Contribution.ts';
import type { Coverage as _twinward_v1_Coverage, Coverage__Output as _twinward_v1_Coverage__Output } from './twinward/v1/Coverage.ts';
import type { DescribeRequest as _twinward_v1_DescribeRequest, DescribeRequest__Output as _twinward_v1_DescribeRequest__Output } from './twinward/v1/DescribeRequest.ts';
import type { DescribeResponse as _twinward_v1_DescribeResponse, DescribeResponse__Output as _twinward_v1_DescribeResponse__Output } from './twinward/v1/DescribeResponse.ts';
import type { Done as _twinward_v1_Done, Done__Output as _twinward_v1_Done__Output } from './twinward/v1/Done.ts';
import type { EnrolRequest as _twinward_v1_EnrolRequest, EnrolRequest__Output as _twinward_v1_EnrolRequest__Output } from './twinward/v1/EnrolRequest.ts';
import type { EnrolResponse as _twinward_v1_EnrolResponse, EnrolResponse__Output as _twinward_v1_EnrolResponse__Output } from './twinward/v1/EnrolResponse.ts';
import type { EnsureModelsRequest as _twinward_v1_EnsureModelsRequest, EnsureModelsRequest__Output as _twinward_v1_EnsureModelsRequest__Output } from './twinward/v1/EnsureModelsRequest.ts';
import type { EnsureModelsResponse as _twinward_v1_EnsureModelsResponse, EnsureModelsResponse__Output as _twinward_v1_EnsureModelsResponse__Output } from './twinward/v1/EnsureModelsResponse.ts';
import type { EnsureSourcesRequest as _twinward_v1_EnsureSourcesRequest, EnsureSourcesRequest__Output as _twinward_v1_EnsureSourcesRequest__Output } from './twinward/v1/EnsureSourcesRequest.ts';
import type { EnsureSourcesResponse as _twinward_v1_EnsureSourcesResponse, EnsureSourcesResponse__Output as _twinward_v1_EnsureSourcesResponse__Output } from './twinward/v1/EnsureSourcesResponse.ts';
import type { EnsureTwinsRequest as _twinward_v1_EnsureTwinsRequest, EnsureTwinsRequest__Output as _twinward_v1_EnsureTwinsRequest__Output } from './twinward/v1/EnsureTwinsRequest.ts';
import type { EnsureTwinsResponse as _twinward_v1_EnsureTwinsResponse, EnsureTwinsResponse__Output as _twinward_v1_EnsureTwinsResponse__Output } from './twinward/v1/EnsureTwinsResponse.ts';
import type { EraseSubjectRequest as _twinward_v1_EraseSubjectRequest, EraseSubjectRequest__Output as _twinward_v1_EraseSubjectRequest__Output } from './twinward/v1/EraseSubjectRequest.ts';
import type { EraseSubjectResponse as _twinward_v1_EraseSubjectResponse, EraseSubjectResponse__Output as _twinward_v1_EraseSubjectResponse__Output } from './twinward/v1/EraseSubjectResponse.ts';
import type { ExplainRequest as _twinward_v1_ExplainRequest, ExplainRequest__Output as _twinward_v1_ExplainRequest__Output } from './twinward/v1/ExplainRequest.ts';
import type { ExplainResponse as _twinward_v1_ExplainResponse, ExplainResponse__Output as _twinward_v1_ExplainResponse__Output } from './twinward/v1/ExplainResponse.ts';
import type { ExtendUnitRequest as _twinward_v1_ExtendUnitRequest, ExtendUnitRequest__Output as _twinward_v1_ExtendUnitRequest__Output } from './twinward/v1/ExtendUnitRequest.ts';
import type { ExtendUnitResponse as _twinward_v1_ExtendUnitResponse, ExtendUnitResponse__Output as _twinward_v1_ExtendUnitResponse__Output } from './twinward/v1/ExtendUnitResponse.ts';
import type { Familiarity as _twinward_v1_Familiarity, Familiarity__Output as _twinward_v1_Familiarity__Output } from './twinward/v1/Familiarity.ts';
import type { FileReading as _twinward_v1_FileReading, FileReading__Output as _twinward_v1_FileReading__Output } from './twinward/v1/FileReading.ts';
import type { FinalizeSimulationRequest as _twinward_v1_FinalizeSimulationRequest, FinalizeSimulationRequest__Output as _twinward_v1_FinalizeSimulationRequest__Output } from './twinward/v1/FinalizeSimulationRequest.ts';
import type { FinalizeSimulationResponse as _twinward_v1_FinalizeSimulationResponse, FinalizeSimulationResponse__Output as _twinward_v1_FinalizeSimulationResponse__Output } from './twinward/v1/FinalizeSimulationResponse.ts';
import type { FreezeSimulationRequest as _twinward_v1_FreezeSimulationRequest, FreezeSimulationRequest__Output as _twinward_v1_FreezeSimulationRequest__Output } from './twinward/v1/FreezeSimulationRequest.ts';
import type { FreezeSimulationResponse as _twinward_v1_FreezeSimulationResponse, FreezeSimulationResponse__Output as _twinward_v1_FreezeSimulationResponse__Output } from './twinward/v1/FreezeSimulationResponse.ts';
import type { Frozen as _twinward_v1_Frozen, Frozen__Output as _twinward_v1_Frozen__Output } from './twinward/v1/Frozen.ts';
import type { GetResultsRequest as _twinward_v1_GetResultsRequest, GetResultsRequest__Output as _twinward_v1_GetResultsRequest__Output } from './twinward/v1/GetResultsRequest.ts';
import type { GetResultsResponse as _twinward_v1_GetResultsResponse, GetResultsResponse__Output as _twinward_v1_GetResultsResponse__Output } from './twinward/v1/GetResultsResponse.ts';
import type { GetTwinRequest as _twinward_v1_GetTwinRequest, GetTwinRequest__Output as _twinward_v1_GetTwinRequest__Output } from './twinward/v1/GetTwinRequest.ts';
import type { GetTwinResponse as _twinward_v1_GetTwinResponse, GetTwinResponse__Output as _twinward_v1_GetTwinResponse__Output } from './twinward/v1/GetTwinResponse.ts';
import type { HistoryEvent as _twinward_v1_HistoryEvent, HistoryEvent__Output as _twinward_v1_HistoryEvent__Output } from './twinward/v1/HistoryEvent.ts';
import type { IngestHeader as _twinward_v1_IngestHeader, IngestHeader__Output as _twinward_v1_IngestHeader__Output } from './twinward/v1/IngestHeader.ts';
import type { IngestRecordsRequest as _twinward_v1_IngestRecordsRequest, IngestRecordsRequest__Output as _twinward_v1_IngestRecordsRequest__Output } from './twinward/v1/IngestRecordsRequest.ts';
import type { IngestRecordsResponse as _twinward_v1_IngestRecordsResponse, IngestRecordsResponse__Output as _twinward_v1_IngestRecordsResponse__Output } from './twinward/v1/IngestRecordsResponse.ts';
import type { Intervention as _twinward_v1_Intervention, Intervention__Output as _twinward_v1_Intervention__Output } from './twinward/v1/Intervention.ts';
import type { InterventionDescription as _twinward_v1_InterventionDescription, InterventionDescription__Output as _twinward_v1_InterventionDescription__Output } from './twinward/v1/InterventionDescription.ts';
import type { Leaf as _twinward_v1_Leaf, Leaf__Output as _twinward_v1_Leaf__Output } from './twinward/v1/Leaf.ts';
import type { ListEventsRequest as _twinward_v1_ListEventsRequest, ListEventsRequest__Output as _twinward_v1_ListEventsRequest__Output } from './twinward/v1/ListEventsRequest.ts';
import type { ListEventsResponse as _twinward_v1_ListEventsResponse, ListEventsResponse__Output as _twinward_v1_ListEventsResponse__Output } from './twinward/v1/ListEventsResponse.ts';
import type { ListPredictionsRequest as _twinward_v1_ListPredictionsRequest, ListPredictionsRequest__Output as _twinward_v1_ListPredictionsRequest__Output } from './twinward/v1/ListPredictionsRequest.ts';
import type { ListPredictionsResponse as _twinward_v1_ListPredictionsResponse, ListPredictionsResponse__Output as _twinward_v1_ListPredictionsResponse__Output } from './twinward/v1/ListPredictionsResponse.ts';
import type { ModelDigest as _twinward_v1_ModelDigest, ModelDigest__Output as _twinward_v1_ModelDigest__Output } from './twinward/v1/ModelDigest.ts';
import type { ModelEndpoint as _twinward_v1_ModelEndpoint, ModelEndpoint__Output as _twinward_v1_ModelEndpoint__Output } from './twinward/v1/ModelEndpoint.ts';
import type { ObservedEvent as _twinward_v1_ObservedEvent, ObservedEvent__Output as _twinward_v1_ObservedEvent__Output } from './twinward/v1/ObservedEvent.ts';
import type { OpenSyncRequest as _twinward_v1_OpenSyncRequest, OpenSyncRequest__Output as _twinward_v1_OpenSyncRequest__Output } from './twinward/v1/OpenSyncRequest.ts';
import type { OpenSyncResponse as _twinward_v1_OpenSyncResponse, OpenSyncResponse__Output as _twinward_v1_OpenSyncResponse__Output } from './twinward/v1/OpenSyncResponse.ts';
import type { OutcomeContributions as _twinward_v1_OutcomeContributions, OutcomeContributions__Output as _twinward_v1_OutcomeContributions__Output } from './twinward/v1/OutcomeContributions.ts';
import type { OutcomeDescription as _twinward_v1_OutcomeDescription, OutcomeDescription__Output as _twinward_v1_OutcomeDescription__Output } from './twinward/v1/OutcomeDescription.ts';
import type { OutcomeExplanation as _twinward_v1_OutcomeExplanation, OutcomeExplanation__Output as _twinward_v1_OutcomeExplanation__Output } from './twinward/v1/OutcomeExplanation.ts';
import type { OutcomeSelection as _twinward_v1_OutcomeSelection, OutcomeSelection__Output as _twinward_v1_OutcomeSelection__Output } from './twinward/v1/OutcomeSelection.ts';
import type { PackedPaths as _twinward_v1_PackedPaths, PackedPaths__Output as _twinward_v1_PackedPaths__Output } from './twinward/v1/PackedPaths.ts';
import type { Person as _twinward_v1_Person, Person__Output as _twinward_v1_Person__Output } from './twinward/v1/Person.ts';
import type { PersonIdentifier as _twinward_v1_PersonIdentifier, PersonIdentifier__Output as _twinward_v1_PersonIdentifier__Output } from './twinward/v1/PersonIdentifier.ts';
import type { Prediction as _twinward_v1_Prediction, Prediction__Output as _twinward_v1_Prediction__Output } from './twinward/v1/Prediction.ts';
import type { Progress as _twinward_v1_Progress, Progress__Output as _twinward_v1_Progress__Output } from './twinward/v1/Progress.ts';
import type { QueryCohortRequest as _twinward_v1_QueryCohortRequest, QueryCohortRequest__Output as _twinward_v1_QueryCohortRequest__Output } from './twinward/v1/QueryCohortRequest.ts';
import type { QueryCohortResponse as _twinward_v1_QueryCohortResponse, QueryCohortResponse__Output as _twinward_v1_QueryCohortResponse__Output } from './twinward/v1/QueryCohortResponse.ts';
import type { RecordEvent as _twinward_v1_RecordEvent, RecordEvent__Output as _twinward_v1_RecordEvent__Output } from './twinward/v1/RecordEvent.ts';
import type { RecordFit as _twinward_v1_RecordFit, RecordFit__Output as _twinward_v1_RecordFit__Output } from './twinward/v1/RecordFit.ts';
import type { Refused as _twinward_v1_Refused, Refused__Output as _twinward_v1_Refused__Output } from './twinward/v1/Refused.ts';
import type { RejectedRecord as _twinward_v1_RejectedRecord, RejectedRecord__Output as _twinward_v1_RejectedRecord__Output } from './twinward/v1/RejectedRecord.ts';
import type { RetainTwinsRequest as _twinward_v1_RetainTwinsRequest, RetainTwinsRequest__Output as _twinward_v1_RetainTwinsRequest__Output } from './twinward/v1/RetainTwinsRequest.ts';
import type { RetainTwinsResponse as _twinward_v1_RetainTwinsResponse, RetainTwinsResponse__Output as _twinward_v1_RetainTwinsResponse__Output } from './twinward/v1/RetainTwinsResponse.ts';
import type { RiskContribution as _twinward_v1_RiskContribution, RiskContribution__Output as _twinward_v1_RiskContribution__Output } from './twinward/v1/RiskContribution.ts';
import type { RiskToExplain as _twinward_v1_RiskToExplain, RiskToExplain__Output as _twinward_v1_RiskToExplain__Output } from './twinward/v1/RiskToExplain.ts';
import type { SampleRange as _twinward_v1_SampleRange, SampleRange__Output as _twinward_v1_SampleRange__Output } from './twinward/v1/SampleRange.ts';
import type { Scenario as _twinward_v1_Scenario, Scenario__Output as _twinward_v1_Scenario__Output } from './twinward/v1/Scenario.ts';
import type { ScenarioRisk as _twinward_v1_ScenarioRisk, ScenarioRisk__Output as _twinward_v1_ScenarioRisk__Output } from './twinward/v1/ScenarioRisk.ts';
import type { SimulateHeader as _twinward_v1_SimulateHeader, SimulateHeader__Output as _twinward_v1_SimulateHeader__Output } from './twinward/v1/SimulateHeader.ts';
import type { SimulateRequest as _twinward_v1_SimulateRequest, SimulateRequest__Output as _twinward_v1_SimulateRequest__Output } from './twinward/v1/SimulateRequest.ts';
import type { SimulateResponse as _twinward_v1_SimulateResponse, SimulateResponse__Output as _twinward_v1_SimulateResponse__Output } from './twinward/v1/SimulateResponse.ts';
import type { SimulationIntervention as _twinward_v1_SimulationIntervention, SimulationIntervention__Output as _twinward_v1_SimulationIntervention__Output } from './twinward/v1/SimulationIntervention.ts';
import type { SimulationResult as _twinward_v1_SimulationResult, SimulationResult__Output as _twinward_v1_SimulationResult__Output } from './twinward/v1/SimulationResult.ts';
import type { SimulationScenario as _twinward_v1_SimulationScenario, SimulationScenario__Output as _twinward_v1_SimulationScenario__Output } from './twinward/v1/SimulationScenario.ts';
import type { SimulationSpec as _twinward_v1_SimulationSpec, SimulationSpec__Output as _twinward_v1_SimulationSpec__Output } from './twinward/v1/SimulationSpec.ts';
import type { SourceCounts as _twinward_v1_SourceCounts, SourceCounts__Output as _twinward_v1_SourceCounts__Output } from './twinward/v1/SourceCounts.ts';
import type { SourceRecord as _twinward_v1_SourceRecord, SourceRecord__Output as _twinward_v1_SourceRecord__Output } from './twinward/v1/SourceRecord.ts';
import type { SourceSpec as _twinward_v1_SourceSpec, SourceSpec__Output as _twinward_v1_SourceSpec__Output } from './twinward/v1/SourceSpec.ts';
import type { SourceState as _twinward_v1_SourceState, SourceState__Output as _twinward_v1_SourceState__Output } from './twinward/v1/SourceState.ts';
import type { StoredEvent as _twinward_v1_StoredEvent, StoredEvent__Output as _twinward_v1_StoredEvent__Output } from './twinward/v1/StoredEvent.ts';
import type { SubjectLeaves as _twinward_v1_SubjectLeaves, SubjectLeaves__Output as _twinward_v1_SubjectLeaves__Output } from './twinward/v1/SubjectLeaves.ts';
import type { SurprisingEvent as _twinward_v1_SurprisingEvent, SurprisingEvent__Output as _twinward_v1_SurprisingEvent__Output } from './twinward/v1/SurprisingEvent.ts';
import type { Tenant as _twinward_v1_Tenant, Tenant__Output as _twinward_v1_Tenant__Output } from './twinward/v1/Tenant.ts';
import type { TokenizeRequest as _twinward_v1_TokenizeRequest, TokenizeRequest__Output as _twinward_v1_TokenizeRequest__Output } from './twinward/v1/TokenizeRequest.ts';
import type { TokenizeResponse as _twinward_v1_TokenizeResponse, TokenizeResponse__Output as _twinward_v1_TokenizeResponse__Output } from './twinward/v1/TokenizeResponse.ts';
import type { TrajectoryGeneratorClient as _twinward_v1_TrajectoryGeneratorClient, TrajectoryGeneratorDefinition as _twinward_v1_TrajectoryGeneratorDefinition } from './twinward/v1/TrajectoryGenerator.ts';
import type { TwinControlClient as _twinward_v1_TwinControlClient, TwinControlDefinition as _twinward_v1_TwinControlDefinition } from './twinward/v1/TwinControl.ts';
import type { TwinDataClient as _twinward_v1_TwinDataClient, TwinDataDefinition as _twinward_v1_TwinDataDefinition } from './twinward/v1/TwinData.ts';
import type { TwinSpec as _twinward_v1_TwinSpec, TwinSpec__Output as _twinward_v1_TwinSpec__Output } from './twinward/v1/TwinSpec.ts';
import type { TwinState as _twinward_v1_TwinState, TwinState__Output as _twinward_v1_TwinState__Output } from './twinward/v1/TwinState.ts';
import type { UnitFailure as _twinward_v1_UnitFailure, UnitFailure__Output as _twinward_v1_UnitFailure__Output } from './twinward/v1/UnitFailure.ts';
import type { UnitResult as _twinward_v1_UnitResult, UnitResult__Output as _twinward_v1_UnitResult__Output } from './twinward/v1/UnitResult.ts';
import type { UnitSubject as _twinward_v1_UnitSubject, UnitSubject__Output as _twinward_v1_UnitSubject__Output } from './twinward/v1/UnitSubject.ts';
import type { VerifyAuditRequest as _twinward_v1_VerifyAuditRequest, VerifyAuditRequest__Output as _twinward_v1_VerifyAuditRequest__Output } from './twinward/v1/VerifyAuditRequest.ts';
import type { VerifyAuditResponse as _twinward_v1_VerifyAuditResponse, VerifyAuditResponse__Output as _twinward_v1_VerifyAuditResponse__Output } from './twinward/v1/VerifyAuditResponse.ts';
import type { Warning as _twinward_v1_Warning, Warning__Output as _twinward_v1_Warning__Output } from './twinward/v1/Warning.ts';
import type { WatchChangesRequest as _twinward_v1_WatchChangesRequest, WatchChangesRequest__Output as _twinward_v1_WatchChangesRequest__Output } from './twinward/v1/WatchChangesRequest.ts';
import type { WatchChangesResponse as _twinward_v1_WatchChangesResponse, WatchChangesResponse__Output as _twinward_v1_WatchChangesResponse__Output } from './twinward/v1/WatchChangesResponse.ts';
import type { WhatIfRequest as _twinward_v1_WhatIfRequest, WhatIfRequest__Output as _twinward_v1_WhatIfRequest__Output } from './twinward/v1/WhatIfRequest.ts';
import type { WhatIfResponse as _twinward_v1_WhatIfResponse, WhatIfResponse__Output as _twinward_v1_WhatIfResponse__Output } from './twinward/v1/WhatIfResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  twinward: {
    v1: {
      Action: EnumTypeDefinition
      BatchGetSourcesRequest: MessageTypeDefinition<_twinward_v1_BatchGetSourcesRequest, _twinward_v1_BatchGetSourcesRequest__Output>
      BatchGetSourcesResponse: MessageTypeDefinition<_twinward_v1_BatchGetSourcesResponse, _twinward_v1_BatchGetSourcesResponse__Output>
      BatchGetTwinsRequest: MessageTypeDefinition<_twinward_v1_BatchGetTwinsRequest, _twinward_v1_BatchGetTwinsRequest__Output>
      BatchGetTwinsResponse: MessageTypeDefinition<_twinward_v1_BatchGetTwinsResponse, _twinward_v1_BatchGetTwinsResponse__Output>
      BindingState: EnumTypeDefinition
      Cell: MessageTypeDefinition<_twinward_v1_Cell, _twinward_v1_Cell__Output>
      ChangedKey: MessageTypeDefinition<_twinward_v1_ChangedKey, _twinward_v1_ChangedKey__Output>
      ChangedKind: EnumTypeDefinition
      ClaimUnitRequest: MessageTypeDefinition<_twinward_v1_ClaimUnitRequest, _twinward_v1_ClaimUnitRequest__Output>
      ClaimUnitResponse: MessageTypeDefinition<_twinward_v1_ClaimUnitResponse, _twinward_v1_ClaimUnitResponse__Output>
      CloseSyncRequest: MessageTypeDefinition<_twinward_v1_CloseSyncRequest, _twinward_v1_CloseSyncRequest__Output>
      CloseSyncResponse: MessageTypeDefinition<_twinward_v1_CloseSyncResponse, _twinward_v1_CloseSyncResponse__Output>
      CodedEvent: MessageTypeDefinition<_twinward_v1_CodedEvent, _twinward_v1_CodedEvent__Output>
      Cohort: MessageTypeDefinition<_twinward_v1_Cohort, _twinward_v1_Cohort__Output>
      CohortCriterion: MessageTypeDefinition<_twinward_v1_CohortCriterion, _twinward_v1_CohortCriterion__Output>
      CommitUnitRequest: MessageTypeDefinition<_twinward_v1_CommitUnitRequest, _twinward_v1_CommitUnitRequest__Output>
      CommitUnitResponse: MessageTypeDefinition<_twinward_v1_CommitUnitResponse, _twinward_v1_CommitUnitResponse__Output>
      Contribution: MessageTypeDefinition<_twinward_v1_Contribution, _twinward_v1_Contribution__Output>
      ContributionPart: EnumTypeDefinition
      Coverage: MessageTypeDefinition<_twinward_v1_Coverage, _twinward_v1_Coverage__Output>
      DescribeRequest: MessageTypeDefinition<_twinward_v1_DescribeRequest, _twinward_v1_DescribeRequest__Output>
      DescribeResponse: MessageTypeDefinition<_twinward_v1_DescribeResponse, _twinward_v1_DescribeResponse__Output>
      Done: MessageTypeDefinition<_twinward_v1_Done, _twinward_v1_Done__Output>
      EnrolRequest: MessageTypeDefinition<_twinward_v1_EnrolRequest, _twinward_v1_EnrolRequest__Output>
      EnrolResponse: MessageTypeDefinition<_twinward_v1_EnrolResponse, _twinward_v1_EnrolResponse__Output>
      EnsureModelsRequest: MessageTypeDefinition<_twinward_v1_EnsureModelsRequest, _twinward_v1_EnsureModelsRequest__Output>
      EnsureModelsResponse: MessageTypeDefinition<_twinward_v1_EnsureModelsResponse, _twinward_v1_EnsureModelsResponse__Output>
      EnsureSourcesRequest: MessageTypeDefinition<_twinward_v1_EnsureSourcesRequest, _twinward_v1_EnsureSourcesRequest__Output>
      EnsureSourcesResponse: MessageTypeDefinition<_twinward_v1_EnsureSourcesResponse, _twinward_v1_EnsureSourcesResponse__Output>
      EnsureTwinsRequest: MessageTypeDefinition<_twinward_v1_EnsureTwinsRequest, _twinward_v1_EnsureTwinsRequest__Output>
      EnsureTwinsResponse: MessageTypeDefinition<_twinward_v1_EnsureTwinsResponse, _twinward_v1_EnsureTwinsResponse__Output>
      EraseSubjectRequest: MessageTypeDefinition<_twinward_v1_EraseSubjectRequest, _twinward_v1_EraseSubjectRequest__Output>
      EraseSubjectResponse: MessageTypeDefinition<_twinward_v1_EraseSubjectResponse, _twinward_v1_EraseSubjectResponse__Output>
      ExplainRequest: MessageTypeDefinition<_twinward_v1_ExplainRequest, _twinward_v1_ExplainRequest__Output>
      ExplainResponse: MessageTypeDefinition<_twinward_v1_ExplainResponse, _twinward_v1_ExplainResponse__Output>
      ExtendUnitRequest: MessageTypeDefinition<_twinward_v1_ExtendUnitRequest, _twinward_v1_ExtendUnitRequest__Output>
      ExtendUnitResponse: MessageTypeDefinition<_twinward_v1_ExtendUnitResponse, _twinward_v1_ExtendUnitResponse__Output>
      Familiarity: MessageTypeDefinition<_twinward_v1_Familiarity, _twinward_v1_Familiarity__Output>
      FileReading: MessageTypeDefinition<_twinward_v1_FileReading, _twinward_v1_FileReading__Output>
      FinalizeSimulationRequest: MessageTypeDefinition<_twinward_v1_FinalizeSimulationRequest, _twinward_v1_FinalizeSimulationRequest__Output>
      FinalizeSimulationResponse: MessageTypeDefinition<_twinward_v1_FinalizeSimulationResponse, _twinward_v1_FinalizeSimulationResponse__Output>
      FreezeSimulationRequest: MessageTypeDefinition<_twinward_v1_FreezeSimulationRequest, _twinward_v1_FreezeSimulationRequest__Output>
      FreezeSimulationResponse: MessageTypeDefinition<_twinward_v1_FreezeSimulationResponse, _twinward_v1_FreezeSimulationResponse__Output>
      Freshness: EnumTypeDefinition
      Frozen: MessageTypeDefinition<_twinward_v1_Frozen, _twinward_v1_Frozen__Output>
      GetResultsRequest: MessageTypeDefinition<_twinward_v1_GetResultsRequest, _twinward_v1_GetResultsRequest__Output>
      GetResultsResponse: MessageTypeDefinition<_twinward_v1_GetResultsResponse, _twinward_v1_GetResultsResponse__Output>
      GetTwinRequest: MessageTypeDefinition<_twinward_v1_GetTwinRequest, _twinward_v1_GetTwinRequest__Output>
      GetTwinResponse: MessageTypeDefinition<_twinward_v1_GetTwinResponse, _twinward_v1_GetTwinResponse__Output>
      HistoryEvent: MessageTypeDefinition<_twinward_v1_HistoryEvent, _twinward_v1_HistoryEvent__Output>
      IngestHeader: MessageTypeDefinition<_twinward_v1_IngestHeader, _twinward_v1_IngestHeader__Output>
      IngestRecordsRequest: MessageTypeDefinition<_twinward_v1_IngestRecordsRequest, _twinward_v1_IngestRecordsRequest__Output>
      IngestRecordsResponse: MessageTypeDefinition<_twinward_v1_IngestRecordsResponse, _twinward_v1_IngestRecordsResponse__Output>
      Intervention: MessageTypeDefinition<_twinward_v1_Intervention, _twinward_v1_Intervention__Output>
      InterventionDescription: MessageTypeDefinition<_twinward_v1_InterventionDescription, _twinward_v1_InterventionDescription__Output>
      Leaf: MessageTypeDefinition<_twinward_v1_Leaf, _twinward_v1_Leaf__Output>
      ListEventsRequest: MessageTypeDefinition<_twinward_v1_ListEventsRequest, _twinward_v1_ListEventsRequest__Output>
      ListEventsResponse: MessageTypeDefinition<_twinward_v1_ListEventsResponse, _twinward_v1_ListEventsResponse__Output>
      ListPredictionsRequest: MessageTypeDefinition<_twinward_v1_ListPredictionsRequest, _twinward_v1_ListPredictionsRequest__Output>
      ListPredictionsResponse: MessageTypeDefinition<_twinward_v1_ListPredictionsResponse, _twinward_v1_ListPredictionsResponse__Output>
      ModelDigest: MessageTypeDefinition<_twinward_v1_ModelDigest, _twinward_v1_ModelDigest__Output>
      ModelEndpoint: MessageTypeDefinition<_twinward_v1_ModelEndpoint, _twinward_v1_ModelEndpoint__Output>
      ObservedEvent: MessageTypeDefinition<_twinward_v1_ObservedEvent, _twinward_v1_ObservedEvent__Output>
      OpenSyncRequest: MessageTypeDefinition<_twinward_v1_OpenSyncRequest, _twinward_v1_OpenSyncRequest__Output>
      OpenSyncResponse: MessageTypeDefinition<_twinward_v1_OpenSyncResponse, _twinward_v1_OpenSyncResponse__Output>
      OutcomeContributions: MessageTypeDefinition<_twinward_v1_OutcomeContributions, _twinward_v1_OutcomeContributions__Output>
      OutcomeDescription: MessageTypeDefinition<_twinward_v1_OutcomeDescription, _twinward_v1_OutcomeDescription__Output>
      OutcomeExplanation: MessageTypeDefinition<_twinward_v1_OutcomeExplanation, _twinward_v1_OutcomeExplanation__Output>
      OutcomeSelection: MessageTypeDefinition<_twinward_v1_OutcomeSelection, _twinward_v1_OutcomeSelection__Output>
      Output: EnumTypeDefinition
      PackedPaths: MessageTypeDefinition<_twinward_v1_PackedPaths, _twinward_v1_PackedPaths__Output>
      Person: MessageTypeDefinition<_twinward_v1_Person, _twinward_v1_Person__Output>
      PersonIdentifier: MessageTypeDefinition<_twinward_v1_PersonIdentifier, _twinward_v1_PersonIdentifier__Output>
      Prediction: MessageTypeDefinition<_twinward_v1_Prediction, _twinward_v1_Prediction__Output>
      Priority: EnumTypeDefinition
      Progress: MessageTypeDefinition<_twinward_v1_Progress, _twinward_v1_Progress__Output>
      QueryCohortRequest: MessageTypeDefinition<_twinward_v1_QueryCohortRequest, _twinward_v1_QueryCohortRequest__Output>
      QueryCohortResponse: MessageTypeDefinition<_twinward_v1_QueryCohortResponse, _twinward_v1_QueryCohortResponse__Output>
      RecordEvent: MessageTypeDefinition<_twinward_v1_RecordEvent, _twinward_v1_RecordEvent__Output>
      RecordFit: MessageTypeDefinition<_twinward_v1_RecordFit, _twinward_v1_RecordFit__Output>
      Refused: MessageTypeDefinition<_twinward_v1_Refused, _twinward_v1_Refused__Output>
      RejectedRecord: MessageTypeDefinition<_twinward_v1_RejectedRecord, _twinward_v1_RejectedRecord__Output>
      RetainTwinsRequest: MessageTypeDefinition<_twinward_v1_RetainTwinsRequest, _twinward_v1_RetainTwinsRequest__Output>
      RetainTwinsResponse: MessageTypeDefinition<_twinward_v1_RetainTwinsResponse, _twinward_v1_RetainTwinsResponse__Output>
      RiskContribution: MessageTypeDefinition<_twinward_v1_RiskContribution, _twinward_v1_RiskContribution__Output>
      RiskToExplain: MessageTypeDefinition<_twinward_v1_RiskToExplain, _twinward_v1_RiskToExplain__Output>
      RunState: EnumTypeDefinition
      SampleRange: MessageTypeDefinition<_twinward_v1_SampleRange, _twinward_v1_SampleRange__Output>
      Scenario: MessageTypeDefinition<_twinward_v1_Scenario, _twinward_v1_Scenario__Output>
      ScenarioRisk: MessageTypeDefinition<_twinward_v1_ScenarioRisk, _twinward_v1_ScenarioRisk__Output>
      Sex: EnumTypeDefinition
      SimulateHeader: MessageTypeDefinition<_twinward_v1_SimulateHeader, _twinward_v1_SimulateHeader__Output>
      SimulateRequest: MessageTypeDefinition<_twinward_v1_SimulateRequest, _twinward_v1_SimulateRequest__Output>
      SimulateResponse: MessageTypeDefinition<_twinward_v1_SimulateResponse, _twinward_v1_SimulateResponse__Output>
      SimulationIntervention: MessageTypeDefinition<_twinward_v1_SimulationIntervention, _twinward_v1_SimulationIntervention__Output>
      SimulationResult: MessageTypeDefinition<_twinward_v1_SimulationResult, _twinward_v1_SimulationResult__Output>
      SimulationScenario: MessageTypeDefinition<_twinward_v1_SimulationScenario, _twinward_v1_SimulationScenario__Output>
      SimulationSpec: MessageTypeDefinition<_twinward_v1_SimulationSpec, _twinward_v1_SimulationSpec__Output>
      SourceCounts: MessageTypeDefinition<_twinward_v1_SourceCounts, _twinward_v1_SourceCounts__Output>
      SourceRecord: MessageTypeDefinition<_twinward_v1_SourceRecord, _twinward_v1_SourceRecord__Output>
      SourceSpec: MessageTypeDefinition<_twinward_v1_SourceSpec, _twinward_v1_SourceSpec__Output>
      SourceState: MessageTypeDefinition<_twinward_v1_SourceState, _twinward_v1_SourceState__Output>
      StoredEvent: MessageTypeDefinition<_twinward_v1_StoredEvent, _twinward_v1_StoredEvent__Output>
      SubjectLeaves: MessageTypeDefinition<_twinward_v1_SubjectLeaves, _twinward_v1_SubjectLeaves__Output>
      SurprisingEvent: MessageTypeDefinition<_twinward_v1_SurprisingEvent, _twinward_v1_SurprisingEvent__Output>
      SyncState: EnumTypeDefinition
      Tenant: MessageTypeDefinition<_twinward_v1_Tenant, _twinward_v1_Tenant__Output>
      TokenizeRequest: MessageTypeDefinition<_twinward_v1_TokenizeRequest, _twinward_v1_TokenizeRequest__Output>
      TokenizeResponse: MessageTypeDefinition<_twinward_v1_TokenizeResponse, _twinward_v1_TokenizeResponse__Output>
      TrajectoryGenerator: SubtypeConstructor<typeof grpc.Client, _twinward_v1_TrajectoryGeneratorClient> & { service: _twinward_v1_TrajectoryGeneratorDefinition }
      TwinControl: SubtypeConstructor<typeof grpc.Client, _twinward_v1_TwinControlClient> & { service: _twinward_v1_TwinControlDefinition }
      TwinData: SubtypeConstructor<typeof grpc.Client, _twinward_v1_TwinDataClient> & { service: _twinward_v1_TwinDataDefinition }
      TwinSpec: MessageTypeDefinition<_twinward_v1_TwinSpec, _twinward_v1_TwinSpec__Output>
      TwinState: MessageTypeDefinition<_twinward_v1_TwinState, _twinward_v1_TwinState__Output>
      UnitFailure: MessageTypeDefinition<_twinward_v1_UnitFailure, _twinward_v1_UnitFailure__Output>
      UnitResult: MessageTypeDefinition<_twinward_v1_UnitResult, _twinward_v1_UnitResult__Output>
      UnitSubject: MessageTypeDefinition<_twinward_v1_UnitSubject, _twinward_v1_UnitSubject__Output>
      UpdateState: EnumTypeDefinition
      VerifyAuditRequest: MessageTypeDefinition<_twinward_v1_VerifyAuditRequest, _twinward_v1_VerifyAuditRequest__Output>
      VerifyAuditResponse: MessageTypeDefinition<_twinward_v1_VerifyAuditResponse, _twinward_v1_VerifyAuditResponse__Output>
      Warning: MessageTypeDefinition<_twinward_v1_Warning, _twinward_v1_Warning__Output>
      WatchChangesRequest: MessageTypeDefinition<_twinward_v1_WatchChangesRequest, _twinward_v1_WatchChangesRequest__Output>
      WatchChangesResponse: MessageTypeDefinition<_twinward_v1_WatchChangesResponse, _twinward_v1_WatchChangesResponse__Output>
      WhatIfRequest: MessageTypeDefinition<_twinward_v1_WhatIfRequest, _twinward_v1_WhatIfRequest__Output>
      WhatIfResponse: MessageTypeDefinition<_twinward_v1_WhatIfResponse, _twinward_v1_WhatIfResponse__Output>
    }
  }
}

