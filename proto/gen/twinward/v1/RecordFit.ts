// Original file: twinward/v1/twin_data.proto

import type { SurprisingEvent as _twinward_v1_SurprisingEvent, SurprisingEvent__Output as _twinward_v1_SurprisingEvent__Output } from '../../twinward/v1/SurprisingEvent.ts';
import type { Warning as _twinward_v1_Warning, Warning__Output as _twinward_v1_Warning__Output } from '../../twinward/v1/Warning.ts';

export interface RecordFit {
  'model'?: (string);
  'observed'?: (number);
  'expected'?: (number | string);
  'surprise'?: (number | string);
  'years'?: (number | string);
  'latest'?: (_twinward_v1_SurprisingEvent)[];
  'flags'?: (_twinward_v1_Warning)[];
  'dataAgeDays'?: (number | string);
  '_dataAgeDays'?: "dataAgeDays";
}

export interface RecordFit__Output {
  'model': (string);
  'observed': (number);
  'expected': (number);
  'surprise': (number);
  'years': (number);
  'latest': (_twinward_v1_SurprisingEvent__Output)[];
  'flags': (_twinward_v1_Warning__Output)[];
  'dataAgeDays'?: (number);
  '_dataAgeDays'?: "dataAgeDays";
}
