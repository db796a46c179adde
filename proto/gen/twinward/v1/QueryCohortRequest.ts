// Original file: twinward/v1/twin_data.proto

import type { Cohort as _twinward_v1_Cohort, Cohort__Output as _twinward_v1_Cohort__Output } from '../../twinward/v1/Cohort.ts';

export interface QueryCohortRequest {
  'cohort'?: (_twinward_v1_Cohort | null);
}

export interface QueryCohortRequest__Output {
  'cohort': (_twinward_v1_Cohort__Output | null);
}
