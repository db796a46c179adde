// Original file: twinward/v1/trajectory.proto

import type { ContributionPart as _twinward_v1_ContributionPart, ContributionPart__Output as _twinward_v1_ContributionPart__Output } from '../../twinward/v1/ContributionPart.ts';

export interface Contribution {
  'part'?: (_twinward_v1_ContributionPart);
  'title'?: (string);
  'history'?: (number)[];
  'logOdds'?: (number | string);
}

export interface Contribution__Output {
  'part': (_twinward_v1_ContributionPart__Output);
  'title': (string);
  'history': (number)[];
  'logOdds': (number);
}
