// Original file: twinward/v1/trajectory.proto

export const Sex = {
  SEX_UNSPECIFIED: 'SEX_UNSPECIFIED',
  SEX_FEMALE: 'SEX_FEMALE',
  SEX_MALE: 'SEX_MALE',
} as const;

export type Sex =
  | 'SEX_UNSPECIFIED'
  | 0
  | 'SEX_FEMALE'
  | 1
  | 'SEX_MALE'
  | 2

export type Sex__Output = typeof Sex[keyof typeof Sex]
