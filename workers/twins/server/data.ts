// TwinData: what ingest and simulate pods and people say.
import type { TwinDataHandlers } from '#proto/gen/twinward/v1/TwinData.ts';
import { verifyAudit } from '../audit/sealer.ts';
import type { IntakeParts } from '../intake/batch.ts';
import { requireBounded } from '../people/bounds.ts';
import { enrol } from '../people/enrol.ts';
import { type ErasureParts, eraseSubject } from '../people/erase.ts';
import { getTwin, listEvents, listPredictions } from '../people/read.ts';
import { readResults, twinOfSimulation } from '../people/results.ts';
import { whatIf } from '../people/whatif.ts';
import { queryCohort } from '../simulation/cohort.ts';
import { commitUnit } from '../simulation/commit.ts';
import type { SimulationParts } from '../simulation/freeze.ts';
import { claimUnit, extendUnit } from '../simulation/units.ts';
import type { Session } from '../store/database.ts';
import type { ForecastParts } from '../update/forecast.ts';
import { type Caller, knownTenant, personTenant, workerTenant } from './caller.ts';
import { type CallParts, clientStream, unary } from './calls.ts';
import { closeSync, ingestRecords, openSync } from './sources.ts';

/** What TwinData works with. */
export interface DataParts extends CallParts {
  readonly intake: IntakeParts;
  readonly simulation: SimulationParts;
  readonly forecast: ForecastParts;
  readonly erasure: ErasureParts;
}

/** The handlers of TwinData. */
export function dataHandlers(parts: DataParts): TwinDataHandlers {
  return { ...workerHandlers(parts), ...readHandlers(parts), ...actHandlers(parts) };
}

type WorkerMethod = 'OpenSync' | 'IngestRecords' | 'CloseSync' | 'ClaimUnit' | 'ExtendUnit' | 'CommitUnit';

function workerHandlers(parts: DataParts): Pick<TwinDataHandlers, WorkerMethod> {
  const { gate, intake, simulation } = parts;
  return {
    OpenSync: unary(parts, 'OpenSync', async (request, caller) =>
      openSync(intake, await workerTenant(gate, caller, 'ingest'), request),
    ),
    IngestRecords: clientStream(parts, 'IngestRecords', async (requests, caller) =>
      ingestRecords(intake, await workerTenant(gate, caller, 'ingest'), requests, caller.actor),
    ),
    CloseSync: unary(parts, 'CloseSync', async (request, caller) =>
      closeSync(intake, await workerTenant(gate, caller, 'ingest'), request),
    ),
    ClaimUnit: unary(parts, 'ClaimUnit', async (request, caller) =>
      claimUnit(simulation, await workerTenant(gate, caller, 'simulate'), request),
    ),
    ExtendUnit: unary(parts, 'ExtendUnit', async (request, caller) =>
      extendUnit(simulation, await workerTenant(gate, caller, 'simulate'), request),
    ),
    CommitUnit: unary(parts, 'CommitUnit', async (request, caller) =>
      commitUnit(simulation, await workerTenant(gate, caller, 'simulate'), request),
    ),
  };
}

type ReadMethod = 'GetTwin' | 'ListEvents' | 'ListPredictions' | 'GetResults' | 'QueryCohort';

/** What opens records: `get` on patienttwins/record. */
function readHandlers(parts: DataParts): Pick<TwinDataHandlers, ReadMethod> {
  const { forecast, gate, intake } = parts;
  const reading = async <R>(
    caller: Caller,
    handle: string,
    work: (session: Session) => Promise<R>,
  ): Promise<R> => {
    const tenant = await personTenant(gate, caller, 'get', handle);
    return await intake.service.inTenant(tenant.tenant_id, work);
  };
  return {
    GetTwin: unary(parts, 'GetTwin', (request, caller) =>
      reading(caller, request.handle, (session) => getTwin(session, request.handle, caller.actor)),
    ),
    ListEvents: unary(parts, 'ListEvents', (request, caller) =>
      reading(caller, request.handle, (session) => listEvents(session, request, caller.actor)),
    ),
    ListPredictions: unary(parts, 'ListPredictions', (request, caller) =>
      reading(caller, request.handle, (session) => listPredictions(session, request, caller.actor)),
    ),
    GetResults: unary(parts, 'GetResults', async ({ simulation }, caller) => {
      const tenant = await knownTenant(gate, caller);
      const twin =
        tenant === undefined
          ? ''
          : await intake.service.inTenant(tenant.tenant_id, (session) =>
              twinOfSimulation(session, simulation),
            );
      return await reading(caller, twin, (session) => readResults(session, simulation, twin, caller.actor));
    }),
    QueryCohort: unary(parts, 'QueryCohort', async (request, caller) =>
      queryCohort(forecast, await personTenant(gate, caller, 'get', ''), request.cohort, caller.actor),
    ),
  };
}

type ActMethod = 'Enrol' | 'EraseSubject' | 'WhatIf' | 'VerifyAudit';

function actHandlers(parts: DataParts): Pick<TwinDataHandlers, ActMethod> {
  const { erasure, forecast, gate, intake } = parts;
  return {
    Enrol: unary(parts, 'Enrol', async (request, caller) =>
      enrol(intake, await personTenant(gate, caller, 'enrol', request.handle), request, caller.actor),
    ),
    EraseSubject: unary(parts, 'EraseSubject', async (request, caller) =>
      eraseSubject(erasure, await personTenant(gate, caller, 'erase', request.handle), request, caller.actor),
    ),
    WhatIf: unary(parts, 'WhatIf', async (request, caller) => {
      const tenant = await personTenant(gate, caller, 'whatif', request.handle);
      requireBounded(request);
      return await whatIf(forecast, tenant, request, caller.actor);
    }),
    VerifyAudit: unary(parts, 'VerifyAudit', async (_request, caller) => {
      const tenant = await personTenant(gate, caller, 'audit', '');
      return await verifyAudit(intake.service, intake.keys, tenant.tenant_id);
    }),
  };
}
