// Original file: twinward/v1/twin_data.proto

import type { TwinState as _twinward_v1_TwinState, TwinState__Output as _twinward_v1_TwinState__Output } from '../../twinward/v1/TwinState.ts';
import type { Prediction as _twinward_v1_Prediction, Prediction__Output as _twinward_v1_Prediction__Output } from '../../twinward/v1/Prediction.ts';
import type { RecordFit as _twinward_v1_RecordFit, RecordFit__Output as _twinward_v1_RecordFit__Output } from '../../twinward/v1/RecordFit.ts';
import type { Long } from '@grpc/proto-loader';

export interface GetTwinResponse {
  'handle'?: (string);
  'revision'?: (number | string | Long);
  'events'?: (number | string | Long);
  'records'?: (number | string | Long);
  'pseudonym'?: (string);
  'state'?: (_twinward_v1_TwinState | null);
  'predictions'?: (_twinward_v1_Prediction)[];
  'sources'?: (string)[];
  'fits'?: (_twinward_v1_RecordFit)[];
}

export interface GetTwinResponse__Output {
  'handle': (string);
  'revision': (string);
  'events': (string);
  'records': (string);
  'pseudonym': (string);
  'state': (_twinward_v1_TwinState__Output | null);
  'predictions': (_twinward_v1_Prediction__Output)[];
  'sources': (string)[];
  'fits': (_twinward_v1_RecordFit__Output)[];
}
