import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, fenced } from '#runtime/api.ts';
import type { Clock } from '#runtime/clock.ts';
import { Elector } from '#runtime/leader.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { collectionPath, objectPath } from '#runtime/object-key.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import { type FaultProxy, startFaultProxy } from '../../faults/proxy.ts';
import {
  aConfigMap,
  type ConfigMap,
  clock,
  eventually,
  log,
  type Plane,
  put,
  random,
  startPlane,
} from './plane.ts';

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, verbs: [create, update, patch, delete], resources: [{group: "", resources: [configmaps]}]}
- {level: None}
`;
const TIMES = { lease: 2_500, renewDeadline: 1_800, retry: 250, look: 80 };

interface AuditLine {
  readonly userAgent: string;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly objectRef: { readonly name: string };
  readonly responseStatus: { readonly code: number };
}

/** The machine's clock, wrong by an hour. */
const wrongClock: Clock = { ...clock, now: () => new Date(Date.now() - 3_600_000) };

describe('leader election before a real API server', () => {
  let plane: Plane;
  let proxy: FaultProxy;
  let through: ApiClient;
  const children: ChildProcess[] = [];
  const namespace = 'election';

  before(async () => {
    plane = await startPlane(AUDIT_POLICY);
    proxy = await startFaultProxy(plane.plane.server, plane.plane.certificateAuthority);
    through = plane.clientThrough(proxy.url);
    await plane.createNamespace(namespace);
  });
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await through.close();
    await proxy.close();
    await plane.stop();
  });

  /** Who led, from when to when, in milliseconds. */
  interface Term {
    readonly who: string;
    readonly from: number;
    to: number;
  }
  const stand = (who: string, name: string, terms: Term[], client: ApiClient, at: Clock = clock) => {
    const registry = createRegistry({ process: false });
    const elector = new Elector({
      client,
      clock: at,
      random,
      log,
      registry,
      namespace,
      name,
      identity: who,
      times: TIMES,
    });
    const stop = new AbortController();
    const ended = elector.run(stop.signal, async (signal) => {
      const term: Term = { who, from: performance.now(), to: Number.POSITIVE_INFINITY };
      terms.push(term);
      while (!signal.aborted) await delay(5);
      term.to = performance.now();
    });
    return {
      elector,
      registry,
      stop: async () => {
        stop.abort();
        await ended;
      },
    };
  };
  const overlap = (terms: readonly Term[]): boolean =>
    terms.some((a) => terms.some((b) => a !== b && a.from < b.to && b.from < a.to));

  it('has one leader, hands over within a second when that one ends, and says so in a metric', async () => {
    const terms: Term[] = [];
    const a = stand('a', 'release', terms, plane.client);
    await eventually('a leads', () => a.elector.isLeading());
    const b = stand('b', 'release', terms, plane.client);
    await delay(300);
    assert.equal(b.elector.isLeading(), false);
    assert.match(await a.registry.metrics(), /leader_election_master_status\{name="release"\} 1/);
    assert.match(await b.registry.metrics(), /leader_election_master_status\{name="release"\} 0/);
    const before = performance.now();
    await a.stop();
    await eventually('b leads', () => b.elector.isLeading());
    assert.ok(performance.now() - before < 1_000);
    await b.stop();
    assert.equal(overlap(terms), false);
    assert.deepEqual(
      terms.map((term) => term.who),
      ['a', 'b'],
    );
  });

  it('never has two leaders when one is cut off, whatever its clock says', async () => {
    const terms: Term[] = [];
    const a = stand('a', 'cut-off', terms, through, wrongClock);
    await eventually('a leads', () => a.elector.isLeading());
    const b = stand('b', 'cut-off', terms, plane.client);
    await delay(2 * TIMES.lease);
    assert.equal(terms.length, 1, 'a wrong clock is no reason to take over');
    // Requests of a hang: it must stop by itself before b may begin.
    proxy.setRule(() => ({ kind: 'Stall', afterBytes: 0 }));
    proxy.stallAll();
    await eventually('b leads', () => b.elector.isLeading());
    proxy.setRule(undefined);
    await delay(500);
    assert.equal(a.elector.isLeading(), false);
    assert.equal(a.elector.signal(), undefined);
    await Promise.all([a.stop(), b.stop()]);
    assert.equal(overlap(terms), false);
  });

  it('ends its term when another has taken the lease', async () => {
    const terms: Term[] = [];
    const a = stand('a', 'taken', terms, plane.client);
    await eventually('a leads', () => a.elector.isLeading());
    await plane.client.request({
      method: 'PATCH',
      path: objectPath(RESOURCES.leases, { namespace, name: 'taken' }),
      contentType: 'mergePatch',
      body: { spec: { holderIdentity: 'thief' } },
    });
    await eventually('a has stopped', () => !a.elector.isLeading(), 1_500);
    await a.stop();
  });

  it('keeps leading when somebody only labels the lease, or the answer to a renewal is lost', async () => {
    const terms: Term[] = [];
    const a = stand('a', 'labelled', terms, through);
    await eventually('a leads', () => a.elector.isLeading());
    await plane.client.request({
      method: 'PATCH',
      path: objectPath(RESOURCES.leases, { namespace, name: 'labelled' }),
      contentType: 'mergePatch',
      body: { metadata: { labels: { x: 'y' } } },
    });
    let lose = 1;
    proxy.setRule(({ method }) => (method === 'PUT' && lose-- > 0 ? { kind: 'LoseAnswer' } : undefined));
    await delay(2 * TIMES.lease);
    assert.equal(terms.length, 1);
    assert.equal(a.elector.isLeading(), true);
    proxy.setRule(undefined);
    await a.stop();
  });

  it('aborts a write in progress when the term ends, and refuses the next', async () => {
    const terms: Term[] = [];
    const a = stand('a', 'fence', terms, through);
    const writer = fenced(through, a.elector);
    await assert.rejects(put(writer, aConfigMap(namespace, 'too-early')), { code: 'NotLeader' });
    await eventually('a leads', () => a.elector.isLeading());
    await put(writer, aConfigMap(namespace, 'in-time'));
    proxy.setRule(({ method }) => (method === 'GET' ? undefined : { kind: 'Stall', afterBytes: 0 }));
    proxy.stallAll();
    const started = performance.now();
    await assert.rejects(put(writer, aConfigMap(namespace, 'too-late')), { code: 'ConnectionFailed' });
    assert.ok(performance.now() - started < TIMES.renewDeadline + 300);
    await assert.rejects(put(writer, aConfigMap(namespace, 'after')), { code: 'NotLeader' });
    proxy.setRule(undefined);
    await a.stop();
  });

  /** Starts a replica; `said` resolves when it logs the message. */
  const startReplica = (who: string, name: string) => {
    const child: ChildProcess = spawn(
      process.execPath,
      [new URL('replica.ts', import.meta.url).pathname, who, name, JSON.stringify(TIMES)],
      { env: { ...process.env, KUBECONFIG: plane.plane.kubeconfig }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    children.push(child);
    const lines: Record<string, unknown>[] = [];
    if (child.stdout === null) throw new Error('the replica has no output');
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
    const said = (message: string): Promise<void> =>
      eventually(`${who} says ${message}`, () => lines.some((line) => line['message'] === message));
    const end = async (signal: NodeJS.Signals): Promise<number | null> => {
      const exit = once(child, 'exit');
      child.kill(signal);
      const [code] = await exit;
      return code;
    };
    const stop = async (): Promise<void> => {
      child.kill('SIGSTOP');
    };
    return { said, end, stop, go: () => child.kill('SIGCONT'), lines };
  };
  const audit = (name: string): AuditLine[] =>
    readFileSync(plane.plane.auditLog, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`"namespace":"${name}"`))
      .map((line): AuditLine => JSON.parse(line));

  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSTOP'] as const) {
    it(`two replicas under load lose nothing and never write both when the leader gets ${signal}`, async () => {
      const name = `handover-${signal.toLowerCase()}`;
      const agents = ['one', 'two'].map((who) => `${who}-${randomUUID().slice(0, 8)}`);
      await plane.createNamespace(name);
      const one = startReplica(agents[0] ?? '', name);
      await one.said('leading');
      const two = startReplica(agents[1] ?? '', name);
      await two.said('started');
      const parents = 120;
      const text: string[] = [];
      const write = async (i: number): Promise<void> => {
        text[i % parents] = randomUUID();
        const parent = aConfigMap(name, `p${i % parents}`, { text: text[i % parents] ?? '' });
        await put(plane.client, { ...parent, metadata: { ...parent.metadata, labels: { role: 'parent' } } });
      };
      for (let i = 0; i < 100; i++) await write(i);
      const ended = signal === 'SIGSTOP' ? one.stop() : one.end(signal);
      for (let i = 100; i < 300; i++) await write(i);
      if (signal === 'SIGTERM') assert.equal(await ended, 0);
      await two.said('leading');
      const path = collectionPath(RESOURCES.configMaps, name);
      await eventually('every child repeats its parent', async () => {
        const { items } = await plane.client.request<{ items: ConfigMap[] }>({
          method: 'GET',
          path,
          query: { labelSelector: 'role=child' },
        });
        return (
          items.length === parents &&
          items.every((child) => child.data?.['text'] === text[Number(child.metadata.name.slice(1, -6))])
        );
      });
      if (signal === 'SIGSTOP') {
        // It wakes up and believes to lead, with work in its queue.
        one.go();
        await one.said('no longer leading');
        for (let i = 0; i < 60; i++) await write(i);
        await delay(500);
        assert.equal(await one.end('SIGTERM'), 0);
      }
      await ended;
      assert.equal(await two.end('SIGTERM'), 0);
      const writes = audit(name).filter(
        (line) => agents.includes(line.userAgent) && line.responseStatus.code < 300,
      );
      const first = writes.filter((line) => line.userAgent === agents[0]);
      const second = writes.filter((line) => line.userAgent === agents[1]);
      assert.ok(first.length > 10 && second.length > 10, `${first.length} and ${second.length} writes`);
      const lastOfFirst =
        first
          .map((line) => line.stageTimestamp)
          .sort()
          .at(-1) ?? '';
      const firstOfSecond = second.map((line) => line.requestReceivedTimestamp).sort()[0] ?? '';
      assert.ok(
        lastOfFirst < firstOfSecond,
        `the first had ended (${lastOfFirst}) before the second began (${firstOfSecond})`,
      );
      // No version of a parent is written to its child more than once by one leader.
      assert.ok(first.length <= 300 && second.length <= 300 + parents);
    });
  }
});
