// GetResults: what a Simulation found. Of one twin it is a reading of that twin's record: allowed by its handle, audited.
import type { GetResultsResponse } from '#proto/gen/twinward/v1/GetResultsResponse.ts';
import { getResults } from '../simulation/finalize.ts';
import { writeAudit } from '../store/audit.ts';
import type { Session } from '../store/database.ts';
import { type SimulationRow, simulationStatements } from '../store/simulations.ts';
import { readSubjects } from '../store/subjects.ts';
import { requireSubject } from './subject.ts';

/** The handle of the twin that a Simulation is about; empty when it is about a cohort, or when there is none. */
export async function twinOfSimulation(session: Session, name: string): Promise<string> {
  const [run] = await session.query<SimulationRow>(simulationStatements.byName, [name]);
  if (run?.single !== true) return '';
  const members = await session.query<{ subject_id: number }>(simulationStatements.members, [
    run.sim_id,
    0,
    1,
  ]);
  const subjects = await readSubjects(
    session,
    members.map((member) => member.subject_id),
  );
  return subjects[0]?.handle ?? '';
}

/** The results of a Simulation about `handle`, empty for a cohort. Refuses RESULT_UNKNOWN, SUBJECT_RESTRICTED. */
export async function readResults(
  session: Session,
  simulation: string,
  handle: string,
  actor: string,
): Promise<GetResultsResponse> {
  const subjects = handle === '' ? [] : [(await requireSubject(session, handle)).subject_id];
  const answer = await getResults(session, simulation);
  await writeAudit(session, { kind: 'get', actor, outcome: 'Allowed', handle, subjects });
  return answer;
}
