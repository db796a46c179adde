// Original file: twinward/v1/trajectory.proto

export const Output = {
  OUTPUT_UNSPECIFIED: 'OUTPUT_UNSPECIFIED',
  OUTPUT_SUMMARY: 'OUTPUT_SUMMARY',
  OUTPUT_PATHS: 'OUTPUT_PATHS',
  OUTPUT_BOTH: 'OUTPUT_BOTH',
} as const;

export type Output =
  | 'OUTPUT_UNSPECIFIED'
  | 0
  | 'OUTPUT_SUMMARY'
  | 1
  | 'OUTPUT_PATHS'
  | 2
  | 'OUTPUT_BOTH'
  | 3

export type Output__Output = typeof Output[keyof typeof Output]
