// Original file: twinward/v1/trajectory.proto

import type { Action as _twinward_v1_Action, Action__Output as _twinward_v1_Action__Output } from '../../twinward/v1/Action.ts';

export interface InterventionDescription {
  'system'?: (string);
  'code'?: (string);
  'title'?: (string);
  'actions'?: (_twinward_v1_Action)[];
  'effect'?: (string);
}

export interface InterventionDescription__Output {
  'system': (string);
  'code': (string);
  'title': (string);
  'actions': (_twinward_v1_Action__Output)[];
  'effect': (string);
}
