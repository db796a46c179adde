// Original file: twinward/v1/trajectory.proto

import type { CodedEvent as _twinward_v1_CodedEvent, CodedEvent__Output as _twinward_v1_CodedEvent__Output } from '../../twinward/v1/CodedEvent.ts';

export interface TokenizeRequest {
  'model'?: (string);
  'history'?: (_twinward_v1_CodedEvent)[];
  'listUnmapped'?: (boolean);
}

export interface TokenizeRequest__Output {
  'model': (string);
  'history': (_twinward_v1_CodedEvent__Output)[];
  'listUnmapped': (boolean);
}
