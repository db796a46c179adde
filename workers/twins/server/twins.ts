// TwinControl: twins and the models they are forecast with.
import { isHandle } from '#crds/patient-twin/handle.ts';
import type { ModelEndpoint__Output } from '#proto/gen/twinward/v1/ModelEndpoint.ts';
import type { RetainTwinsResponse } from '#proto/gen/twinward/v1/RetainTwinsResponse.ts';
import type { TwinSpec__Output } from '#proto/gen/twinward/v1/TwinSpec.ts';
import type { TwinState } from '#proto/gen/twinward/v1/TwinState.ts';
import { writeAudit } from '../store/audit.ts';
import { changeKind, noteChanges } from '../store/changes.ts';
import type { Database, Session } from '../store/database.ts';
import { dueNow, duePriority, dueStatements } from '../store/due.ts';
import { lockNames } from '../store/locks.ts';
import { ensureModel, modelStatements } from '../store/models.ts';
import { predictionStatements } from '../store/predictions.ts';
import { conflictingHandles } from '../store/quarantine.ts';
import type { Tenant } from '../store/tenants.ts';
import { ensureTwins, readTwins, releaseTwins, type TwinEntry } from '../store/twins.ts';
import { Refusal } from './failure.ts';
import { twinState } from './twin-state.ts';

const mostTwins = 1_000;

/** Registers where models are served; twins that waited for one become due. */
export async function registerModels(
  service: Database,
  tenant: Tenant,
  models: readonly ModelEndpoint__Output[],
): Promise<void> {
  await service.inTenant(tenant.tenant_id, async (session) => {
    let changed = false;
    for (const { name, uid, sha256, target, ready, deleted } of models) {
      if (deleted) await session.query(modelStatements.forget, [name, uid]);
      else
        changed = (await ensureModel(session, { name, object_uid: uid, sha256, target, ready })) || changed;
    }
    if (!changed) return;
    await session.query(modelStatements.wake);
    await session.query(dueStatements.sweep, [duePriority.sweep, null, 10_000]);
  });
}

/** Registers twins; new and changed ones with data become due. */
export async function registerTwins(
  service: Database,
  tenant: Tenant,
  twins: readonly TwinSpec__Output[],
): Promise<readonly TwinState[]> {
  if (twins.length > mostTwins)
    throw new Refusal('BAD_SPEC', `a request holds at most ${mostTwins} twins: send several`);
  // A handle that is named twice counts once: the last one.
  const entries = [...new Map(twins.map((twin) => [twin.handle, entryOf(twin)])).values()];
  const handles = entries.map((entry) => entry.handle);
  return await service.inTenant(tenant.tenant_id, async (session) => {
    await lockNames(session, handles);
    const before = new Map((await readTwins(session, handles)).map((row) => [row.handle, row]));
    const changed = await ensureTwins(session, entries);
    const asked = new Map(entries.map((entry) => [entry.handle, entry]));
    const due = changed.filter(({ handle }) => {
      const entry = asked.get(handle);
      const refreshed = entry !== undefined && entry.refresh !== (before.get(handle)?.handled_refresh ?? '');
      return entry?.spec.updateMode === 'OnData' || refreshed;
    });
    await dueNow(
      session,
      due.map((row) => row.twin_id),
      duePriority.data,
    );
    return await statesOf(session, handles);
  });
}

function entryOf(twin: TwinSpec__Output): TwinEntry {
  if (!isHandle(twin.handle))
    throw new Refusal('BAD_SPEC', 'twins[].handle is no handle: check its last character');
  return {
    handle: twin.handle,
    uid: twin.uid,
    specHash: twin.specHash,
    suspended: twin.suspend,
    refresh: twin.refresh,
    spec: {
      sources: twin.sources,
      models: twin.models,
      outcomes: twin.outcomes.map(({ name, horizon }) => ({ name, horizon })),
      updateMode: twin.updateMode === '' ? 'OnData' : twin.updateMode,
      debounceSeconds: twin.debounceSeconds,
      cron: twin.cron,
      timeZone: twin.timeZone,
      deletionPolicy: twin.deletionPolicy,
    },
  };
}

/** States of twins by handle; unknown ones are left out. */
export async function twinStates(
  service: Database,
  tenant: Tenant,
  handles: readonly string[],
): Promise<readonly TwinState[]> {
  return await service.inTenant(tenant.tenant_id, (session) => statesOf(session, handles));
}

async function statesOf(session: Session, handles: readonly string[]): Promise<readonly TwinState[]> {
  const conflicts = await conflictingHandles(session, handles);
  const rows = await readTwins(session, handles);
  return rows.filter((row) => !row.template).map((row) => twinState(row, conflicts.has(row.handle)));
}

/** Releases twins whose objects are gone; deletionPolicy Delete removes their predictions, never records. */
export async function retainTwins(
  service: Database,
  tenant: Tenant,
  livingUids: readonly string[],
  actor: string,
): Promise<RetainTwinsResponse> {
  return await service.inTenant(tenant.tenant_id, async (session) => {
    const released = await releaseTwins(session, livingUids);
    if (released.length === 0) return { released: '0', predictionsDeleted: '0' };
    await session.query(dueStatements.drop, [released.map((row) => row.twin_id)]);
    const forgotten = released.filter((row) => row.deletion_policy === 'Delete').map((row) => row.twin_id);
    const deleted = await session.query(predictionStatements.removeOfTwins, [forgotten]);
    await noteChanges(
      session,
      changeKind.twin,
      released.map((row) => row.handle),
    );
    await writeAudit(session, { kind: 'release', actor, outcome: 'Released', n: released.length });
    return { released: String(released.length), predictionsDeleted: String(deleted.length) };
  });
}
