import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../processes/identity.ts';
import { aPod, aRecord } from './a-pod.ts';
import {
  type AttemptFolder,
  attemptFolder,
  contextOf,
  findSupervisor,
  killAll,
  launch,
  livenessOf,
  mainProcess,
  terminate,
} from './container-process.ts';
import { loadRecords, saveRecord } from './pod-files.ts';
import { NEW_CONTAINER, starting } from './record.ts';
import { podFolder } from './setting.ts';

const folder = mkdtempSync(join(tmpdir(), 'containers-'));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

let count = 0;
const newPlace = (): AttemptFolder => {
  count += 1;
  return attemptFolder(folder, `c${count}`, 0);
};
const PATH = '/usr/bin:/bin';
const run = async (place: AttemptFolder, script: string): Promise<ProcessIdentity> => {
  const command = { argv: ['/bin/sh', '-c', script], workingDirectory: folder, environment: {} };
  return launch(command, { PATH, WORD: 'open' }, place, () => undefined);
};
const until = async <Value>(read: () => Value | undefined): Promise<Value> => {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const value = read();
    if (value !== undefined) return value;
    await delay(25);
  }
  throw new Error('not within 5 s');
};
const exitCode = (place: AttemptFolder, supervisor: ProcessIdentity): Promise<number> =>
  until(() => {
    const found = livenessOf(place, supervisor);
    return found.state === 'exited' ? found.exitCode : undefined;
  });

describe('a container process', () => {
  it('leaves its output and its exit code', async () => {
    const place = newPlace();
    const supervisor = await run(place, 'echo out; echo err >&2; exit 7');
    assert.equal(await exitCode(place, supervisor), 7);
    assert.equal(readFileSync(place.log, 'utf8'), 'out\nerr\n');
  });

  it('is asked to end by SIGTERM, and its own signal is its exit code', async () => {
    const place = newPlace();
    const supervisor = await run(place, 'exec sleep 1000');
    await until(() => (terminate(place) ? true : undefined));
    assert.equal(await exitCode(place, supervisor), 143);
  });

  it('is killed with everything that it started', async () => {
    const place = newPlace();
    const supervisor = await run(
      place,
      'trap "" TERM; setsid sleep 1000 & echo $! > child; wait; sleep 1000',
    );
    const child = await until(() => Number(readChild()) || undefined);
    await delay(100);
    killAll(place, supervisor);
    assert.equal(await exitCode(place, supervisor), 137);
    await until(() => (stateOf(child) === 'Z' || stateOf(child) === '' ? true : undefined));
  });

  it('shows its environment and folder to probes while it runs', async () => {
    const place = newPlace();
    const supervisor = await run(place, 'exec sleep 1000');
    await until(() => mainProcess(place));
    assert.equal(contextOf(place)?.env['WORD'], 'open');
    killAll(place, supervisor);
    await exitCode(place, supervisor);
    assert.equal(contextOf(place), undefined);
  });

  it('is lost when neither it nor its exit code can be found', async () => {
    const place = newPlace();
    const supervisor = await run(place, 'exec sleep 1000');
    await until(() => mainProcess(place));
    process.kill(supervisor.pid, 'SIGKILL');
    await until(() => (livenessOf(place, supervisor).state === 'lost' ? true : undefined));
    killAll(place, supervisor);
    await until(() => (mainProcess(place) === undefined ? true : undefined));
  });

  it('is refused when its program or its folder does not exist', async () => {
    const start = (argv: readonly string[], workingDirectory: string) =>
      launch({ argv, workingDirectory, environment: {} }, { PATH }, newPlace(), () => undefined);
    await assert.rejects(start(['no-such-program'], folder), {
      name: 'StartError',
      message: /"no-such-program": executable file not found/,
    });
    await assert.rejects(start(['/bin/sh'], join(folder, 'absent')), {
      message: /working directory .* does not exist/,
    });
    await assert.rejects(start([], folder), { message: /no command specified/ });
  });
});

describe('the record of a pod', () => {
  const record = aRecord({ main: starting(NEW_CONTAINER) });

  it('finds a process whose start was interrupted', async () => {
    await saveRecord(folder, { record, pod: aPod() });
    const place = attemptFolder(podFolder(folder, record.uid), 'main', 0);
    const supervisor = await run(place, 'exec sleep 1000');
    await until(() => mainProcess(place) && findSupervisor(place));
    const [kept] = await loadRecords(folder);
    const main = kept?.record.containers['main'];
    assert.equal(main?.attempt, 1);
    assert.deepEqual(main?.state.kind === 'running' ? main.state.supervisor : undefined, supervisor);
    killAll(place, supervisor);
    await exitCode(place, supervisor);
    rmSync(podFolder(folder, record.uid), { recursive: true });
  });

  it('tries a start again that came to nothing', async () => {
    await saveRecord(folder, { record, pod: aPod() });
    const [kept] = await loadRecords(folder);
    assert.deepEqual(kept?.record.containers['main'], NEW_CONTAINER);
  });

  it('is left out when it cannot be read', async () => {
    writeFileSync(join(podFolder(folder, record.uid), 'record.json'), '{');
    assert.deepEqual(await loadRecords(folder), []);
    appendFileSync(join(podFolder(folder, record.uid), 'record.json'), '}');
  });
});

function readChild(): string {
  try {
    return readFileSync(join(folder, 'child'), 'utf8');
  } catch {
    return '';
  }
}

/** The state letter of a process; empty when there is none. */
function stateOf(pid: number): string {
  try {
    return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
