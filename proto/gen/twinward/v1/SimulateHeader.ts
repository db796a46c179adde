// Original file: twinward/v1/trajectory.proto

import type { Coverage as _twinward_v1_Coverage, Coverage__Output as _twinward_v1_Coverage__Output } from '../../twinward/v1/Coverage.ts';
import type { Warning as _twinward_v1_Warning, Warning__Output as _twinward_v1_Warning__Output } from '../../twinward/v1/Warning.ts';

export interface SimulateHeader {
  'bundleDigest'?: (string);
  'engine'?: (string);
  'requestDigest'?: (Buffer | Uint8Array | string);
  'coverage'?: (_twinward_v1_Coverage | null);
  'warnings'?: (_twinward_v1_Warning)[];
  'outcomes'?: (string)[];
}

export interface SimulateHeader__Output {
  'bundleDigest': (string);
  'engine': (string);
  'requestDigest': (Buffer);
  'coverage': (_twinward_v1_Coverage__Output | null);
  'warnings': (_twinward_v1_Warning__Output)[];
  'outcomes': (string)[];
}
