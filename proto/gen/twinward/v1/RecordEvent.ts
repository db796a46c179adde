// Original file: twinward/v1/twin_data.proto

import type { Action as _twinward_v1_Action, Action__Output as _twinward_v1_Action__Output } from '../../twinward/v1/Action.ts';

export interface RecordEvent {
  'ordinal'?: (number);
  'system'?: (string);
  'code'?: (string);
  'time'?: (string);
  'precision'?: (string);
  'offsetMinutes'?: (number);
  'action'?: (_twinward_v1_Action);
  'number'?: (number | string);
  'concept'?: (string);
  'numberText'?: (string);
  'ucum'?: (string);
  '_offsetMinutes'?: "offsetMinutes";
  'value'?: "number"|"concept";
}

export interface RecordEvent__Output {
  'ordinal': (number);
  'system': (string);
  'code': (string);
  'time': (string);
  'precision': (string);
  'offsetMinutes'?: (number);
  'action': (_twinward_v1_Action__Output);
  'number'?: (number);
  'concept'?: (string);
  'numberText': (string);
  'ucum': (string);
  '_offsetMinutes'?: "offsetMinutes";
  'value'?: "number"|"concept";
}
