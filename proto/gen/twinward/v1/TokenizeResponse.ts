// Original file: twinward/v1/trajectory.proto

import type { Coverage as _twinward_v1_Coverage, Coverage__Output as _twinward_v1_Coverage__Output } from '../../twinward/v1/Coverage.ts';

export interface TokenizeResponse {
  'coverage'?: (_twinward_v1_Coverage | null);
  'unmapped'?: (string)[];
  'byKind'?: ({[key: string]: _twinward_v1_Coverage});
}

export interface TokenizeResponse__Output {
  'coverage': (_twinward_v1_Coverage__Output | null);
  'unmapped': (string)[];
  'byKind': ({[key: string]: _twinward_v1_Coverage__Output});
}
