// What is rolled in every round: several subjects under three arms, as a simulate worker asks for them.
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';

const SUBJECTS = 8;
const SAMPLES = 512;
const METFORMIN = { system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '6809' } as const;
const ARMS = [
  { name: 'usual' },
  { name: 'early', interventions: [{ ...METFORMIN, action: 'ACTION_START' as const, atDays: 0 }] },
  { name: 'late', interventions: [{ ...METFORMIN, action: 'ACTION_START' as const, atDays: 700 }] },
];

/** The requests of a round. */
export function workload(
  aRequest: (change: Partial<SimulateRequest>) => SimulateRequest,
): readonly SimulateRequest[] {
  return Array.from({ length: SUBJECTS }, (_, subject) =>
    aRequest({
      scenarios: ARMS,
      subjectKey: Buffer.from(`bench-${subject}`),
      ranges: [{ from: 0, to: SAMPLES }],
    }),
  );
}
