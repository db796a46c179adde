// Original file: twinward/v1/trajectory.proto

export const Priority = {
  PRIORITY_UNSPECIFIED: 'PRIORITY_UNSPECIFIED',
  PRIORITY_INTERACTIVE: 'PRIORITY_INTERACTIVE',
  PRIORITY_UPDATE: 'PRIORITY_UPDATE',
  PRIORITY_BATCH: 'PRIORITY_BATCH',
} as const;

export type Priority =
  | 'PRIORITY_UNSPECIFIED'
  | 0
  | 'PRIORITY_INTERACTIVE'
  | 1
  | 'PRIORITY_UPDATE'
  | 2
  | 'PRIORITY_BATCH'
  | 3

export type Priority__Output = typeof Priority[keyof typeof Priority]
