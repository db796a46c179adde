// Original file: twinward/v1/trajectory.proto

import type { OutcomeDescription as _twinward_v1_OutcomeDescription, OutcomeDescription__Output as _twinward_v1_OutcomeDescription__Output } from '../../twinward/v1/OutcomeDescription.ts';
import type { InterventionDescription as _twinward_v1_InterventionDescription, InterventionDescription__Output as _twinward_v1_InterventionDescription__Output } from '../../twinward/v1/InterventionDescription.ts';

export interface DescribeResponse {
  'model'?: (string);
  'version'?: (string);
  'bundleDigest'?: (string);
  'task'?: (string);
  'engine'?: (string);
  'replayable'?: (boolean);
  'outcomes'?: (_twinward_v1_OutcomeDescription)[];
  'maxHorizonDays'?: (number | string);
  'minAgeYears'?: (number | string);
  'maxAgeYears'?: (number | string);
  'minCoverage'?: (number | string);
  'intendedUse'?: (string);
  'statement'?: (string);
  'members'?: (number);
  'kappa'?: (number | string);
  'interventions'?: (_twinward_v1_InterventionDescription)[];
}

export interface DescribeResponse__Output {
  'model': (string);
  'version': (string);
  'bundleDigest': (string);
  'task': (string);
  'engine': (string);
  'replayable': (boolean);
  'outcomes': (_twinward_v1_OutcomeDescription__Output)[];
  'maxHorizonDays': (number);
  'minAgeYears': (number);
  'maxAgeYears': (number);
  'minCoverage': (number);
  'intendedUse': (string);
  'statement': (string);
  'members': (number);
  'kappa': (number);
  'interventions': (_twinward_v1_InterventionDescription__Output)[];
}
