// Original file: twinward/v1/trajectory.proto

import type { Contribution as _twinward_v1_Contribution, Contribution__Output as _twinward_v1_Contribution__Output } from '../../twinward/v1/Contribution.ts';

export interface OutcomeExplanation {
  'outcome'?: (string);
  'contributions'?: (_twinward_v1_Contribution)[];
  'atRisk'?: (boolean);
}

export interface OutcomeExplanation__Output {
  'outcome': (string);
  'contributions': (_twinward_v1_Contribution__Output)[];
  'atRisk': (boolean);
}
