// The user's first hour: one command, a table, kubectl, a second run, kill -9 of everything.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { resolveBinaries } from '../../local/binaries/resolve.ts';
import { layoutOf, ROOT } from '../../local/demo/layout.ts';
import { findBelow } from '../../local/processes/identity.ts';
import { silentProgress } from '../../local/progress.ts';
import { type Json, run } from './stack.ts';

describe('npm run demo', { timeout: 900_000 }, () => {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), 'twinward-e2e-demo-')));
  const demo = (...args: readonly string[]) =>
    run(process.execPath, [join(ROOT, 'local/demo.ts'), ...args, '--state-dir', layout.stateDir]);
  let kubectl = '';
  const get = async (...args: readonly string[]): Promise<Json> => {
    const ran = await run(kubectl, ['get', ...args, '-o', 'json'], {
      env: { KUBECONFIG: layout.kubeconfig },
    });
    assert.equal(ran.code, 0, ran.err);
    return JSON.parse(ran.out);
  };
  after(() => demo('delete'));

  it('ends with code 0, and with risks and paired differences, each with its interval', async () => {
    const ran = await demo();
    assert.equal(ran.code, 0, `${ran.out}\n${ran.err}`);
    kubectl = (await resolveBinaries(silentProgress)).kubectl;
    for (const { metadata } of (await get('ptwin')).items) {
      assert.match(ran.out, new RegExp(`${metadata.name}.*%`));
    }
    assert.match(ran.out, /mi .*%/);
    assert.match(ran.out, /statin-vs-usual-care/);
    assert.match(ran.out, /export KUBECONFIG=/);
  });

  it('leaves every object Ready, and a story in events', async () => {
    for (const kind of ['tmodel', 'dsrc', 'ptwin', 'sim']) {
      const { items } = await get(kind, '-A');
      assert.ok(items.length > 0, kind);
      for (const { metadata, status } of items) {
        const ready = status.conditions.find(({ type }: Json) => type === 'Ready');
        assert.equal(ready.status, 'True', `${kind}/${metadata.name} ${ready.message}`);
        assert.equal(status.observedGeneration, metadata.generation);
        assert.equal(
          status.conditions.find(({ type }: Json) => type === 'Stalled'),
          undefined,
        );
      }
    }
    const described = await run(kubectl, ['describe', 'sim', 'statin-vs-usual-care'], {
      env: { KUBECONFIG: layout.kubeconfig },
    });
    for (const reason of ['Frozen', 'Submitted', 'Completed', 'Finished'])
      assert.match(described.out, new RegExp(reason));
  });

  it('answers a scenario that changes nothing with a difference of exactly 0', async () => {
    const { status } = await get('sim', 'statin-vs-usual-care');
    const null_ = status.results.filter(({ scenario }: Json) => scenario === 'repeat');
    assert.ok(null_.length > 0);
    for (const { difference, differenceLow, differenceHigh } of null_) {
      assert.deepEqual([difference, differenceLow, differenceHigh].map(Number), [0, 0, 0]);
    }
  });

  it('goes on from where it was after kill -9 of everything, without a duplicate', async () => {
    const before = await get('sim', 'statin-vs-usual-care');
    for (const { pid } of findBelow(layout.stateDir)) process.kill(pid, 'SIGKILL');
    const ran = await demo();
    assert.equal(ran.code, 0, `${ran.out}\n${ran.err}`);
    const again = await get('sim', 'statin-vs-usual-care');
    assert.equal(again.metadata.uid, before.metadata.uid);
    assert.deepEqual(again.status.results, before.status.results);
    assert.equal((await get('ptwin')).items.length, 5);
    assert.equal((await get('dsrc', 'ehr')).status.totals.quarantined, 0);
  });

  it('says what runs, stops, and removes what it made', async () => {
    assert.equal((await demo('status')).code, 0);
    assert.equal((await demo('stop')).code, 0);
    assert.deepEqual(findBelow(layout.stateDir), []);
    assert.equal((await demo('delete')).code, 0);
    const gone = await demo('status');
    assert.match(gone.out, /There is no stack/);
  });
});
