// People at a real API server and a real twin service: tokens by TokenRequest, rights by RBAC, as in the samples.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { kubernetesAuthenticator } from '../../../workers/twins/auth/kubernetes.ts';
import { scanFolder } from '../ingest/pipeline.ts';
import { type Plane, startPlane } from '../runtime/plane.ts';
import { openSource, type Stand, startStand } from '../twins/stand.ts';

const wrapper = fileURLToPath(new URL('../../../workers/plugin/kubectl-twin', import.meta.url));
const samples = fileURLToPath(new URL('../../../samples/getting-started/', import.meta.url));
const NAMESPACE = 'clinic';
const PATHS: Readonly<Record<string, string>> = {
  ServiceAccount: `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`,
  Role: `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/roles`,
  RoleBinding: `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/rolebindings`,
};

describe('people with kubectl twin', { timeout: 300_000 }, () => {
  let api: Plane;
  let stand: Stand;
  let proxy: Server;
  let folder: string;

  const create = (path: string, body: object) =>
    api.client.request<{ spec?: { clusterIP?: string } }>({ method: 'POST', path, body });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plugin-people-'));
    api = await startPlane();
    const { server, tokens, certificateAuthority } = api.plane;
    const real = kubernetesAuthenticator({
      url: server,
      token: () => tokens.admin,
      certificate: certificateAuthority,
    });
    stand = await startStand({}, false, real);
    await api.createNamespace(NAMESPACE);
    await api.createNamespace('twinward-system');
    for (const name of ['clinician.yaml', 'privacy-officer.yaml']) {
      for (const document of parseAllDocuments(await readFile(join(samples, name), 'utf8'))) {
        const object = document.toJS();
        const subjects = (object.subjects ?? []).map((subject: object) => ({
          ...subject,
          namespace: NAMESPACE,
        }));
        await create(
          PATHS[object.kind] ?? '',
          object.subjects === undefined ? object : { ...object, subjects },
        );
      }
    }
    await create('/api/v1/namespaces/twinward-system/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'twinward-ca' },
      data: { 'ca.crt': await readFile(stand.caFile, 'utf8') },
    });
    const service = await create('/api/v1/namespaces/twinward-system/services', {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'twinward-twins-client' },
      spec: { ports: [{ port: 8443 }] },
    });
    // What the node of one machine does for a Service: its address answers on loopback.
    const [host = '', port = ''] = stand.address.split(':');
    proxy = createServer((socket) => {
      const upstream = connect(Number(port), host);
      socket.pipe(upstream).pipe(socket);
      for (const one of [socket, upstream])
        one.on('error', () => [socket, upstream].map((end) => end.destroy()));
    });
    await new Promise<void>((resolve) => proxy.listen(8443, service.spec?.clusterIP, resolve));
  });
  after(async () => {
    proxy?.close();
    await stand?.stop();
    await api?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(args: readonly string[], stdin = '') {
    const env = { PATH: process.env['PATH'], KUBECONFIG: api.plane.kubeconfig };
    const child = spawn(wrapper, [...args, '-n', NAMESPACE], { env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    // A program that ends without reading its input says by its exit code what it thinks of it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { stdout, stderr, exitCode };
  }

  it('enrol, records, get, refused erase, erase, refused re-import, intact audit', async () => {
    const { ingest } = await openSource(stand, NAMESPACE, 'ehr');
    const enrolled = await run(['enrol', '--system', 'http://mrn'], 'MRN-1');
    assert.equal(enrolled.exitCode, 0, enrolled.stderr);
    const twin = parse(enrolled.stdout);
    const handle: string = twin.metadata.name;

    const records = [
      {
        resourceType: 'Patient',
        id: 'p',
        birthDate: '1960-01-02',
        identifier: [{ system: 'http://mrn', value: 'MRN-1' }],
      },
      {
        resourceType: 'Condition',
        id: 'c',
        subject: { reference: 'Patient/p' },
        code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003' }] },
        onsetDateTime: '2015-01-01',
      },
    ];
    await writeFile(join(folder, 'a.ndjson'), records.map((record) => JSON.stringify(record)).join('\n'));
    await scanFolder(ingest, 'ehr', folder);

    const got = await run(['get', handle, '-o', 'json']);
    assert.equal(got.exitCode, 0, got.stderr);
    assert.ok(JSON.parse(got.stdout).events >= 1);
    const events = await run(['events', handle]);
    assert.match(events.stdout, /2015-01-01T00:00:00.*OCCUR +http:\/\/snomed\.info\/sct +38341003/);

    const erase = ['erase', handle, '--reason', 'request of the patient'];
    const refused = await run([...erase, '--yes', '--account', 'clinician']);
    assert.equal(refused.exitCode, 3);
    assert.match(refused.stderr, /ServiceAccount clinic\/clinician needs the verb "erase"/);
    const counted = await run([...erase, '--dry-run']);
    assert.equal(counted.exitCode, 0, counted.stderr);
    assert.match(counted.stdout, /Nothing was removed/);
    const erased = await run([...erase, '--immediate', '--yes', '-o', 'json']);
    assert.equal(erased.exitCode, 0, erased.stderr);
    const certificate = JSON.parse(erased.stdout);
    assert.equal(certificate.state, 'Erased');
    assert.ok(Object.values<number>(certificate.removed).reduce((sum, rows) => sum + rows, 0) > 0);
    const gone = await run(['get', handle]);
    assert.notEqual(gone.exitCode, 0);

    const again = await scanFolder(ingest, 'ehr', folder, { salt: 'again' });
    assert.deepEqual([again.received, again.stored, again.quarantined], [2, 0, 2]);
    const audit = await run(['audit', 'verify']);
    assert.equal(audit.exitCode, 0, audit.stderr);
    assert.match(audit.stdout, /intact/);
  });

  it('an account that does not exist is named', async () => {
    const { exitCode, stderr } = await run(['audit', 'verify', '--account', 'nobody']);
    assert.equal(exitCode, 4);
    assert.match(stderr, /there is no serviceaccounts\/nobody in namespace clinic/);
  });

  it('an account without rights is told which verb is missing', async () => {
    await create(PATHS['ServiceAccount'] ?? '', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'visitor' },
    });
    const { exitCode, stderr } = await run(['audit', 'verify', '--account', 'visitor']);
    assert.equal(exitCode, 3);
    assert.match(stderr, /VERB_REQUIRED: ServiceAccount clinic\/visitor needs the verb "audit"/);
  });
});
