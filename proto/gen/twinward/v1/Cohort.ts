// Original file: twinward/v1/twin_control.proto

import type { CohortCriterion as _twinward_v1_CohortCriterion, CohortCriterion__Output as _twinward_v1_CohortCriterion__Output } from '../../twinward/v1/CohortCriterion.ts';

export interface Cohort {
  'minAgeYears'?: (number | string);
  'maxAgeYears'?: (number | string);
  'criteria'?: (_twinward_v1_CohortCriterion)[];
  'maxSubjects'?: (number);
  '_minAgeYears'?: "minAgeYears";
  '_maxAgeYears'?: "maxAgeYears";
}

export interface Cohort__Output {
  'minAgeYears'?: (number);
  'maxAgeYears'?: (number);
  'criteria': (_twinward_v1_CohortCriterion__Output)[];
  'maxSubjects': (number);
  '_minAgeYears'?: "minAgeYears";
  '_maxAgeYears'?: "maxAgeYears";
}
