// Original file: twinward/v1/twin_control.proto

import type { OutcomeSelection as _twinward_v1_OutcomeSelection, OutcomeSelection__Output as _twinward_v1_OutcomeSelection__Output } from '../../twinward/v1/OutcomeSelection.ts';

export interface SourceSpec {
  'name'?: (string);
  'uid'?: (string);
  'specHash'?: (string);
  'enrolment'?: (string);
  'templateModels'?: (string)[];
  'templateOutcomes'?: (_twinward_v1_OutcomeSelection)[];
  'quarantineMaxPercent'?: (number | string);
  'rawRetentionDays'?: (number | string);
}

export interface SourceSpec__Output {
  'name': (string);
  'uid': (string);
  'specHash': (string);
  'enrolment': (string);
  'templateModels': (string)[];
  'templateOutcomes': (_twinward_v1_OutcomeSelection__Output)[];
  'quarantineMaxPercent': (number);
  'rawRetentionDays': (number);
}
