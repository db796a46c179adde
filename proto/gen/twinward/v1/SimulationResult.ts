// Original file: twinward/v1/twin_control.proto

import type { Long } from '@grpc/proto-loader';

export interface SimulationResult {
  'scenario'?: (string);
  'outcome'?: (string);
  'subjects'?: (number | string | Long);
  'horizon'?: (string);
  'risk'?: (string);
  'low'?: (string);
  'high'?: (string);
  'level'?: (string);
  'difference'?: (string);
  'differenceLow'?: (string);
  'differenceHigh'?: (string);
  'calibration'?: (string);
}

export interface SimulationResult__Output {
  'scenario': (string);
  'outcome': (string);
  'subjects': (string);
  'horizon': (string);
  'risk': (string);
  'low': (string);
  'high': (string);
  'level': (string);
  'difference': (string);
  'differenceLow': (string);
  'differenceHigh': (string);
  'calibration': (string);
}
