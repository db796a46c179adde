// Who belongs to a cohort: criteria on current events, age at a day.
import type { Cohort__Output } from '#proto/gen/twinward/v1/Cohort.ts';
import type { QueryCohortResponse } from '#proto/gen/twinward/v1/QueryCohortResponse.ts';
import { offsetDays } from '../intake/offset.ts';
import { personSystem } from '../intake/record.ts';
import { Refusal } from '../server/failure.ts';
import { writeAudit } from '../store/audit.ts';
import type { Session } from '../store/database.ts';
import { codeKey, eventStatements } from '../store/events.ts';
import { type CandidateRow, simulationStatements } from '../store/simulations.ts';
import type { Tenant } from '../store/tenants.ts';
import type { ForecastParts } from '../update/forecast.ts';
import { indexTime, utcDay } from '../update/history.ts';
import type { TenantKeys } from '../vault/keys.ts';
import { fewestSubjects } from './reduce.ts';

const yearMs = 365.25 * 86_400_000;

/** Active subjects with a twin that meet the criteria at a day, in the order of their random streams. */
export async function selectCohort(
  session: Session,
  tenant: Tenant,
  keys: TenantKeys,
  cohort: Cohort__Output,
  asOf: string,
): Promise<readonly CandidateRow[]> {
  const codes = await session.query<{ code_id: number; system: string; code: string }>(
    eventStatements.codes,
    [
      cohort.criteria.map((criterion) => criterion.system),
      cohort.criteria.map((criterion) => criterion.code),
    ],
  );
  const ids = new Map(codes.map((row) => [codeKey(row.system, row.code), row.code_id]));
  const idsOf = (absent: boolean): readonly (number | undefined)[] =>
    cohort.criteria
      .filter((criterion) => (criterion.presence === 'Absent') === absent)
      .map((criterion) => ids.get(codeKey(criterion.system, criterion.code)));
  const present = idsOf(false);
  if (present.includes(undefined)) return [];
  const absent = idsOf(true).filter((id) => id !== undefined);
  const aged = cohort.minAgeYears !== undefined || cohort.maxAgeYears !== undefined;
  const rows = await session.query<CandidateRow>(simulationStatements.candidates, [
    present,
    absent,
    personSystem,
    aged,
  ]);
  if (!aged) return rows;
  return rows.filter((row) => {
    const index = indexTime(asOf, offsetDays(tenant.purpose, keys.offset, row.pseudonym));
    return fitsAge(row.birth_ms, index, cohort.minAgeYears, cohort.maxAgeYears);
  });
}

/** Whether somebody born then is old enough and not too old at an index; a maximum of 80 includes the whole year. */
export function fitsAge(
  birthMs: number | null,
  indexMs: number,
  least: number | undefined,
  most: number | undefined,
): boolean {
  if (birthMs === null) return false;
  const years = (indexMs - birthMs) / yearMs;
  return years >= (least ?? 0) && (most === undefined || years < most + 1);
}

/** How many subjects meet criteria today: 0, or at least 11. */
export async function queryCohort(
  parts: ForecastParts,
  tenant: Tenant,
  cohort: Cohort__Output | null,
  actor: string,
): Promise<QueryCohortResponse> {
  if (cohort === null) throw new Refusal('BAD_REQUEST', 'cohort is required');
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const members = await selectCohort(session, tenant, keys, cohort, utcDay(parts.now()));
    await writeAudit(session, { kind: 'get', actor, outcome: 'Allowed', n: members.length });
    return { subjects: String(members.length >= fewestSubjects ? members.length : 0) };
  });
}
