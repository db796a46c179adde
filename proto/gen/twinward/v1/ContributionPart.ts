// Original file: twinward/v1/trajectory.proto

export const ContributionPart = {
  CONTRIBUTION_PART_UNSPECIFIED: 'CONTRIBUTION_PART_UNSPECIFIED',
  CONTRIBUTION_PART_HOLDS: 'CONTRIBUTION_PART_HOLDS',
  CONTRIBUTION_PART_INSTANT: 'CONTRIBUTION_PART_INSTANT',
} as const;

export type ContributionPart =
  | 'CONTRIBUTION_PART_UNSPECIFIED'
  | 0
  | 'CONTRIBUTION_PART_HOLDS'
  | 1
  | 'CONTRIBUTION_PART_INSTANT'
  | 2

export type ContributionPart__Output = typeof ContributionPart[keyof typeof ContributionPart]
