// Original file: twinward/v1/twin_data.proto

import type { Prediction as _twinward_v1_Prediction, Prediction__Output as _twinward_v1_Prediction__Output } from '../../twinward/v1/Prediction.ts';

export interface ListPredictionsResponse {
  'predictions'?: (_twinward_v1_Prediction)[];
  'nextPageToken'?: (string);
}

export interface ListPredictionsResponse__Output {
  'predictions': (_twinward_v1_Prediction__Output)[];
  'nextPageToken': (string);
}
