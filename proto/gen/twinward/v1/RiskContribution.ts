// Original file: twinward/v1/twin_data.proto

import type { ContributionPart as _twinward_v1_ContributionPart, ContributionPart__Output as _twinward_v1_ContributionPart__Output } from '../../twinward/v1/ContributionPart.ts';
import type { HistoryEvent as _twinward_v1_HistoryEvent, HistoryEvent__Output as _twinward_v1_HistoryEvent__Output } from '../../twinward/v1/HistoryEvent.ts';

export interface RiskContribution {
  'part'?: (_twinward_v1_ContributionPart);
  'title'?: (string);
  'events'?: (_twinward_v1_HistoryEvent)[];
  'logOdds'?: (number | string);
}

export interface RiskContribution__Output {
  'part': (_twinward_v1_ContributionPart__Output);
  'title': (string);
  'events': (_twinward_v1_HistoryEvent__Output)[];
  'logOdds': (number);
}
