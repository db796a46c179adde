// Original file: twinward/v1/twin_control.proto

export const BindingState = {
  BINDING_STATE_UNSPECIFIED: 'BINDING_STATE_UNSPECIFIED',
  BINDING_STATE_AWAITING_SUBJECT: 'BINDING_STATE_AWAITING_SUBJECT',
  BINDING_STATE_BOUND: 'BINDING_STATE_BOUND',
  BINDING_STATE_CONFLICT: 'BINDING_STATE_CONFLICT',
} as const;

export type BindingState =
  | 'BINDING_STATE_UNSPECIFIED'
  | 0
  | 'BINDING_STATE_AWAITING_SUBJECT'
  | 1
  | 'BINDING_STATE_BOUND'
  | 2
  | 'BINDING_STATE_CONFLICT'
  | 3

export type BindingState__Output = typeof BindingState[keyof typeof BindingState]
