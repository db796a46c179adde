// Original file: twinward/v1/twin_data.proto

import type { HistoryEvent as _twinward_v1_HistoryEvent, HistoryEvent__Output as _twinward_v1_HistoryEvent__Output } from '../../twinward/v1/HistoryEvent.ts';

export interface SurprisingEvent {
  'event'?: (_twinward_v1_HistoryEvent | null);
  'pit'?: (number | string);
}

export interface SurprisingEvent__Output {
  'event': (_twinward_v1_HistoryEvent__Output | null);
  'pit': (number);
}
