// Original file: twinward/v1/twin_data.proto

import type { RecordEvent as _twinward_v1_RecordEvent, RecordEvent__Output as _twinward_v1_RecordEvent__Output } from '../../twinward/v1/RecordEvent.ts';
import type { Person as _twinward_v1_Person, Person__Output as _twinward_v1_Person__Output } from '../../twinward/v1/Person.ts';
import type { Long } from '@grpc/proto-loader';

export interface SourceRecord {
  'type'?: (string);
  'id'?: (string);
  'patientId'?: (string);
  'version'?: (string);
  'sourceOrder'?: (number | string | Long);
  'contentHash'?: (Buffer | Uint8Array | string);
  'raw'?: (Buffer | Uint8Array | string);
  'deleted'?: (boolean);
  'events'?: (_twinward_v1_RecordEvent)[];
  'person'?: (_twinward_v1_Person | null);
  'position'?: (string);
}

export interface SourceRecord__Output {
  'type': (string);
  'id': (string);
  'patientId': (string);
  'version': (string);
  'sourceOrder': (string);
  'contentHash': (Buffer);
  'raw': (Buffer);
  'deleted': (boolean);
  'events': (_twinward_v1_RecordEvent__Output)[];
  'person': (_twinward_v1_Person__Output | null);
  'position': (string);
}
