// Original file: twinward/v1/twin_data.proto

import type { Warning as _twinward_v1_Warning, Warning__Output as _twinward_v1_Warning__Output } from '../../twinward/v1/Warning.ts';
import type { RiskContribution as _twinward_v1_RiskContribution, RiskContribution__Output as _twinward_v1_RiskContribution__Output } from '../../twinward/v1/RiskContribution.ts';
import type { Long } from '@grpc/proto-loader';

export interface Prediction {
  'model'?: (string);
  'modelSha256'?: (string);
  'outcome'?: (string);
  'horizonDays'?: (number | string);
  'risk'?: (number | string);
  'low'?: (number | string);
  'high'?: (number | string);
  'level'?: (number | string);
  'monteCarloError'?: (number | string);
  'calibrated'?: (boolean);
  'engine'?: (string);
  'seed'?: (number);
  'revision'?: (number | string | Long);
  'asOf'?: (string);
  'createdAt'?: (string);
  'current'?: (boolean);
  'warnings'?: (_twinward_v1_Warning)[];
  'contributions'?: (_twinward_v1_RiskContribution)[];
}

export interface Prediction__Output {
  'model': (string);
  'modelSha256': (string);
  'outcome': (string);
  'horizonDays': (number);
  'risk': (number);
  'low': (number);
  'high': (number);
  'level': (number);
  'monteCarloError': (number);
  'calibrated': (boolean);
  'engine': (string);
  'seed': (number);
  'revision': (string);
  'asOf': (string);
  'createdAt': (string);
  'current': (boolean);
  'warnings': (_twinward_v1_Warning__Output)[];
  'contributions': (_twinward_v1_RiskContribution__Output)[];
}
