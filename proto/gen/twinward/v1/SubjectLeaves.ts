// Original file: twinward/v1/twin_data.proto

import type { Leaf as _twinward_v1_Leaf, Leaf__Output as _twinward_v1_Leaf__Output } from '../../twinward/v1/Leaf.ts';
import type { Long } from '@grpc/proto-loader';

export interface SubjectLeaves {
  'ordinal'?: (number | string | Long);
  'requestDigest'?: (Buffer | Uint8Array | string);
  'leaves'?: (_twinward_v1_Leaf)[];
  'excluded'?: (string);
  'outcomes'?: (string)[];
}

export interface SubjectLeaves__Output {
  'ordinal': (string);
  'requestDigest': (Buffer);
  'leaves': (_twinward_v1_Leaf__Output)[];
  'excluded': (string);
  'outcomes': (string)[];
}
