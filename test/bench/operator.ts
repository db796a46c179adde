// PatientTwins to Ready per second through the operator, against a raw writer of the same status writes on the same API
// server in the same run. Figures only; nothing passes or fails by time.
import { cpus } from 'node:os';
import { objectPath } from '#runtime/object-key.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import { kinds } from '../../operator/resources.ts';
import { stateWritesIn } from '../integration/operator/audit.ts';
import { aHandle, aModel, aTwin, conditionOf, digest } from '../integration/operator/objects.ts';
import { eventually, type Stand, startStand, type Thing } from '../integration/operator/stand.ts';
import { startTwinService } from '../integration/operator/twin-service.ts';

const TWINS = 1_000;
/** Writes that the raw writer has under way; as many as the operator has workers for twins. */
const CONCURRENCY = 40;
const PATIENCE_MS = 300_000;
const wards = { first: 'ward', raw: 'raw' } as const;

/** Prints twins per second of the operator and of the raw writer, and their ratio. */
export async function benchOperator(): Promise<void> {
  const stand = await startStand();
  const operator = await stand.startOperator();
  const twins = await startTwinService(stand);
  try {
    await twins.start();
    await Promise.all(Object.values(wards).map((name) => stand.createNamespace(name)));
    await stand.apply(kinds.twinModels, aModel(wards.first, 'trajectory', digest('a')));
    console.log(`PatientTwins to Ready, ${TWINS} twins, ${cpus().length} cores shared by all processes`);
    const writes = stateWritesIn(stand.audit()).length;
    const calls = await twins.calls('EnsureTwins');
    const byOperator = await throughOperator(stand);
    const made = stateWritesIn(stand.audit()).length - writes;
    const asked = (await twins.calls('EnsureTwins')) - calls;
    await operator.stop('SIGTERM');
    const byWriter = await byRawWriter(stand);
    print('operator, twins created to all Ready', byOperator);
    print('raw writer, twins created and one status each', byWriter);
    console.log(
      `  operator at ${(byWriter / byOperator).toFixed(2)} of the raw writer; ${made} writes and ${asked} calls of the twin service`,
    );
  } finally {
    await twins.close();
    await stand.stop();
  }
}

function print(what: string, seconds: number): void {
  console.log(`  ${what}: ${(TWINS / seconds).toFixed(0)} twins/s (${seconds.toFixed(1)} s)`);
}

/** Seconds from the first creation until every twin is Ready. */
async function throughOperator(stand: Stand): Promise<number> {
  const started = performance.now();
  await each(handles(), async (name) => {
    await stand.apply(kinds.patientTwins, aTwin(wards.first, name));
  });
  await eventually(
    'every twin is ready',
    async () => {
      const all = await stand.list(kinds.patientTwins, wards.first);
      return all.length === TWINS && all.every((twin) => conditionOf(twin, 'Ready') === 'True/Registered');
    },
    PATIENCE_MS,
  );
  return (performance.now() - started) / 1_000;
}

/** Seconds for the same creations, each followed by one apply of a status as the operator wrote it. */
async function byRawWriter(stand: Stand): Promise<number> {
  const [model] = await stand.list(kinds.patientTwins, wards.first);
  const started = performance.now();
  await each(handles(), async (name) => {
    const made = await stand.apply(kinds.patientTwins, aTwin(wards.raw, name));
    await applyStatus(stand, made, model?.status ?? {});
  });
  return (performance.now() - started) / 1_000;
}

async function applyStatus(stand: Stand, twin: KubernetesObject, status: object): Promise<void> {
  const { name, namespace = '', resourceVersion } = twin.metadata;
  await stand.client.request<Thing>({
    method: 'PATCH',
    path: objectPath(kinds.patientTwins, { namespace, name }, 'status'),
    query: { fieldManager: 'raw-writer', force: true },
    contentType: 'apply',
    body: {
      apiVersion: twin.apiVersion,
      kind: twin.kind,
      metadata: { name, namespace, resourceVersion },
      status,
    },
  });
}

const handles = (): string[] => Array.from({ length: TWINS }, aHandle);

async function each(names: string[], run: (name: string) => Promise<void>): Promise<void> {
  const work = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await run(name);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}
