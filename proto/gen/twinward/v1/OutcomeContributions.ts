// Original file: twinward/v1/twin_data.proto

import type { RiskContribution as _twinward_v1_RiskContribution, RiskContribution__Output as _twinward_v1_RiskContribution__Output } from '../../twinward/v1/RiskContribution.ts';

export interface OutcomeContributions {
  'outcome'?: (string);
  'contributions'?: (_twinward_v1_RiskContribution)[];
}

export interface OutcomeContributions__Output {
  'outcome': (string);
  'contributions': (_twinward_v1_RiskContribution__Output)[];
}
