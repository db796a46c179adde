// Original file: twinward/v1/trajectory.proto

import type { Action as _twinward_v1_Action, Action__Output as _twinward_v1_Action__Output } from '../../twinward/v1/Action.ts';

export interface Intervention {
  'system'?: (string);
  'code'?: (string);
  'action'?: (_twinward_v1_Action);
  'atDays'?: (number | string);
  'number'?: (number | string);
  'concept'?: (string);
  'ucum'?: (string);
  'hold'?: (boolean);
  'hazardRatio'?: (number | string);
  'onOutcome'?: (string);
  'value'?: "number"|"concept";
  '_hazardRatio'?: "hazardRatio";
}

export interface Intervention__Output {
  'system': (string);
  'code': (string);
  'action': (_twinward_v1_Action__Output);
  'atDays': (number);
  'number'?: (number);
  'concept'?: (string);
  'ucum': (string);
  'hold': (boolean);
  'hazardRatio'?: (number);
  'onOutcome': (string);
  'value'?: "number"|"concept";
  '_hazardRatio'?: "hazardRatio";
}
