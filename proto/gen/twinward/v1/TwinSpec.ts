// Original file: twinward/v1/twin_control.proto

import type { OutcomeSelection as _twinward_v1_OutcomeSelection, OutcomeSelection__Output as _twinward_v1_OutcomeSelection__Output } from '../../twinward/v1/OutcomeSelection.ts';

export interface TwinSpec {
  'handle'?: (string);
  'uid'?: (string);
  'specHash'?: (string);
  'sources'?: (string)[];
  'models'?: (string)[];
  'outcomes'?: (_twinward_v1_OutcomeSelection)[];
  'updateMode'?: (string);
  'debounceSeconds'?: (number);
  'cron'?: (string);
  'timeZone'?: (string);
  'refresh'?: (string);
  'deletionPolicy'?: (string);
  'suspend'?: (boolean);
}

export interface TwinSpec__Output {
  'handle': (string);
  'uid': (string);
  'specHash': (string);
  'sources': (string)[];
  'models': (string)[];
  'outcomes': (_twinward_v1_OutcomeSelection__Output)[];
  'updateMode': (string);
  'debounceSeconds': (number);
  'cron': (string);
  'timeZone': (string);
  'refresh': (string);
  'deletionPolicy': (string);
  'suspend': (boolean);
}
