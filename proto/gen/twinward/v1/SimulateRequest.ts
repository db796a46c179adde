// Original file: twinward/v1/trajectory.proto

import type { Sex as _twinward_v1_Sex, Sex__Output as _twinward_v1_Sex__Output } from '../../twinward/v1/Sex.ts';
import type { CodedEvent as _twinward_v1_CodedEvent, CodedEvent__Output as _twinward_v1_CodedEvent__Output } from '../../twinward/v1/CodedEvent.ts';
import type { Scenario as _twinward_v1_Scenario, Scenario__Output as _twinward_v1_Scenario__Output } from '../../twinward/v1/Scenario.ts';
import type { SampleRange as _twinward_v1_SampleRange, SampleRange__Output as _twinward_v1_SampleRange__Output } from '../../twinward/v1/SampleRange.ts';
import type { Output as _twinward_v1_Output, Output__Output as _twinward_v1_Output__Output } from '../../twinward/v1/Output.ts';
import type { Priority as _twinward_v1_Priority, Priority__Output as _twinward_v1_Priority__Output } from '../../twinward/v1/Priority.ts';
import type { Long } from '@grpc/proto-loader';

export interface SimulateRequest {
  'model'?: (string);
  'bundleDigest'?: (string);
  'subjectKey'?: (Buffer | Uint8Array | string);
  'ageAtIndexDays'?: (number | string);
  'sex'?: (_twinward_v1_Sex);
  'observedFromDays'?: (number | string);
  'history'?: (_twinward_v1_CodedEvent)[];
  'scenarios'?: (_twinward_v1_Scenario)[];
  'horizonsDays'?: (number | string)[];
  'outcomes'?: (string)[];
  'seed'?: (number | string | Long);
  'ranges'?: (_twinward_v1_SampleRange)[];
  'output'?: (_twinward_v1_Output);
  'priority'?: (_twinward_v1_Priority);
}

export interface SimulateRequest__Output {
  'model': (string);
  'bundleDigest': (string);
  'subjectKey': (Buffer);
  'ageAtIndexDays': (number);
  'sex': (_twinward_v1_Sex__Output);
  'observedFromDays': (number);
  'history': (_twinward_v1_CodedEvent__Output)[];
  'scenarios': (_twinward_v1_Scenario__Output)[];
  'horizonsDays': (number)[];
  'outcomes': (string)[];
  'seed': (string);
  'ranges': (_twinward_v1_SampleRange__Output)[];
  'output': (_twinward_v1_Output__Output);
  'priority': (_twinward_v1_Priority__Output);
}
