import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { RESOURCES } from '#runtime/resource-types.ts';
import { kinds } from '../../operator/resources.ts';
import { describeEntry, stateWritesIn, writesIn } from '../integration/operator/audit.ts';
import { aHandle, aModel, aSource, aTwin, childrenOf, digest } from '../integration/operator/objects.ts';
import { eventually, type Replica, type Stand, startStand } from '../integration/operator/stand.ts';
import { type Fault, type FaultProxy, type ProxiedRequest, startFaultProxy } from './proxy.ts';

const NS = 'storm';
const LETTERS = 'abcdef';

const status = (code: number, reason: string): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', reason, code });
const json = { 'content-type': 'application/json' };
const EXPIRED = `${JSON.stringify({ type: 'ERROR', object: JSON.parse(status(410, 'Expired')) })}\n`;

const REQUEST_FAULTS: readonly Fault[] = [
  { kind: 'Refuse' },
  { kind: 'LoseAnswer' },
  {
    kind: 'Answer',
    status: 429,
    headers: { ...json, 'retry-after': '1' },
    body: status(429, 'TooManyRequests'),
  },
  { kind: 'Answer', status: 500, headers: json, body: status(500, 'InternalError') },
  { kind: 'Answer', status: 503, body: 'no JSON' },
  { kind: 'Reset', afterBytes: 40 },
  { kind: 'Cut', afterBytes: 60 },
];
const WATCH_FAULTS: readonly Fault[] = [
  { kind: 'Reset', afterBytes: 3_000 },
  { kind: 'Cut', afterBytes: 2_500 },
  { kind: 'Inject', afterBytes: 2_000, text: EXPIRED },
  { kind: 'Answer', status: 410, headers: json, body: status(410, 'Expired') },
  {
    kind: 'Answer',
    status: 429,
    headers: { ...json, 'retry-after': '1' },
    body: status(429, 'TooManyRequests'),
  },
];

/** Every third request fails in turn by each fault, so that a run meets all of them. Leases fail seldom. */
function stormRule(met: Set<string>): (request: ProxiedRequest) => Fault | undefined {
  let next = 0;
  return ({ isWatch, path, index }) => {
    if (index % (path.includes('/leases/') ? 11 : 3) !== 0) return undefined;
    const faults = isWatch ? WATCH_FAULTS : REQUEST_FAULTS;
    next += 1;
    const fault = faults[next % faults.length];
    if (fault !== undefined) met.add(`${isWatch} ${next % faults.length}`);
    return fault;
  };
}

describe('the operator behind a network that fails', { timeout: 240_000 }, () => {
  let stand: Stand;
  let proxy: FaultProxy;
  let operator: Replica;
  const handles = Array.from({ length: 20 }, aHandle);

  before(async () => {
    stand = await startStand();
    await stand.createNamespace(NS);
    proxy = await startFaultProxy(stand.plane.server, stand.plane.certificateAuthority);
    operator = await stand.startOperator({ through: proxy.url });
    await eventually('it leads', () => operator.leads()).catch((cause: unknown) => {
      throw new Error(operator.log().slice(-3_000), { cause });
    });
  });
  after(async () => {
    await operator?.stop('SIGKILL');
    await proxy?.close();
    await stand?.stop();
  });

  async function change(letter: string): Promise<void> {
    const cron = { cron: '0 3 * * *', timeZone: 'Etc/UTC' };
    for (let i = 0; i < 4; i += 1) {
      await stand.apply(kinds.twinModels, aModel(NS, `model-${i}`, digest(letter)));
      const scheduled = (i + letter.charCodeAt(0)) % 2 === 0;
      await stand.apply(kinds.dataSources, aSource(NS, `source-${i}`, scheduled ? { schedule: cron } : {}));
    }
    for (const handle of handles)
      await stand.apply(kinds.patientTwins, aTwin(NS, handle, { suspend: letter === 'b' }));
  }

  async function isRight(letter: string): Promise<boolean> {
    for (let i = 0; i < 4; i += 1) {
      const [model, source] = await Promise.all([
        stand.get(kinds.twinModels, NS, `model-${i}`),
        stand.get(kinds.dataSources, NS, `source-${i}`),
      ]);
      if (model === undefined || source === undefined) return false;
      const scheduled = (i + letter.charCodeAt(0)) % 2 === 0;
      const [deployments, services, crons, readers] = await Promise.all([
        childrenOf(stand, RESOURCES.deployments, model),
        childrenOf(stand, RESOURCES.services, model),
        childrenOf(stand, RESOURCES.cronJobs, source),
        childrenOf(stand, RESOURCES.deployments, source),
      ]);
      const serving = `model-${i}-${letter.repeat(8)}`;
      const reader = `source-${i}-ingest`;
      const seen = [deployments, services, crons, readers].map((names) => names.join());
      const wanted = [serving, serving, scheduled ? reader : '', scheduled ? '' : reader];
      if (seen.join(' ') !== wanted.join(' ')) return false;
    }
    const all = [
      ...(await stand.list(kinds.patientTwins, NS)),
      ...(await stand.list(kinds.twinModels, NS)),
      ...(await stand.list(kinds.dataSources, NS)),
    ];
    return all.every(({ metadata, status: state }) => state?.observedGeneration === metadata.generation);
  }

  it('brings everything in line through resets, lost answers, 410, 429, 5xx and truncation', async () => {
    const met = new Set<string>();
    proxy.setRule(stormRule(met));
    for (const letter of LETTERS) {
      await change(letter);
      proxy.resetAll();
      await delay(1_000);
    }
    proxy.setRule(undefined);
    await eventually('all is as the last change says', () => isRight('f'), 60_000);
    assert.ok(met.size >= REQUEST_FAULTS.length + 2, `faults met: ${[...met].join(', ')}`);
    assert.ok(!operator.ended(), operator.log().slice(-3_000));
  });

  it('goes on when answers fall silent: requests are given up and tried again', async () => {
    let left = 6;
    proxy.setRule(({ isWatch, method, path }) => {
      if (isWatch || method !== 'PATCH' || path.includes('/leases/') || left === 0) return undefined;
      left -= 1;
      return { kind: 'Stall', afterBytes: 0 };
    });
    await change('a');
    await eventually('all is as the last change says', () => isRight('a'), 90_000);
    assert.equal(left, 0);
    proxy.setRule(undefined);
  });

  it('goes on when the API server is killed in the middle of changes', async () => {
    await change('b');
    await stand.plane.kill('kube-apiserver', 'SIGKILL');
    await delay(2_000);
    await stand.plane.restart();
    await change('c');
    await eventually('all is as the last change says', () => isRight('c'), 90_000);
    assert.ok(!operator.ended(), operator.log().slice(-3_000));
  });

  it('then writes nothing more, and never wrote what is invalid', async () => {
    await eventually(
      'five seconds pass without a write',
      async () => {
        const seen = stateWritesIn(stand.audit()).length;
        await delay(5_000);
        return stateWritesIn(stand.audit()).length === seen;
      },
      60_000,
    );
    // Not 403: an API server that has just started refuses what it has not read the roles of yet.
    const refused = writesIn(stand.audit()).filter(({ responseStatus }) =>
      [400, 401, 422].includes(responseStatus?.code ?? 0),
    );
    assert.deepEqual(refused.map(describeEntry), []);
    assert.equal(await operator.stop('SIGTERM'), 0, operator.log().slice(-3_000));
  });
});
