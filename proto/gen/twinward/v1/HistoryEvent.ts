// Original file: twinward/v1/twin_data.proto

import type { Action as _twinward_v1_Action, Action__Output as _twinward_v1_Action__Output } from '../../twinward/v1/Action.ts';

export interface HistoryEvent {
  'system'?: (string);
  'code'?: (string);
  'offsetDays'?: (number | string);
  'action'?: (_twinward_v1_Action);
}

export interface HistoryEvent__Output {
  'system': (string);
  'code': (string);
  'offsetDays': (number);
  'action': (_twinward_v1_Action__Output);
}
