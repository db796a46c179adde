// Original file: twinward/v1/trajectory.proto

import type { Sex as _twinward_v1_Sex, Sex__Output as _twinward_v1_Sex__Output } from '../../twinward/v1/Sex.ts';
import type { CodedEvent as _twinward_v1_CodedEvent, CodedEvent__Output as _twinward_v1_CodedEvent__Output } from '../../twinward/v1/CodedEvent.ts';
import type { RiskToExplain as _twinward_v1_RiskToExplain, RiskToExplain__Output as _twinward_v1_RiskToExplain__Output } from '../../twinward/v1/RiskToExplain.ts';

export interface ExplainRequest {
  'model'?: (string);
  'bundleDigest'?: (string);
  'ageAtIndexDays'?: (number | string);
  'sex'?: (_twinward_v1_Sex);
  'observedFromDays'?: (number | string);
  'history'?: (_twinward_v1_CodedEvent)[];
  'risks'?: (_twinward_v1_RiskToExplain)[];
  'most'?: (number);
}

export interface ExplainRequest__Output {
  'model': (string);
  'bundleDigest': (string);
  'ageAtIndexDays': (number);
  'sex': (_twinward_v1_Sex__Output);
  'observedFromDays': (number);
  'history': (_twinward_v1_CodedEvent__Output)[];
  'risks': (_twinward_v1_RiskToExplain__Output)[];
  'most': (number);
}
