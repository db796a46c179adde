// Original file: twinward/v1/trajectory.proto

import type { SampleRange as _twinward_v1_SampleRange, SampleRange__Output as _twinward_v1_SampleRange__Output } from '../../twinward/v1/SampleRange.ts';
import type { Cell as _twinward_v1_Cell, Cell__Output as _twinward_v1_Cell__Output } from '../../twinward/v1/Cell.ts';
import type { PackedPaths as _twinward_v1_PackedPaths, PackedPaths__Output as _twinward_v1_PackedPaths__Output } from '../../twinward/v1/PackedPaths.ts';

export interface Leaf {
  'range'?: (_twinward_v1_SampleRange | null);
  'member'?: (number);
  'cells'?: (_twinward_v1_Cell)[];
  'paths'?: (_twinward_v1_PackedPaths | null);
}

export interface Leaf__Output {
  'range': (_twinward_v1_SampleRange__Output | null);
  'member': (number);
  'cells': (_twinward_v1_Cell__Output)[];
  'paths': (_twinward_v1_PackedPaths__Output | null);
}
