// TwinControl: what the operator says.

import type { Tenant__Output } from '#proto/gen/twinward/v1/Tenant.ts';
import type { TwinControlHandlers } from '#proto/gen/twinward/v1/TwinControl.ts';
import type { Clock } from '#runtime/clock.ts';
import type { IntakeParts } from '../intake/batch.ts';
import { finalizeSimulation } from '../simulation/finalize.ts';
import { freezeSimulation, type SimulationParts } from '../simulation/freeze.ts';
import type { Tenant } from '../store/tenants.ts';
import { type Caller, requireOperator } from './caller.ts';
import { type CallParts, serverStream, unary } from './calls.ts';
import { registerSources, sourceStates } from './sources.ts';
import { namedTenant } from './tenant.ts';
import { registerModels, registerTwins, retainTwins, twinStates } from './twins.ts';
import { watchChanges } from './watch.ts';

/** What TwinControl works with. */
export interface ControlParts extends CallParts {
  readonly intake: IntakeParts;
  readonly simulation: SimulationParts;
  readonly clock: Clock;
  /** Ends watches when the process stops. */
  readonly stopping: AbortSignal;
}

/** The handlers of TwinControl: for the operator's account only. */
export function controlHandlers(parts: ControlParts): TwinControlHandlers {
  const { clock, intake, simulation } = parts;
  const { service } = intake;
  const tenantOf = async (caller: Caller, named: Tenant__Output | null): Promise<Tenant> => {
    await requireOperator(parts.gate, caller);
    return await namedTenant(service, parts.gate.clusterId, named);
  };
  return {
    EnsureModels: unary(parts, 'EnsureModels', async (request, caller) => {
      await registerModels(service, await tenantOf(caller, request.tenant), request.models);
      return {};
    }),
    EnsureSources: unary(parts, 'EnsureSources', async (request, caller) => {
      return {
        states: [...(await registerSources(intake, await tenantOf(caller, request.tenant), request.sources))],
      };
    }),
    EnsureTwins: unary(parts, 'EnsureTwins', async (request, caller) => {
      return {
        states: [...(await registerTwins(service, await tenantOf(caller, request.tenant), request.twins))],
      };
    }),
    RetainTwins: unary(parts, 'RetainTwins', async (request, caller) => {
      return await retainTwins(
        service,
        await tenantOf(caller, request.tenant),
        request.livingUids,
        caller.actor,
      );
    }),
    BatchGetTwins: unary(parts, 'BatchGetTwins', async (request, caller) => {
      return {
        states: [...(await twinStates(service, await tenantOf(caller, request.tenant), request.handles))],
      };
    }),
    BatchGetSources: unary(parts, 'BatchGetSources', async (request, caller) => {
      return {
        states: [...(await sourceStates(intake, await tenantOf(caller, request.tenant), request.names))],
      };
    }),
    WatchChanges: serverStream(parts, 'WatchChanges', async (request, caller, write, signal) => {
      await requireOperator(parts.gate, caller);
      await watchChanges(service, clock, request.cursor, write, AbortSignal.any([signal, parts.stopping]));
    }),
    FreezeSimulation: unary(parts, 'FreezeSimulation', async (request, caller) => {
      return await freezeSimulation(simulation, await tenantOf(caller, request.tenant), request);
    }),
    FinalizeSimulation: unary(parts, 'FinalizeSimulation', async (request, caller) => {
      return await finalizeSimulation(simulation, await tenantOf(caller, request.tenant), request.runKey);
    }),
  };
}
