import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { readConfig } from './config.ts';
import { days, parseDuration, seconds, toDays, tryParseDuration, years } from './duration.ts';
import { CodedError } from './errors.ts';
import { createLog } from './log.ts';
import { ManualClock } from './manual-clock.ts';
import { createCounter, createHistogram, createRegistry } from './metrics.ts';
import { mountedPath } from './mounted-path.ts';
import { startProbes } from './probes.ts';
import { createShutdown } from './shutdown.ts';

describe('durations', () => {
  const cases = [
    { name: 'a year is 365.25 days', given: 'P5Y', want: 5 * 365.25 },
    { name: 'a month is a twelfth of a year', given: 'P12M', want: 365.25 },
    { name: 'weeks and days add up', given: 'P1W2D', want: 9 },
    { name: 'M after T is minutes', given: 'PT1440M', want: 1 },
    { name: 'fractions count', given: 'P0.5D', want: 0.5 },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => assert.equal(toDays(parseDuration(given)), want));
  }
  for (const bad of ['', 'P', 'PT', 'P1', '5Y', '-P1D', 'P1DT', 'P1H', 'p1d', 'P1D ']) {
    it(`refuses "${bad}"`, () => assert.equal(tryParseDuration(bad), undefined));
  }
  it('refuses negative lengths', () => assert.throws(() => seconds(-1), { code: 'InvalidDuration' }));
  it('names the field it refuses', () =>
    assert.throws(() => parseDuration('x', 'spec.horizon'), /spec\.horizon/));
  it('a year in days', () => assert.equal(years(2), days(730.5)));
});

describe('the log', () => {
  function lines(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
    const written: string[] = [];
    write(createLog({ name: 'test', destination: { write: (line: string) => void written.push(line) } }));
    return written.map((line): Record<string, unknown> => JSON.parse(line));
  }

  it('writes a constant message and allowed fields as JSON', () => {
    const [line] = lines((log) => log.with({ controller: 'sim' }).info('done', { count: 3 }));
    assert.equal(line?.['message'], 'done');
    assert.equal(line?.['level'], 'info');
    assert.equal(line?.['controller'], 'sim');
    assert.equal(line?.['count'], 3);
  });

  it('drops a field that is not on the list and one that is no plain value', () => {
    const sneaky = JSON.parse('{"patientName": "Smith", "name": {"given": "John"}}');
    const text = JSON.stringify(lines((log) => log.info('done', sneaky)));
    assert.doesNotMatch(text, /Smith|John/);
  });

  it('never quotes the message of an error that is not ours, since it may repeat its input', () => {
    const text = JSON.stringify(
      lines((log) => {
        try {
          JSON.parse('Smith, John');
        } catch (error) {
          log.error('failed', {
            error: new CodedError('BadRecord', 'record 3 is no JSON', { cause: error }),
          });
        }
      }),
    );
    assert.match(text, /record 3 is no JSON/);
    assert.match(text, /SyntaxError/);
    assert.doesNotMatch(text, /Smith/);
  });
});

describe('metrics', () => {
  it('starts every combination of a closed label set at zero', async () => {
    const registry = createRegistry({ process: false });
    createCounter(registry, { name: 'a_total', help: 'a', labels: { result: ['success', 'error'] } });
    createHistogram(registry, { name: 'b_seconds', help: 'b', labels: {}, buckets: [1] });
    const text = await registry.metrics();
    assert.match(text, /a_total\{result="success"\} 0/);
    assert.match(text, /a_total\{result="error"\} 0/);
    assert.match(text, /b_seconds_count 0/);
  });
});

describe('probes', () => {
  it('answers 200 when every check holds and 503 with the reason when one does not', async () => {
    let ready = false;
    const probes = await startProbes({
      registry: createRegistry({ process: false }),
      ready: [{ name: 'caches', run: () => (ready ? { ok: true } : { ok: false, reason: 'NotSynced' }) }],
      host: '127.0.0.1',
      port: 0,
    });
    try {
      const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${probes.port}${path}`);
      const before = await get('/readyz');
      assert.equal(before.status, 503);
      assert.match(await before.text(), /caches NotSynced/);
      ready = true;
      assert.equal((await get('/readyz?verbose')).status, 200);
      assert.equal((await get('/livez')).status, 200);
      assert.equal((await get('/metrics')).status, 200);
      assert.equal((await get('/other')).status, 404);
    } finally {
      await probes.close();
    }
  });
});

describe('shutdown', () => {
  const silent = createLog({ name: 'test', level: 'silent' });

  it('stops what was registered last first, once, and goes on after a step that fails', async () => {
    const source = new EventEmitter();
    const process = { on: (name: string, run: () => void) => source.on(name, run) };
    const shutdown = createShutdown({ log: silent, clock: new ManualClock(), source: process as never });
    const order: string[] = [];
    shutdown.onShutdown('first', () => void order.push('first'));
    shutdown.onShutdown('second', () => {
      order.push('second');
      throw new Error('fails');
    });
    source.emit('SIGTERM');
    source.emit('SIGINT');
    assert.equal(shutdown.signal.aborted, true);
    assert.equal(await shutdown.ended, false);
    assert.deepEqual(order, ['second', 'first']);
  });

  it('ends when the grace period has passed although a step hangs', async () => {
    const clock = new ManualClock();
    const source = { on: () => source };
    const shutdown = createShutdown({ log: silent, clock, grace: seconds(5), source: source as never });
    shutdown.onShutdown('hangs', () => new Promise(() => {}));
    const ended = shutdown.begin('test');
    clock.advance(5_000);
    await ended;
    assert.equal(await shutdown.ended, false);
  });
});

describe('paths and configuration', () => {
  it('finds a mount below the sandbox mount point when there is one', () => {
    assert.equal(mountedPath('/data', { CONTAINER_SANDBOX_MOUNT_POINT: '/c/x' }), '/c/x/data');
    assert.equal(mountedPath('/data', {}), '/data');
  });

  it('names every wrong variable and never its value', () => {
    const schema = z.object({ TWINWARD_A: z.string(), TWINWARD_B: z.coerce.number().default(3) });
    assert.deepEqual(readConfig(schema, { TWINWARD_A: 'a', TWINWARD_B: '' }), {
      TWINWARD_A: 'a',
      TWINWARD_B: 3,
    });
    assert.throws(
      () => readConfig(schema, { TWINWARD_B: 'secret' }),
      (error: Error) => {
        assert.match(error.message, /TWINWARD_A.*TWINWARD_B/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });
});
