// Original file: twinward/v1/trajectory.proto

import type { SampleRange as _twinward_v1_SampleRange, SampleRange__Output as _twinward_v1_SampleRange__Output } from '../../twinward/v1/SampleRange.ts';
import type { Long } from '@grpc/proto-loader';

export interface Done {
  'unfinished'?: (_twinward_v1_SampleRange)[];
  'steps'?: (number | string | Long);
  'events'?: (number | string | Long);
}

export interface Done__Output {
  'unfinished': (_twinward_v1_SampleRange__Output)[];
  'steps': (string);
  'events': (string);
}
