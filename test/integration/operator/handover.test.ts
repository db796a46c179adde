import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { RESOURCES } from '#runtime/resource-types.ts';
import { kinds } from '../../../operator/resources.ts';
import { describeEntry, stateWritesIn, tokenOf, writesIn } from './audit.ts';
import { aHandle, aModel, aTwin, conditionOf, digest } from './objects.ts';
import { eventually, type Replica, type Stand, startStand } from './stand.ts';
import { startTwinService, type TwinService } from './twin-service.ts';

const NS = 'ward';

describe('two replicas of the operator', { timeout: 240_000 }, () => {
  let stand: Stand;
  let twins: TwinService;
  const replicas: Replica[] = [];
  let expected = 0;

  before(async () => {
    stand = await startStand();
    await stand.createNamespace(NS);
    await stand.apply(kinds.twinModels, aModel(NS, 'trajectory', digest('f')));
    replicas.push(await stand.startOperator(), await stand.startOperator());
    twins = await startTwinService(stand);
    await twins.start();
    await eventually('one leads', () => replicas.some((replica) => replica.leads()));
  });
  after(async () => {
    await twins?.close();
    await stand?.stop();
  });

  const leaderOf = (): Replica => {
    const [leader, ...more] = replicas.filter((replica) => !replica.ended() && replica.leads());
    assert.ok(leader !== undefined && more.length === 0, 'exactly one replica leads');
    return leader;
  };

  /** Creates twins and models, and ends the leader in the middle; answers the milliseconds until the next write. */
  async function endLeaderUnderLoad(signal: NodeJS.Signals, count: number, letter: string): Promise<number> {
    const leader = leaderOf();
    const names = Array.from({ length: count }, aHandle);
    let ended: Promise<unknown> = Promise.resolve();
    let at = 0;
    let created = 0;
    const create = async (): Promise<void> => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        await stand.apply(kinds.patientTwins, aTwin(NS, name));
        created += 1;
        const mine = created;
        if (mine === Math.floor(count / 2)) {
          at = Date.now();
          ended = leader.stop(signal);
        }
        if (mine % 50 === 0)
          await stand.apply(kinds.twinModels, aModel(NS, `${letter}-${mine}`, digest(letter)));
      }
    };
    await Promise.all(Array.from({ length: 6 }, create));
    await ended;
    expected += count;
    const nextWrite = (): number | undefined => {
      const entry = writesIn(stand.audit()).find((one) => {
        return tokenOf(one) !== leader.token && Date.parse(one.requestReceivedTimestamp) > at;
      });
      return entry && Date.parse(entry.requestReceivedTimestamp) - at;
    };
    await eventually('another replica writes', () => nextWrite() !== undefined, 30_000);
    return nextWrite() ?? 0;
  }

  async function converged(): Promise<void> {
    await eventually(
      'every twin is ready and every model has been seen',
      async () => {
        const [all, models] = await Promise.all([
          stand.list(kinds.patientTwins, NS),
          stand.list(kinds.twinModels, NS),
        ]);
        return (
          all.length === expected &&
          all.every((twin) => conditionOf(twin, 'Ready') === 'True/Registered') &&
          models.every(({ metadata, status }) => status?.observedGeneration === metadata.generation)
        );
      },
      60_000,
    );
  }

  it('kill -9 of the leader under load loses nothing', async () => {
    const milliseconds = await endLeaderUnderLoad('SIGKILL', 300, 'a');
    console.log(`  kill -9: the next leader wrote after ${milliseconds} ms (lease 4 s)`);
    assert.ok(milliseconds < 20_000, `${milliseconds} ms`);
    await converged();
    replicas.push(await stand.startOperator());
    await eventually('the third replica knows all objects', async () =>
      /store_resource_version\{resource="patienttwins"\} [1-9]/.test(
        await (replicas.at(-1)?.metrics() ?? Promise.resolve('')).catch(() => ''),
      ),
    );
  });

  it('SIGTERM of the leader under load loses nothing', async () => {
    const leader = leaderOf();
    const milliseconds = await endLeaderUnderLoad('SIGTERM', 200, 'b');
    console.log(`  SIGTERM: the next leader wrote after ${milliseconds} ms`);
    assert.equal(leader.process.exitCode, 0, leader.log().slice(-2_000));
    assert.ok(leader.log().includes('lease released'));
    await converged();
  });

  it('two leaders never wrote at the same time', () => {
    const writes = stateWritesIn(stand.audit()).toSorted((a, b) =>
      a.requestReceivedTimestamp < b.requestReceivedTimestamp ? -1 : 1,
    );
    const terms: string[] = [];
    for (const entry of writes) if (terms.at(-1) !== tokenOf(entry)) terms.push(tokenOf(entry));
    assert.equal(terms.length, 3, 'three leaders wrote, each in one stretch');
    assert.equal(new Set(terms).size, 3);
  });

  it('every child exists once, and no write was refused', async () => {
    const models = await stand.list(kinds.twinModels, NS);
    assert.equal(models.length, 11);
    const wanted = models
      .map(
        ({ metadata: { name } }) => `${name}-${(name === 'trajectory' ? 'f' : name.slice(0, 1)).repeat(8)}`,
      )
      .sort();
    for (const type of [RESOURCES.deployments, RESOURCES.services]) {
      const found = await stand.list(type, NS);
      assert.deepEqual(found.map(({ metadata }) => metadata.name).sort(), wanted);
    }
    const refused = writesIn(stand.audit()).filter(({ responseStatus }) =>
      [400, 401, 403, 422].includes(responseStatus?.code ?? 0),
    );
    assert.deepEqual(refused.map(describeEntry), []);
  });
});
