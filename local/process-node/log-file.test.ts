import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { logQuery } from './kubelet-server.ts';
import { createGrowthKeeper, type LogQuery, logTail, readLog } from './log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'logs-'));
after(() => rmSync(folder, { recursive: true }));

let count = 0;
const newLog = (): string => {
  count += 1;
  return join(folder, `log-${count}`);
};
const read = async (path: string, query: Partial<LogQuery>, isRunning = () => false): Promise<string> => {
  let text = '';
  const full = { follow: false, timestamps: false, ...query };
  for await (const chunk of readLog(path, full, isRunning, new AbortController().signal))
    text += chunk.toString();
  return text;
};

describe('a log', () => {
  it('knows when its lines came', async () => {
    const path = newLog();
    const growth = createGrowthKeeper();
    appendFileSync(path, 'one\ntwo\n');
    await growth.note(path, 1_000);
    appendFileSync(path, 'three\n');
    await growth.note(path, 2_000);
    assert.equal(
      await read(path, { timestamps: true }),
      '1970-01-01T00:00:01.000000000Z one\n1970-01-01T00:00:01.000000000Z two\n1970-01-01T00:00:02.000000000Z three\n',
    );
    assert.equal(await read(path, { since: 1_500 }), 'three\n');
    assert.equal(await read(path, { tail: 2 }), 'two\nthree\n');
    assert.equal(await read(path, { tail: 0 }), '');
    assert.equal(await read(path, { limitBytes: 5 }), 'one\nt');
  });

  it('is rotated when it is too long, and read across the rotation', async () => {
    const path = newLog();
    const growth = createGrowthKeeper(10);
    appendFileSync(path, 'first line\n');
    await growth.note(path, 1_000);
    assert.equal(statSync(path).size, 0);
    appendFileSync(path, 'second\n');
    await growth.note(path, 2_000);
    assert.ok(existsSync(`${path}.1`));
    assert.equal(await read(path, {}), 'first line\nsecond\n');
    assert.equal(await read(path, { since: 1_500 }), 'second\n');
  });

  it('is followed to its end, in whole lines, over a rotation', async () => {
    const path = newLog();
    const growth = createGrowthKeeper(10);
    appendFileSync(path, 'a\n');
    const steps = [() => appendFileSync(path, 'b'), () => appendFileSync(path, 'b\n')];
    const isRunning = (): boolean => {
      steps.shift()?.();
      return steps.length > 0;
    };
    assert.equal(await read(path, { follow: true }, isRunning), 'a\nbb\n');
    await growth.note(path, 1);
  });

  it('ends with its last bytes', async () => {
    const path = newLog();
    appendFileSync(path, 'one\ntwo\nthree\n');
    assert.equal(await logTail(path, 100, 2), 'two\nthree\n');
    assert.equal(await logTail(path, 6, 80), 'three\n');
  });

  it('that does not exist is empty', async () => assert.equal(await read(newLog(), {}), ''));
});

describe('a request for a log', () => {
  const query = (text: string) => logQuery(new URLSearchParams(text), 10_000);
  it('may ask for times, the tail and the near past', () => {
    assert.deepEqual(query('follow=true&timestamps=true&tailLines=5&sinceSeconds=2&limitBytes=9'), {
      follow: true,
      timestamps: true,
      tail: 5,
      since: 8_000,
      limitBytes: 9,
    });
  });
  it('may name a time', () => assert.equal(query('sinceTime=1970-01-01T00:00:03Z').since, 3_000));
  it('is for everything unless it says more', () =>
    assert.deepEqual(query(''), { follow: false, timestamps: false }));
});
