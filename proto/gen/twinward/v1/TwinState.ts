// Original file: twinward/v1/twin_control.proto

import type { BindingState as _twinward_v1_BindingState, BindingState__Output as _twinward_v1_BindingState__Output } from '../../twinward/v1/BindingState.ts';
import type { Freshness as _twinward_v1_Freshness, Freshness__Output as _twinward_v1_Freshness__Output } from '../../twinward/v1/Freshness.ts';
import type { UpdateState as _twinward_v1_UpdateState, UpdateState__Output as _twinward_v1_UpdateState__Output } from '../../twinward/v1/UpdateState.ts';
import type { ModelDigest as _twinward_v1_ModelDigest, ModelDigest__Output as _twinward_v1_ModelDigest__Output } from '../../twinward/v1/ModelDigest.ts';
import type { Long } from '@grpc/proto-loader';

export interface TwinState {
  'handle'?: (string);
  'uid'?: (string);
  'specHash'?: (string);
  'binding'?: (_twinward_v1_BindingState);
  'revision'?: (number | string | Long);
  'freshness'?: (_twinward_v1_Freshness);
  'update'?: (_twinward_v1_UpdateState);
  'reasonCode'?: (string);
  'message'?: (string);
  'models'?: (_twinward_v1_ModelDigest)[];
  'lastHandledRefresh'?: (string);
}

export interface TwinState__Output {
  'handle': (string);
  'uid': (string);
  'specHash': (string);
  'binding': (_twinward_v1_BindingState__Output);
  'revision': (string);
  'freshness': (_twinward_v1_Freshness__Output);
  'update': (_twinward_v1_UpdateState__Output);
  'reasonCode': (string);
  'message': (string);
  'models': (_twinward_v1_ModelDigest__Output)[];
  'lastHandledRefresh': (string);
}
