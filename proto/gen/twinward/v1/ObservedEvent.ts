// Original file: twinward/v1/trajectory.proto


export interface ObservedEvent {
  'history'?: (number);
  'pit'?: (number | string);
}

export interface ObservedEvent__Output {
  'history': (number);
  'pit': (number);
}
