import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { ServiceClient } from '#proto/connect.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import { kinds } from '../../../operator/resources.ts';
import { judgeToken, parseKeySet } from '../../../workers/inference/server/service-account-token.ts';
import { aCondition, aPatient, send } from '../twins/stand.ts';
import { describeEntry, OPERATOR_USER, resourceOf, stateWritesIn, tokenOf, writesIn } from './audit.ts';
import { aHandle, aModel, aSimulation, aSource, aTwin, childrenOf, conditionOf, digest } from './objects.ts';
import { unusedVerbs, wantedUnused } from './rights.ts';
import { eventually, type Replica, type Stand, SYSTEM, startStand, type Thing } from './stand.ts';
import { startTwinService, type TwinService } from './twin-service.ts';

const NS = 'clinic';
const secretType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' };
const deadline = 20_000;

describe('the operator under its shipped rights', { timeout: 300_000 }, () => {
  let stand: Stand;
  let operator: Replica;
  let twins: TwinService;
  let ingest: ServiceClient<TwinDataDefinition>;
  const handle = aHandle();

  before(async () => {
    stand = await startStand();
    await stand.createNamespace(NS);
    operator = await stand.startOperator();
  });
  after(async () => {
    ingest?.close();
    await twins?.close();
    await stand?.stop();
  });

  const present = (type: Parameters<Stand['get']>[0], name: string): Promise<boolean> =>
    stand.get(type, NS, name).then((found) => found !== undefined);
  const settled = async (type: Parameters<Stand['get']>[0], name: string): Promise<Thing> => {
    let seen: Thing | undefined;
    await eventually(`${type.kind} ${name} has been seen`, async () => {
      seen = await stand.get(type, NS, name);
      return seen?.status?.observedGeneration === seen?.metadata.generation;
    });
    if (seen === undefined) throw new Error(`${name} is gone`);
    return seen;
  };

  it('makes the children of a TwinModel, follows its digest, and takes back what is edited by hand', async () => {
    const model = await stand.apply(kinds.twinModels, aModel(NS, 'trajectory', digest('a'), { replicas: 2 }));
    await eventually('the children are there', () => present(RESOURCES.deployments, 'trajectory-aaaaaaaa'));
    await settled(kinds.twinModels, 'trajectory');
    for (const [type, names] of [
      [RESOURCES.deployments, ['trajectory-aaaaaaaa']],
      [RESOURCES.services, ['trajectory-aaaaaaaa']],
      [RESOURCES.podDisruptionBudgets, ['trajectory']],
    ] as const)
      assert.deepEqual(await childrenOf(stand, type, model), names);

    await stand.patch(RESOURCES.deployments, NS, 'trajectory-aaaaaaaa', { spec: { replicas: 5 } });
    await eventually('the number of pods is the spec’s again', async () => {
      const edited = await stand.get(RESOURCES.deployments, NS, 'trajectory-aaaaaaaa');
      return edited?.spec?.['replicas'] === 2;
    });
    await stand.remove(RESOURCES.services, NS, 'trajectory-aaaaaaaa');
    await eventually('the Service is there again', () => present(RESOURCES.services, 'trajectory-aaaaaaaa'));

    await stand.apply(kinds.twinModels, aModel(NS, 'trajectory', digest('b')));
    await eventually('the new bundle has replaced the old one', async () => {
      const names = await childrenOf(stand, RESOURCES.deployments, model);
      const services = await childrenOf(stand, RESOURCES.services, model);
      return `${names} ${services}` === 'trajectory-bbbbbbbb trajectory-bbbbbbbb';
    });
    await stand.patch(kinds.twinModels, NS, 'trajectory', { spec: { suspend: true } });
    await eventually('a suspended model has no pods', async () => {
      const child = await stand.get(RESOURCES.deployments, NS, 'trajectory-bbbbbbbb');
      return child?.spec?.['replicas'] === 0;
    });
    assert.equal(conditionOf(await settled(kinds.twinModels, 'trajectory'), 'Suspended'), 'True/Suspended');
    await stand.patch(kinds.twinModels, NS, 'trajectory', { spec: { suspend: false } });
    await eventually('a model that goes on is not suspended', async () => {
      return conditionOf(await stand.get(kinds.twinModels, NS, 'trajectory'), 'Suspended') === '';
    });
  });

  it('gives the engines of a namespace a certificate, and what they judge tokens of this API server by', async () => {
    const textOf = async (name: string, key: string): Promise<string> =>
      (await stand.get(RESOURCES.configMaps, NS, name))?.data?.[key] ?? '';
    await eventually(
      'the certificate is noted',
      async () => (await textOf('twinward-engine-tls', 'names')) !== '',
    );
    const secret = await stand.get(secretType, NS, 'twinward-engine-tls');
    const leaf = new X509Certificate(Buffer.from(secret?.data?.['tls.crt'] ?? '', 'base64'));
    const name = `trajectory-bbbbbbbb.${NS}.svc`;
    assert.equal(leaf.checkHost(name, { partialWildcards: false }) !== undefined, true);
    assert.equal(leaf.checkHost('trajectory-bbbbbbbb.elsewhere.svc'), undefined);
    const trusted = new X509Certificate(await textOf('twinward-ca', 'ca.crt'));
    assert.ok(leaf.verify(trusted.publicKey), 'a caller with the trust bundle believes it');

    const issuer = {
      issuer: await textOf('twinward-engine-callers', 'issuer'),
      keys: parseKeySet(await textOf('twinward-engine-callers', 'jwks.json')),
    };
    const rule = { audience: 'twinward', accounts: new Set([`${NS}/twinward-simulate`]) };
    const judged = async (account: string, audience?: string): Promise<string> => {
      const token = await stand.token(NS, account, audience);
      const judgement = judgeToken(token, issuer, rule, Date.now() / 1_000);
      return judgement.accepted ? 'accepted' : judgement.reason;
    };
    assert.equal(await judged('twinward-simulate', 'twinward'), 'accepted');
    assert.equal(await judged('twinward-simulate'), 'TOKEN_REJECTED');
    assert.equal(await judged('twinward-ingest', 'twinward'), 'CALLER_NOT_ALLOWED');
  });

  it('refuses objects of the same name that are not its own, says so, and leaves them as they are', async () => {
    const foreign = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: NS, name: 'other-cccccccc' },
      spec: { clusterIP: 'None', ports: [{ name: 'web', port: 80 }] },
    };
    await stand.apply(RESOURCES.services, foreign);
    await stand.apply(kinds.twinModels, aModel(NS, 'other', digest('c')));
    await eventually('the status says why', async () => {
      const model = await stand.get(kinds.twinModels, NS, 'other');
      return conditionOf(model, 'Ready') === 'False/ChildNotOurs';
    });
    await eventually('an event says why', () =>
      stand.kubectl('get', 'events', '-n', NS).includes('Service other-cccccccc exists already'),
    );
    assert.ok(await present(RESOURCES.deployments, 'other-cccccccc'), 'the other children are made');
    const found = await stand.get(RESOURCES.services, NS, 'other-cccccccc');
    assert.equal(found?.metadata.ownerReferences, undefined);
    assert.deepEqual(found?.spec?.['ports'], [{ name: 'web', port: 80, protocol: 'TCP', targetPort: 80 }]);
    await stand.remove(kinds.twinModels, NS, 'other');
    await eventually(
      'its other children are collected',
      async () => {
        return !(await present(RESOURCES.deployments, 'other-cccccccc'));
      },
      60_000,
    );
    assert.ok(await present(RESOURCES.services, 'other-cccccccc'));
  });

  it('says which child a quota forbids, and goes on when the quota is gone', async () => {
    const quota = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { namespace: 'full', name: 'no-services' },
      spec: { hard: { 'count/services': '0' } },
    };
    const quotas = { group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota' };
    await stand.createNamespace('full');
    await stand.apply(quotas, quota);
    await eventually('the quota is in force', async () => {
      return (await stand.get(quotas, 'full', 'no-services'))?.status?.['hard'] !== undefined;
    });
    await stand.apply(kinds.twinModels, aModel('full', 'crowded', digest('e')));
    const ready = async (): Promise<string> =>
      conditionOf(await stand.get(kinds.twinModels, 'full', 'crowded'), 'Ready');
    await eventually('the status says why', async () => (await ready()) === 'False/ChildRefused');
    await stand.remove(quotas, 'full', 'no-services');
    await eventually(
      'the Service is made',
      async () => {
        return (await stand.get(RESOURCES.services, 'full', 'crowded-eeeeeeee')) !== undefined;
      },
      60_000,
    );
    await eventually('the status goes on', async () => !(await ready()).includes('ChildRefused'));
  });

  it('reads a source by a CronJob while it has a schedule, else by a Deployment', async () => {
    const schedule = { cron: '0 3 * * *', timeZone: 'Europe/Zurich' };
    const source = await stand.apply(kinds.dataSources, aSource(NS, 'ehr', { schedule }));
    await eventually('a scheduled source has a CronJob', () => present(RESOURCES.cronJobs, 'ehr-ingest'));
    await stand.apply(kinds.dataSources, aSource(NS, 'ehr'));
    await eventually('a continuous source has a Deployment and no CronJob', async () => {
      const [crons, deployments] = await Promise.all([
        childrenOf(stand, RESOURCES.cronJobs, source),
        childrenOf(stand, RESOURCES.deployments, source),
      ]);
      return crons.length === 0 && deployments.join() === 'ehr-ingest';
    });
    await stand.apply(kinds.dataSources, aSource(NS, 'nightly', { schedule }));
    await eventually('the other source has a CronJob', () => present(RESOURCES.cronJobs, 'nightly-ingest'));
    await stand.patch(RESOURCES.cronJobs, NS, 'nightly-ingest', { spec: { schedule: '* * * * *' } });
    await eventually('the edited schedule is set back', async () => {
      const cron = await stand.get(RESOURCES.cronJobs, NS, 'nightly-ingest');
      return cron?.spec?.['schedule'] === schedule.cron;
    });
    await stand.remove(kinds.dataSources, NS, 'nightly');
    await stand.patch(kinds.dataSources, NS, 'ehr', { spec: { suspend: true } });
    await eventually('a suspended source has no pod', async () => {
      return (await stand.get(RESOURCES.deployments, NS, 'ehr-ingest'))?.spec?.['replicas'] === 0;
    });
    await stand.patch(kinds.dataSources, NS, 'ehr', { spec: { suspend: false } });
  });

  it('keeps states while the twin service is away, and issues a certificate by which it is trusted', async () => {
    await stand.apply(kinds.patientTwins, aTwin(NS, handle));
    assert.match(conditionOf(await settled(kinds.patientTwins, handle), 'Ready'), /^Unknown\/Registering/);
    await stand.remove(RESOURCES.serviceAccounts, NS, 'twinward-ingest');
    await eventually('an account that was deleted is made again', () =>
      present(RESOURCES.serviceAccounts, 'twinward-ingest'),
    );
    twins = await startTwinService(stand);
    await twins.start();
    const bundle = (await stand.get(RESOURCES.configMaps, SYSTEM, 'twinward-ca'))?.data?.['ca.crt'] ?? '';
    await eventually('the tenant has the trust bundle', async () => {
      return (await stand.get(RESOURCES.configMaps, NS, 'twinward-ca'))?.data?.['ca.crt'] === bundle;
    });
    const authorized = await new Promise<boolean>((resolve, reject) => {
      const servername = 'twinward-twins.twinward-system.svc';
      const socket = connectTls({ host: stand.twinsHost, port: 8443, servername, ca: bundle }, () => {
        resolve(socket.authorized);
        socket.destroy();
      });
      socket.on('error', reject);
    });
    assert.ok(authorized);
    await eventually(
      'the twin is registered',
      async () => conditionOf(await stand.get(kinds.patientTwins, NS, handle), 'Ready') === 'True/Registered',
    );
  });

  it('tells what the twin service knows: a record binds the twin and raises its revision', async () => {
    ingest = await twins.data(NS, 'twinward-ingest');
    let lease = '';
    await eventually('the source is registered', async () => {
      const opened = ingest.call('OpenSync', { source: 'ehr', holder: 'pod' }, deadline);
      lease = await opened.then(
        (answer) => answer.lease,
        () => '',
      );
      return lease !== '';
    });
    await send(ingest, 'ehr', lease, [aPatient('p', { handle }), aCondition('c1', 'p')]);
    await eventually('the twin is bound', async () => {
      const twin = await stand.get(kinds.patientTwins, NS, handle);
      return conditionOf(twin, 'Bound') === 'True/SubjectBound' && Number(twin?.status?.['revision']) > 0;
    });
    const before = stateWritesIn(stand.audit()).length;
    for (let i = 0; i < 5; i += 1) await send(ingest, 'ehr', lease, [aCondition(`more-${i}`, 'p')]);
    await delay(2_000);
    const statuses = stateWritesIn(stand.audit())
      .slice(before)
      .filter((entry) => resourceOf(entry) === 'twinward.io/patienttwins/status');
    assert.ok(statuses.length <= 2, `five revisions cost ${statuses.length} status writes`);
    await ingest.call(
      'CloseSync',
      { source: 'ehr', lease, failure: '', start: '', watermark: '', keepLease: false },
      deadline,
    );
  });

  it('creates the Job of a Simulation once, never changes it, and takes it away when suspended', async () => {
    await stand.apply(kinds.simulations, aSimulation(NS, 'what-if', handle));
    await eventually('the Job is there', () => present(RESOURCES.jobs, 'what-if-1')).catch(async (error) => {
      const { status } = (await stand.get(kinds.simulations, NS, 'what-if')) ?? {};
      throw new Error(JSON.stringify(status?.conditions), { cause: error });
    });
    await eventually('its subjects are frozen', async () =>
      /^True/.test(conditionOf(await stand.get(kinds.simulations, NS, 'what-if'), 'SubjectsFrozen')),
    );
    const edit = { metadata: { labels: { edited: 'yes' } }, spec: { suspend: true } };
    const edited = await stand.patch(RESOURCES.jobs, NS, 'what-if-1', edit);
    await stand.patch(kinds.simulations, NS, 'what-if', { spec: { ttlSecondsAfterFinished: 600 } });
    await settled(kinds.simulations, 'what-if');
    await delay(1_000);
    const kept = await stand.get(RESOURCES.jobs, NS, 'what-if-1');
    assert.deepEqual(kept?.spec, edited.spec);
    assert.equal(kept?.metadata.labels?.['edited'], 'yes');
    assert.equal(kept?.metadata.uid, edited.metadata.uid);
    await stand.patch(kinds.simulations, NS, 'what-if', { spec: { suspend: true } });
    await eventually('the Job is gone', async () => !(await present(RESOURCES.jobs, 'what-if-1')));
    await stand.patch(kinds.simulations, NS, 'what-if', { spec: { suspend: false } });
    await eventually('the Job is there again', async () => {
      return (await stand.list(RESOURCES.jobs, NS)).some(
        ({ metadata }) => metadata.uid !== edited.metadata.uid,
      );
    });
  });

  it('asks the twin service about many twins in few calls', async () => {
    const [calls, writes] = [await twins.calls('EnsureTwins'), writesIn(stand.audit()).length];
    const handles = Array.from({ length: 300 }, aHandle);
    const create = async (): Promise<void> => {
      for (let name = handles.pop(); name !== undefined; name = handles.pop())
        await stand.apply(kinds.patientTwins, aTwin(NS, name));
    };
    await Promise.all(Array.from({ length: 16 }, create));
    await eventually(
      'all twins are ready',
      async () => {
        const all = await stand.list(kinds.patientTwins, NS);
        return all.length === 301 && all.every((twin) => conditionOf(twin, 'Ready') === 'True/Registered');
      },
      60_000,
    );
    const made = (await twins.calls('EnsureTwins')) - calls;
    const written = stateWritesIn(stand.audit().slice(writes)).filter(
      ({ objectRef }) => objectRef?.subresource,
    );
    console.log(`  300 twins: ${made} calls of EnsureTwins, ${written.length} status writes`);
    assert.ok(made <= 200, `${made} calls for 300 twins`);
  });

  it('removes predictions, never records, of a deleted twin that says so', async () => {
    const leaving = aHandle();
    await stand.apply(kinds.patientTwins, aTwin(NS, leaving, { deletionPolicy: 'Delete' }));
    await eventually('the leaving twin is ready', async () => {
      return conditionOf(await stand.get(kinds.patientTwins, NS, leaving), 'Ready') === 'True/Registered';
    });
    const count = async (): Promise<readonly unknown[]> =>
      await twins.sql('SELECT count(*)::int AS resources FROM tw.resource');
    const records = await count();
    const retained = await twins.calls('RetainTwins');
    await stand.remove(kinds.patientTwins, NS, leaving);
    await stand.remove(kinds.patientTwins, NS, handle);
    await eventually('the living twins are told', async () => (await twins.calls('RetainTwins')) > retained);
    assert.deepEqual(await count(), records);
    const [{ resources } = { resources: 0 }] = await twins.sql<{ resources: number }>(
      'SELECT count(*)::int AS resources FROM tw.resource',
    );
    assert.ok(resources > 0);
  });

  it('writes nothing once all is as it should be', async () => {
    await eventually(
      'five seconds pass without a write',
      async () => {
        const seen = writesIn(stand.audit()).length;
        await delay(5_000);
        return writesIn(stand.audit()).length === seen;
      },
      60_000,
    );
    const seen = writesIn(stand.audit()).length;
    await stand.patch(kinds.twinModels, NS, 'trajectory', { metadata: { annotations: { touched: 'yes' } } });
    await delay(30_000);
    assert.deepEqual(writesIn(stand.audit()).slice(seen).map(describeEntry), []);
  });

  it('hands over to another replica, which issues no certificate and changes no child', async () => {
    const certificate = (await stand.get(secretType, SYSTEM, 'twinward-twins-tls'))?.metadata.resourceVersion;
    const bundle = (await stand.get(RESOURCES.configMaps, SYSTEM, 'twinward-ca'))?.metadata.resourceVersion;
    const next = await stand.startOperator();
    await eventually('the next replica is ready', async () =>
      (await next.metrics().catch(() => '')).includes('store_resource_version'),
    );
    assert.equal(await operator.stop('SIGTERM'), 0);
    await eventually('the next replica leads', () => next.leads());
    await stand.apply(kinds.dataSources, aSource(NS, 'third'));
    await eventually('it works', () => present(RESOURCES.deployments, 'third-ingest'));
    await delay(2_000);
    const [nowCertificate, nowBundle] = await Promise.all([
      stand.get(secretType, SYSTEM, 'twinward-twins-tls'),
      stand.get(RESOURCES.configMaps, SYSTEM, 'twinward-ca'),
    ]);
    assert.equal(nowCertificate?.metadata.resourceVersion, certificate);
    assert.equal(nowBundle?.metadata.resourceVersion, bundle);
    const byNext = stateWritesIn(stand.audit()).filter((entry) => tokenOf(entry) === next.token);
    assert.ok(byNext.length > 0);
    const live = await stand.get(RESOURCES.deployments, NS, 'trajectory-bbbbbbbb');
    assert.equal(live?.metadata.generation, live?.status?.observedGeneration);
  });

  it('leaves nothing behind when its objects go', async () => {
    for (const [type, name] of [
      [kinds.simulations, 'what-if'],
      [kinds.dataSources, 'ehr'],
      [kinds.twinModels, 'trajectory'],
    ] as const)
      await stand.remove(type, NS, name);
    const left = async (): Promise<readonly string[]> => {
      const types = [
        RESOURCES.deployments,
        RESOURCES.jobs,
        RESOURCES.cronJobs,
        RESOURCES.podDisruptionBudgets,
      ];
      const lists = await Promise.all(types.map((type) => stand.list(type, NS)));
      return lists.flat().map(({ metadata }) => metadata.name);
    };
    await eventually(
      'all children but the third source’s are gone',
      async () => (await left()).join() === 'third-ingest',
      30_000,
    );
  });

  it('was never refused, and has no right that it does not need', () => {
    const entries = stand.audit().filter(({ user }) => user.username === OPERATOR_USER);
    assert.ok(entries.length > 100);
    const refused = entries.filter(
      ({ responseStatus, objectRef }) =>
        // A quota answers 403 too.
        [401, 403].includes(responseStatus?.code ?? 0) && objectRef?.namespace !== 'full',
    );
    assert.deepEqual(refused.map(describeEntry), []);
    const unused = unusedVerbs(entries);
    console.log(`  rights that were not used: ${unused.join(', ')}`);
    assert.deepEqual(
      unused.filter((right) => !wantedUnused.has(right)),
      [],
    );
  });
});
