import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Cell as _twinward_v1_Cell, Cell__Output as _twinward_v1_Cell__Output } from './twinward/v1/Cell.ts';
import type { CodedEvent as _twinward_v1_CodedEvent, CodedEvent__Output as _twinward_v1_CodedEvent__Output } from './twinward/v1/CodedEvent.ts';
import type { Contribution as _twinward_v1_Contribution, Contribution__Output as _twinward_v1_Contribution__Output } from './twinward/v1/Contribution.ts';
import type { Coverage as _twinward_v1_Coverage, Coverage__Output as _twinward_v1_Coverage__Output } from './twinward/v1/Coverage.ts';
import type { DescribeRequest as _twinward_v1_DescribeRequest, DescribeRequest__Output as _twinward_v1_DescribeRequest__Output } from './twinward/v1/DescribeRequest.ts';
import type { DescribeResponse as _twinward_v1_DescribeResponse, DescribeResponse__Output as _twinward_v1_DescribeResponse__Output } from './twinward/v1/DescribeResponse.ts';
import type { Done as _twinward_v1_Done, Done__Output as _twinward_v1_Done__Output } from './twinward/v1/Done.ts';
import type { ExplainRequest as _twinward_v1_ExplainRequest, ExplainRequest__Output as _twinward_v1_ExplainRequest__Output } from './twinward/v1/ExplainRequest.ts';
import type { ExplainResponse as _twinward_v1_ExplainResponse, ExplainResponse__Output as _twinward_v1_ExplainResponse__Output } from './twinward/v1/ExplainResponse.ts';
import type { Familiarity as _twinward_v1_Familiarity, Familiarity__Output as _twinward_v1_Familiarity__Output } from './twinward/v1/Familiarity.ts';
import type { Intervention as _twinward_v1_Intervention, Intervention__Output as _twinward_v1_Intervention__Output } from './twinward/v1/Intervention.ts';
import type { InterventionDescription as _twinward_v1_InterventionDescription, InterventionDescription__Output as _twinward_v1_InterventionDescription__Output } from './twinward/v1/InterventionDescription.ts';
import type { Leaf as _twinward_v1_Leaf, Leaf__Output as _twinward_v1_Leaf__Output } from './twinward/v1/Leaf.ts';
import type { ObservedEvent as _twinward_v1_ObservedEvent, ObservedEvent__Output as _twinward_v1_ObservedEvent__Output } from './twinward/v1/ObservedEvent.ts';
import type { OutcomeDescription as _twinward_v1_OutcomeDescription, OutcomeDescription__Output as _twinward_v1_OutcomeDescription__Output } from './twinward/v1/OutcomeDescription.ts';
import type { OutcomeExplanation as _twinward_v1_OutcomeExplanation, OutcomeExplanation__Output as _twinward_v1_OutcomeExplanation__Output } from './twinward/v1/OutcomeExplanation.ts';
import type { PackedPaths as _twinward_v1_PackedPaths, PackedPaths__Output as _twinward_v1_PackedPaths__Output } from './twinward/v1/PackedPaths.ts';
import type { Progress as _twinward_v1_Progress, Progress__Output as _twinward_v1_Progress__Output } from './twinward/v1/Progress.ts';
import type { RiskToExplain as _twinward_v1_RiskToExplain, RiskToExplain__Output as _twinward_v1_RiskToExplain__Output } from './twinward/v1/RiskToExplain.ts';
import type { SampleRange as _twinward_v1_SampleRange, SampleRange__Output as _twinward_v1_SampleRange__Output } from './twinward/v1/SampleRange.ts';
import type { Scenario as _twinward_v1_Scenario, Scenario__Output as _twinward_v1_Scenario__Output } from './twinward/v1/Scenario.ts';
import type { SimulateHeader as _twinward_v1_SimulateHeader, SimulateHeader__Output as _twinward_v1_SimulateHeader__Output } from './twinward/v1/SimulateHeader.ts';
import type { SimulateRequest as _twinward_v1_SimulateRequest, SimulateRequest__Output as _twinward_v1_SimulateRequest__Output } from './twinward/v1/SimulateRequest.ts';
import type { SimulateResponse as _twinward_v1_SimulateResponse, SimulateResponse__Output as _twinward_v1_SimulateResponse__Output } from './twinward/v1/SimulateResponse.ts';
import type { TokenizeRequest as _twinward_v1_TokenizeRequest, TokenizeRequest__Output as _twinward_v1_TokenizeRequest__Output } from './twinward/v1/TokenizeRequest.ts';
import type { TokenizeResponse as _twinward_v1_TokenizeResponse, TokenizeResponse__Output as _twinward_v1_TokenizeResponse__Output } from './twinward/v1/TokenizeResponse.ts';
import type { TrajectoryGeneratorClient as _twinward_v1_TrajectoryGeneratorClient, TrajectoryGeneratorDefinition as _twinward_v1_TrajectoryGeneratorDefinition } from './twinward/v1/TrajectoryGenerator.ts';
import type { Warning as _twinward_v1_Warning, Warning__Output as _twinward_v1_Warning__Output } from './twinward/v1/Warning.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  twinward: {
    v1: {
      Action: EnumTypeDefinition
      Cell: MessageTypeDefinition<_twinward_v1_Cell, _twinward_v1_Cell__Output>
      CodedEvent: MessageTypeDefinition<_twinward_v1_CodedEvent, _twinward_v1_CodedEvent__Output>
      Contribution: MessageTypeDefinition<_twinward_v1_Contribution, _twinward_v1_Contribution__Output>
      ContributionPart: EnumTypeDefinition
      Coverage: MessageTypeDefinition<_twinward_v1_Coverage, _twinward_v1_Coverage__Output>
      DescribeRequest: MessageTypeDefinition<_twinward_v1_DescribeRequest, _twinward_v1_DescribeRequest__Output>
      DescribeResponse: MessageTypeDefinition<_twinward_v1_DescribeResponse, _twinward_v1_DescribeResponse__Output>
      Done: MessageTypeDefinition<_twinward_v1_Done, _twinward_v1_Done__Output>
      ExplainRequest: MessageTypeDefinition<_twinward_v1_ExplainRequest, _twinward_v1_ExplainRequest__Output>
      ExplainResponse: MessageTypeDefinition<_twinward_v1_ExplainResponse, _twinward_v1_ExplainResponse__Output>
      Familiarity: MessageTypeDefinition<_twinward_v1_Familiarity, _twinward_v1_Familiarity__Output>
      Intervention: MessageTypeDefinition<_twinward_v1_Intervention, _twinward_v1_Intervention__Output>
      InterventionDescription: MessageTypeDefinition<_twinward_v1_InterventionDescription, _twinward_v1_InterventionDescription__Output>
      Leaf: MessageTypeDefinition<_twinward_v1_Leaf, _twinward_v1_Leaf__Output>
      ObservedEvent: MessageTypeDefinition<_twinward_v1_ObservedEvent, _twinward_v1_ObservedEvent__Output>
      OutcomeDescription: MessageTypeDefinition<_twinward_v1_OutcomeDescription, _twinward_v1_OutcomeDescription__Output>
      OutcomeExplanation: MessageTypeDefinition<_twinward_v1_OutcomeExplanation, _twinward_v1_OutcomeExplanation__Output>
      Output: EnumTypeDefinition
      PackedPaths: MessageTypeDefinition<_twinward_v1_PackedPaths, _twinward_v1_PackedPaths__Output>
      Priority: EnumTypeDefinition
      Progress: MessageTypeDefinition<_twinward_v1_Progress, _twinward_v1_Progress__Output>
      RiskToExplain: MessageTypeDefinition<_twinward_v1_RiskToExplain, _twinward_v1_RiskToExplain__Output>
      SampleRange: MessageTypeDefinition<_twinward_v1_SampleRange, _twinward_v1_SampleRange__Output>
      Scenario: MessageTypeDefinition<_twinward_v1_Scenario, _twinward_v1_Scenario__Output>
      Sex: EnumTypeDefinition
      SimulateHeader: MessageTypeDefinition<_twinward_v1_SimulateHeader, _twinward_v1_SimulateHeader__Output>
      SimulateRequest: MessageTypeDefinition<_twinward_v1_SimulateRequest, _twinward_v1_SimulateRequest__Output>
      SimulateResponse: MessageTypeDefinition<_twinward_v1_SimulateResponse, _twinward_v1_SimulateResponse__Output>
      TokenizeRequest: MessageTypeDefinition<_twinward_v1_TokenizeRequest, _twinward_v1_TokenizeRequest__Output>
      TokenizeResponse: MessageTypeDefinition<_twinward_v1_TokenizeResponse, _twinward_v1_TokenizeResponse__Output>
      TrajectoryGenerator: SubtypeConstructor<typeof grpc.Client, _twinward_v1_TrajectoryGeneratorClient> & { service: _twinward_v1_TrajectoryGeneratorDefinition }
      Warning: MessageTypeDefinition<_twinward_v1_Warning, _twinward_v1_Warning__Output>
    }
  }
}

