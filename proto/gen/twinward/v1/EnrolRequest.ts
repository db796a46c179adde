// Original file: twinward/v1/twin_data.proto

import type { PersonIdentifier as _twinward_v1_PersonIdentifier, PersonIdentifier__Output as _twinward_v1_PersonIdentifier__Output } from '../../twinward/v1/PersonIdentifier.ts';

export interface EnrolRequest {
  'handle'?: (string);
  'identifier'?: (_twinward_v1_PersonIdentifier | null);
}

export interface EnrolRequest__Output {
  'handle': (string);
  'identifier': (_twinward_v1_PersonIdentifier__Output | null);
}
