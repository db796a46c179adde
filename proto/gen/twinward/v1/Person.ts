// Original file: twinward/v1/twin_data.proto

import type { PersonIdentifier as _twinward_v1_PersonIdentifier, PersonIdentifier__Output as _twinward_v1_PersonIdentifier__Output } from '../../twinward/v1/PersonIdentifier.ts';
import type { Sex as _twinward_v1_Sex, Sex__Output as _twinward_v1_Sex__Output } from '../../twinward/v1/Sex.ts';

export interface Person {
  'identifiers'?: (_twinward_v1_PersonIdentifier)[];
  'handle'?: (string);
  'sex'?: (_twinward_v1_Sex);
  'birthDate'?: (string);
  'deceased'?: (string);
  'document'?: (Buffer | Uint8Array | string);
}

export interface Person__Output {
  'identifiers': (_twinward_v1_PersonIdentifier__Output)[];
  'handle': (string);
  'sex': (_twinward_v1_Sex__Output);
  'birthDate': (string);
  'deceased': (string);
  'document': (Buffer);
}
