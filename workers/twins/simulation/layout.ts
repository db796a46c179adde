// Pure: how a run is cut into units. It depends on the pinned inputs only, never on how many workers there are.

/** Subjects [ordinalFrom, ordinalTo) × samples [sampleFrom, sampleTo), all scenarios together. */
export interface Unit {
  readonly ordinalFrom: number;
  readonly ordinalTo: number;
  readonly sampleFrom: number;
  readonly sampleTo: number;
}

const leafSamples = 64;
const wantedUnits = 32;
const mostSubjects = 64;
const mostLeaves = 1_024;

/** Cuts a run. A unit holds at most 64 subjects and 1,024 leaves, and there are about 32 units where that is possible. */
export function layoutUnits(subjects: number, trajectories: number): readonly Unit[] {
  const leaves = trajectories / leafSamples;
  const byWork = Math.min(mostSubjects, Math.max(1, Math.floor(mostLeaves / leaves)));
  const perUnit = Math.min(byWork, Math.max(1, Math.ceil(subjects / wantedUnits)));
  const groups = Math.ceil(subjects / perUnit);
  const spread = groups >= wantedUnits / 2 ? 1 : Math.ceil(wantedUnits / groups);
  const splits = Math.min(leaves, Math.max(spread, Math.ceil((perUnit * leaves) / mostLeaves)));
  const length = Math.ceil(leaves / splits) * leafSamples;
  const units: Unit[] = [];
  for (let ordinalFrom = 0; ordinalFrom < subjects; ordinalFrom += perUnit) {
    for (let sampleFrom = 0; sampleFrom < trajectories; sampleFrom += length) {
      units.push({
        ordinalFrom,
        ordinalTo: Math.min(subjects, ordinalFrom + perUnit),
        sampleFrom,
        sampleTo: Math.min(trajectories, sampleFrom + length),
      });
    }
  }
  return units;
}
