// Original file: twinward/v1/twin_data.proto

import type { SubjectLeaves as _twinward_v1_SubjectLeaves, SubjectLeaves__Output as _twinward_v1_SubjectLeaves__Output } from '../../twinward/v1/SubjectLeaves.ts';

export interface UnitResult {
  'subjects'?: (_twinward_v1_SubjectLeaves)[];
  'engine'?: (string);
}

export interface UnitResult__Output {
  'subjects': (_twinward_v1_SubjectLeaves__Output)[];
  'engine': (string);
}
