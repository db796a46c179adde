// Original file: twinward/v1/twin_control.proto

export const Freshness = {
  FRESHNESS_UNSPECIFIED: 'FRESHNESS_UNSPECIFIED',
  FRESHNESS_NO_DATA: 'FRESHNESS_NO_DATA',
  FRESHNESS_FRESH: 'FRESHNESS_FRESH',
  FRESHNESS_STALE: 'FRESHNESS_STALE',
} as const;

export type Freshness =
  | 'FRESHNESS_UNSPECIFIED'
  | 0
  | 'FRESHNESS_NO_DATA'
  | 1
  | 'FRESHNESS_FRESH'
  | 2
  | 'FRESHNESS_STALE'
  | 3

export type Freshness__Output = typeof Freshness[keyof typeof Freshness]
