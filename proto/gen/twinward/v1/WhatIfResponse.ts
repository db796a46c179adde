// Original file: twinward/v1/twin_data.proto

import type { ScenarioRisk as _twinward_v1_ScenarioRisk, ScenarioRisk__Output as _twinward_v1_ScenarioRisk__Output } from '../../twinward/v1/ScenarioRisk.ts';
import type { Coverage as _twinward_v1_Coverage, Coverage__Output as _twinward_v1_Coverage__Output } from '../../twinward/v1/Coverage.ts';
import type { Warning as _twinward_v1_Warning, Warning__Output as _twinward_v1_Warning__Output } from '../../twinward/v1/Warning.ts';
import type { OutcomeContributions as _twinward_v1_OutcomeContributions, OutcomeContributions__Output as _twinward_v1_OutcomeContributions__Output } from '../../twinward/v1/OutcomeContributions.ts';
import type { RecordFit as _twinward_v1_RecordFit, RecordFit__Output as _twinward_v1_RecordFit__Output } from '../../twinward/v1/RecordFit.ts';
import type { Long } from '@grpc/proto-loader';

export interface WhatIfResponse {
  'risks'?: (_twinward_v1_ScenarioRisk)[];
  'revision'?: (number | string | Long);
  'asOf'?: (string);
  'modelSha256'?: (string);
  'engine'?: (string);
  'coverage'?: (_twinward_v1_Coverage | null);
  'warnings'?: (_twinward_v1_Warning)[];
  'contributions'?: (_twinward_v1_OutcomeContributions)[];
  'fit'?: (_twinward_v1_RecordFit | null);
}

export interface WhatIfResponse__Output {
  'risks': (_twinward_v1_ScenarioRisk__Output)[];
  'revision': (string);
  'asOf': (string);
  'modelSha256': (string);
  'engine': (string);
  'coverage': (_twinward_v1_Coverage__Output | null);
  'warnings': (_twinward_v1_Warning__Output)[];
  'contributions': (_twinward_v1_OutcomeContributions__Output)[];
  'fit': (_twinward_v1_RecordFit__Output | null);
}
