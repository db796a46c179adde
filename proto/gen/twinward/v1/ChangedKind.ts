// Original file: twinward/v1/twin_control.proto

export const ChangedKind = {
  CHANGED_KIND_UNSPECIFIED: 'CHANGED_KIND_UNSPECIFIED',
  CHANGED_KIND_TWIN: 'CHANGED_KIND_TWIN',
  CHANGED_KIND_SOURCE: 'CHANGED_KIND_SOURCE',
  CHANGED_KIND_SIMULATION: 'CHANGED_KIND_SIMULATION',
} as const;

export type ChangedKind =
  | 'CHANGED_KIND_UNSPECIFIED'
  | 0
  | 'CHANGED_KIND_TWIN'
  | 1
  | 'CHANGED_KIND_SOURCE'
  | 2
  | 'CHANGED_KIND_SIMULATION'
  | 3

export type ChangedKind__Output = typeof ChangedKind[keyof typeof ChangedKind]
