import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { twinsMetrics } from '../../../workers/twins/server/metrics.ts';
import { backlogOf, runBacklog } from '../../../workers/twins/update/backlog.ts';
import { type Generator, startGenerator } from './generator.ts';
import {
  aCondition,
  aHandle,
  aPatient,
  aTwin,
  deadline,
  openSource,
  type Stand,
  send,
  startStand,
  tenant,
  until,
} from './stand.ts';

describe('the backlog of forecasts', { timeout: 120_000 }, () => {
  let stand: Stand;
  let generator: Generator;
  before(async () => {
    stand = await startStand();
    generator = await startGenerator();
  });
  after(async () => {
    generator?.close();
    await stand?.stop();
  });

  const serve = (target: string) => {
    const { digest: sha256 } = generator;
    const model = { name: 'trajectory', uid: 'm', sha256, target, ready: true, deleted: false };
    return stand.control.call('EnsureModels', { tenant: tenant('slow'), models: [model] }, deadline);
  };

  it('grows while the engine is away, counts from when a forecast was first wanted, and ends when it is back', async () => {
    assert.deepEqual(await backlogOf(stand.service), { due: 0, oldestSeconds: 0 });
    await serve('127.0.0.1:1');
    const handle = aHandle();
    await stand.control.call('EnsureTwins', { tenant: tenant('slow'), twins: [aTwin(handle)] }, deadline);
    const { ingest, lease } = await openSource(stand, 'slow', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle }), aCondition('c1', 'p1')]);
    await until(async () => (await backlogOf(stand.service)).oldestSeconds > 2);
    assert.equal((await backlogOf(stand.service)).due, 1);
    await serve(generator.target);
    await until(async () => (await backlogOf(stand.service)).due === 0);
    assert.equal((await backlogOf(stand.service)).oldestSeconds, 0);
  });

  it('is shown as metrics, and a count that fails as a failure of its loop', async () => {
    const registry = createRegistry({ process: false });
    const metrics = twinsMetrics(registry);
    const stopped = new AbortController();
    const options = {
      clock: systemClock(),
      log: createLog({ name: 'test', level: 'silent' }),
      onFailure: () => metrics.failed('backlog'),
      show: metrics.backlog,
    };
    const broken = { ...stand.service, inSystem: () => Promise.reject(new Error('away')) };
    const running = [
      runBacklog(stand.service, options, stopped.signal),
      runBacklog(broken, options, stopped.signal),
    ];
    await until(async () => /loop_failures_total\{loop="backlog"\} 1/.test(await registry.metrics()));
    stopped.abort();
    await Promise.all(running);
    assert.match(await registry.metrics(), /^twinward_twins_due 0$/m);
  });
});
