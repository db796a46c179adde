// Original file: twinward/v1/trajectory.proto

import type { SimulateHeader as _twinward_v1_SimulateHeader, SimulateHeader__Output as _twinward_v1_SimulateHeader__Output } from '../../twinward/v1/SimulateHeader.ts';
import type { Leaf as _twinward_v1_Leaf, Leaf__Output as _twinward_v1_Leaf__Output } from '../../twinward/v1/Leaf.ts';
import type { Progress as _twinward_v1_Progress, Progress__Output as _twinward_v1_Progress__Output } from '../../twinward/v1/Progress.ts';
import type { Done as _twinward_v1_Done, Done__Output as _twinward_v1_Done__Output } from '../../twinward/v1/Done.ts';

export interface SimulateResponse {
  'header'?: (_twinward_v1_SimulateHeader | null);
  'leaf'?: (_twinward_v1_Leaf | null);
  'progress'?: (_twinward_v1_Progress | null);
  'done'?: (_twinward_v1_Done | null);
  'part'?: "header"|"leaf"|"progress"|"done";
}

export interface SimulateResponse__Output {
  'header'?: (_twinward_v1_SimulateHeader__Output | null);
  'leaf'?: (_twinward_v1_Leaf__Output | null);
  'progress'?: (_twinward_v1_Progress__Output | null);
  'done'?: (_twinward_v1_Done__Output | null);
  'part'?: "header"|"leaf"|"progress"|"done";
}
