// Original file: twinward/v1/trajectory.proto

export const Action = {
  ACTION_UNSPECIFIED: 'ACTION_UNSPECIFIED',
  ACTION_OCCUR: 'ACTION_OCCUR',
  ACTION_RESOLVE: 'ACTION_RESOLVE',
  ACTION_START: 'ACTION_START',
  ACTION_STOP: 'ACTION_STOP',
  ACTION_MEASURE: 'ACTION_MEASURE',
  ACTION_SET: 'ACTION_SET',
} as const;

export type Action =
  | 'ACTION_UNSPECIFIED'
  | 0
  | 'ACTION_OCCUR'
  | 1
  | 'ACTION_RESOLVE'
  | 2
  | 'ACTION_START'
  | 3
  | 'ACTION_STOP'
  | 4
  | 'ACTION_MEASURE'
  | 5
  | 'ACTION_SET'
  | 6

export type Action__Output = typeof Action[keyof typeof Action]
