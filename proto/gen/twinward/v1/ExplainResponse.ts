// Original file: twinward/v1/trajectory.proto

import type { Coverage as _twinward_v1_Coverage, Coverage__Output as _twinward_v1_Coverage__Output } from '../../twinward/v1/Coverage.ts';
import type { OutcomeExplanation as _twinward_v1_OutcomeExplanation, OutcomeExplanation__Output as _twinward_v1_OutcomeExplanation__Output } from '../../twinward/v1/OutcomeExplanation.ts';
import type { Familiarity as _twinward_v1_Familiarity, Familiarity__Output as _twinward_v1_Familiarity__Output } from '../../twinward/v1/Familiarity.ts';

export interface ExplainResponse {
  'bundleDigest'?: (string);
  'engine'?: (string);
  'coverage'?: (_twinward_v1_Coverage | null);
  'outcomes'?: (_twinward_v1_OutcomeExplanation)[];
  'familiarity'?: (_twinward_v1_Familiarity | null);
}

export interface ExplainResponse__Output {
  'bundleDigest': (string);
  'engine': (string);
  'coverage': (_twinward_v1_Coverage__Output | null);
  'outcomes': (_twinward_v1_OutcomeExplanation__Output)[];
  'familiarity': (_twinward_v1_Familiarity__Output | null);
}
