// Original file: twinward/v1/trajectory.proto

import type { Action as _twinward_v1_Action, Action__Output as _twinward_v1_Action__Output } from '../../twinward/v1/Action.ts';

export interface CodedEvent {
  'system'?: (string);
  'code'?: (string);
  'offsetDays'?: (number | string);
  'action'?: (_twinward_v1_Action);
  'number'?: (number | string);
  'concept'?: (string);
  'ucum'?: (string);
  'value'?: "number"|"concept";
}

export interface CodedEvent__Output {
  'system': (string);
  'code': (string);
  'offsetDays': (number);
  'action': (_twinward_v1_Action__Output);
  'number'?: (number);
  'concept'?: (string);
  'ucum': (string);
  'value'?: "number"|"concept";
}
