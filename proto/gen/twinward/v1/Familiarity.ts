// Original file: twinward/v1/trajectory.proto

import type { ObservedEvent as _twinward_v1_ObservedEvent, ObservedEvent__Output as _twinward_v1_ObservedEvent__Output } from '../../twinward/v1/ObservedEvent.ts';
import type { Warning as _twinward_v1_Warning, Warning__Output as _twinward_v1_Warning__Output } from '../../twinward/v1/Warning.ts';

export interface Familiarity {
  'observed'?: (number);
  'expected'?: (number | string);
  'surprise'?: (number | string);
  'years'?: (number | string);
  'latest'?: (_twinward_v1_ObservedEvent)[];
  'flags'?: (_twinward_v1_Warning)[];
}

export interface Familiarity__Output {
  'observed': (number);
  'expected': (number);
  'surprise': (number);
  'years': (number);
  'latest': (_twinward_v1_ObservedEvent__Output)[];
  'flags': (_twinward_v1_Warning__Output)[];
}
