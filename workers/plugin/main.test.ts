// The plugin as a process, against a real gRPC server with TLS that answers as a test says.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import * as x509 from '@peculiar/x509';
import { parse } from 'yaml';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { statusError } from '#proto/status.ts';

const HANDLE = 'pt-sxty845q78p78r4e';
const wrapper = fileURLToPath(new URL('kubectl-twin', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'twinward-plugin-'));
const seen: { method: string; request: Record<string, unknown>; authorization: string }[] = [];
let answers: Record<string, unknown> = {};
let server: Server;
let endpoint = '';

before(async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=twinward-twins',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'twinward-twins.twinward-system.svc' },
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`;
  const pem = certificate.toString('pem');
  writeFileSync(join(folder, 'ca.crt'), pem);
  writeFileSync(join(folder, 'token'), 'the-token');
  const definition = loadDefinition(protoFiles.twinward)['twinward.v1.TwinData'] as ServiceDefinition;
  const implementation: UntypedServiceImplementation = {};
  for (const method of Object.keys(definition)) {
    const handler: handleUnaryCall<Record<string, unknown>, unknown> = (call, callback) => {
      const authorization = String(call.metadata.get('authorization')[0]);
      seen.push({ method, request: call.request, authorization });
      const answer = answers[method];
      if (answer instanceof Error) callback(answer);
      else callback(null, answer ?? {});
    };
    implementation[method] = handler;
  }
  server = new Server();
  server.addService(definition, implementation);
  const pair = { cert_chain: Buffer.from(pem), private_key: Buffer.from(key) };
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createSsl(null, [pair]), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  endpoint = `127.0.0.1:${port}`;
});

after(() => {
  server.forceShutdown();
  rmSync(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], given: Record<string, unknown>, stdin = '', bundle = 'ca.crt') {
  answers = given;
  seen.length = 0;
  const files = ['--ca-file', join(folder, bundle), '--token-file', join(folder, 'token'), '-n', 'clinic'];
  const child = spawn(wrapper, [...args, ...files], { env: { ...process.env, TWINWARD_ENDPOINT: endpoint } });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  // A program that ends without reading its input says by its exit code what it thinks of it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { stdout, stderr, exitCode };
}

const prediction = {
  model: 'trajectory',
  modelSha256: 'ab'.repeat(32),
  outcome: 'mi',
  horizonDays: 1826.25,
  risk: 0.123,
  low: 0.1,
  high: 0.15,
  level: 0.9,
  calibrated: true,
  engine: 'ort-1.30.0/cpu/avx512',
  seed: 1,
  revision: 7,
  asOf: '2026-11-24',
  current: true,
};

describe('kubectl twin', () => {
  it('get shows risks with their interval, and sends the token', async () => {
    const { stdout, exitCode } = await run(['get', HANDLE], {
      GetTwin: {
        handle: HANDLE,
        revision: 7,
        events: 321,
        predictions: [prediction],
        state: { binding: 'BINDING_STATE_BOUND' },
      },
    });
    assert.equal(exitCode, 0);
    assert.match(stdout, /mi +5 y +12\.3 % +10\.0 % to 15\.0 % +90\.0 % +calibrated/);
    assert.match(stdout, /Binding +bound/);
    assert.equal(seen[0]?.authorization, 'Bearer the-token');
  });

  it('get shows what a risk is associated with, and how well the model knows the record', async () => {
    const holds = {
      part: 'CONTRIBUTION_PART_HOLDS',
      title: 'Hypertension',
      events: [{ system: 's', code: '59621000', offsetDays: -30.2, action: 'ACTION_OCCUR' }],
      logOdds: 0.417,
    };
    const instant = { ...holds, part: 'CONTRIBUTION_PART_INSTANT', title: '', logOdds: -0.05 };
    const { stdout } = await run(['get', HANDLE], {
      GetTwin: {
        handle: HANDLE,
        predictions: [{ ...prediction, contributions: [holds, instant] }],
        fits: [
          {
            ...{
              model: 'trajectory',
              observed: 9,
              expected: 2.25,
              surprise: 0.0004,
              years: 5,
              dataAgeDays: 30.2,
            },
            flags: [{ reason: 'HISTORY_UNEXPECTED', message: 'trust it less' }],
          },
        ],
      },
    });
    assert.match(stdout, /mi +\+0\.42 +Hypertension, 30 days before/);
    assert.match(stdout, /-0\.05 +what was recorded, 30 days before \(59621000\)/);
    assert.match(
      stdout,
      /9 events in 5\.0 years where trajectory expected 2\.3 \(p 0\.000\); .* 30 days old/,
    );
    assert.match(stdout, /Warning HISTORY_UNEXPECTED: trust it less/);
  });

  it('get -o json has numbers where the demo reads numbers', async () => {
    const { stdout } = await run(['get', HANDLE, '-o', 'json'], {
      GetTwin: { handle: HANDLE, revision: 7, events: 321, predictions: [prediction] },
    });
    const { handle, revision, events, predictions } = JSON.parse(stdout);
    const { outcome, horizonDays, risk, low, high, level } = predictions[0];
    assert.deepEqual([handle, revision, events], [HANDLE, 7, 321]);
    assert.deepEqual([outcome, horizonDays, risk, low, high, level], ['mi', 1826.25, 0.123, 0.1, 0.15, 0.9]);
  });

  it('enrol sends the identifier from standard input and prints a PatientTwin without it', async () => {
    const { stdout, exitCode } = await run(
      ['enrol', '--system', 'http://mrn'],
      { Enrol: { handle: HANDLE } },
      'MRN-77\n',
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(seen[0]?.request['identifier'], { system: 'http://mrn', value: 'MRN-77' });
    assert.doesNotMatch(stdout, /MRN-77/);
    const twin = parse(stdout);
    assert.deepEqual(
      [twin.kind, twin.metadata.name, twin.metadata.namespace],
      ['PatientTwin', HANDLE, 'clinic'],
    );
    assert.deepEqual(twin.spec.modelRefs, [{ name: 'trajectory' }]);
  });

  it('events follows pages up to the limit', async () => {
    const event = {
      system: 'http://loinc.org',
      code: '8480-6',
      time: '2020-01-01T00:00:00Z',
      action: 'ACTION_MEASURE',
      number: 120,
      value: 'number',
      numberText: '120.0',
      ucum: 'mm[Hg]',
    };
    const { stdout } = await run(['events', HANDLE, '--limit', '3'], {
      ListEvents: { events: [{ event, source: 'ehr', fromRevision: 2 }], revision: 5, nextPageToken: 'next' },
    });
    assert.equal(seen.length, 3);
    assert.deepEqual(
      seen.map(({ request }) => request['pageSize']),
      [3, 2, 1],
    );
    assert.match(stdout, /MEASURE +http:\/\/loinc\.org +8480-6 +120\.0 mm\[Hg\] +ehr +r2/);
    assert.match(stdout, /and more/);
  });

  it('results leaves the difference of the reference out', async () => {
    const result = {
      scenario: 'as-is',
      outcome: 'mi',
      horizon: 'P5Y',
      risk: '0.1',
      low: '0.08',
      high: '0.12',
      level: '0.9',
    };
    const paired = {
      ...result,
      scenario: 'statin',
      difference: '-0.02',
      differenceLow: '-0.03',
      differenceHigh: '-0.01',
    };
    const answer = { GetResults: { results: [result, paired], subjects: 1 } };
    const json = JSON.parse((await run(['results', 'statins', '-o', 'json'], answer)).stdout);
    assert.equal('difference' in json.results[0], false);
    assert.equal(json.results[1].difference, '-0.02');
    const { stdout } = await run(['results', 'statins'], answer);
    assert.match(stdout, /statin +mi +P5Y +10\.0 % +8\.0 % to 12\.0 % +-2\.0 pp +-3\.0 pp to -1\.0 pp/);
  });

  it('what-if asks for paired scenarios in whole leaves', async () => {
    const risk = {
      scenario: 'what-if',
      outcome: 'mi',
      horizonDays: 1826.25,
      risk: 0.1,
      low: 0.08,
      high: 0.12,
      level: 0.9,
      difference: -0.02,
      differenceLow: -0.03,
      differenceHigh: -0.01,
    };
    const { stdout, exitCode } = await run(
      [
        'what-if',
        HANDLE,
        '--start',
        'rxnorm|314231',
        '--outcomes',
        'mi,stroke',
        '--horizon',
        'P5Y,P1Y',
        '--trajectories',
        '200',
      ],
      { WhatIf: { risks: [risk], revision: 3 } },
    );
    assert.equal(exitCode, 0);
    const { scenarios, horizonsDays, outcomes, trajectories } = seen[0]?.request ?? {};
    assert.deepEqual([horizonsDays, outcomes, trajectories], [[365.25, 1826.25], ['mi', 'stroke'], 256]);
    assert.equal((scenarios as { interventions: unknown[] }[])[1]?.interventions.length, 1);
    assert.match(stdout, /what-if +10\.0 % +8\.0 % to 12\.0 % +-2\.0 pp/);
    assert.doesNotMatch(stdout, /could not act/);
  });

  for (const [ineligible, said] of [
    [1, '100 %'],
    [0.998, 'more than 99 %'],
    [0.25, '25 %'],
    [0.001, 'less than 1 %'],
  ] as const) {
    it(`what-if says that the intervention could not act in ${said} of the futures`, async () => {
      const risks = ['as-is', 'what-if'].flatMap((scenario) =>
        ['mi', 'stroke'].map((outcome) => ({
          scenario,
          outcome,
          horizonDays: 1826.25,
          level: 0.9,
          ineligible: scenario === 'as-is' ? 0 : ineligible,
        })),
      );
      const { stdout } = await run(['what-if', HANDLE, '--start', 'rxnorm|314231'], {
        WhatIf: { risks, revision: 3 },
      });
      const lines = stdout.split('\n').filter((line) => line.includes('could not act'));
      assert.deepEqual(lines, [
        `what-if: could not act in ${said} of the futures (already so, or not alive then)`,
      ]);
    });
  }

  it('erase asks nothing without --yes', async () => {
    const { exitCode, stderr } = await run(['erase', HANDLE, '--reason', 'request'], {});
    assert.equal(exitCode, 2);
    assert.equal(seen.length, 0);
    assert.match(stderr, /--dry-run/);
  });

  it('erase prints counts and the certificate', async () => {
    const { stdout, exitCode } = await run(['erase', HANDLE, '--reason', 'request', '--immediate', '--yes'], {
      EraseSubject: {
        erasure: 'e1',
        state: 'Erased',
        at: '2026-11-24T00:00:00Z',
        removed: { event: 12 },
        certificate: 'Certificate\nof erasure',
      },
    });
    assert.equal(exitCode, 0);
    assert.deepEqual(
      [seen[0]?.request['reason'], seen[0]?.request['immediate'], seen[0]?.request['dryRun']],
      ['request', true, false],
    );
    assert.match(stdout, /event +12/);
    assert.match(stdout, /Certificate\nof erasure/);
  });

  it('audit verify exits 1 when a block is broken', async () => {
    const intact = await run(['audit', 'verify'], { VerifyAudit: { entries: 10, blocks: 2 } });
    assert.deepEqual([intact.exitCode, /intact/.test(intact.stdout)], [0, true]);
    const broken = await run(['audit', 'verify'], {
      VerifyAudit: { entries: 10, blocks: 2, firstBrokenBlock: 2, firstAlteredEntry: 8 },
    });
    assert.deepEqual([broken.exitCode, /block 2 of 2, first altered entry 8/.test(broken.stdout)], [1, true]);
  });

  it('says which verb is missing and how to grant it', async () => {
    const { stderr, exitCode } = await run(
      ['erase', HANDLE, '--reason', 'x', '--yes', '--account', 'nurse'],
      {
        EraseSubject: statusError(status.PERMISSION_DENIED, 'VERB_REQUIRED', 'no'),
      },
    );
    assert.equal(exitCode, 3);
    assert.match(
      stderr,
      /VERB_REQUIRED: ServiceAccount clinic\/nurse needs the verb "erase" on patienttwins/,
    );
    assert.match(stderr, /create role .* --verb=erase --resource=patienttwins\.twinward\.io/);
  });

  it('says that reading needs more than the verb get on the object', async () => {
    const refused = statusError(status.PERMISSION_DENIED, 'VERB_REQUIRED', 'no');
    const { stderr } = await run(['get', HANDLE], { GetTwin: refused });
    assert.match(
      stderr,
      /create role twin-record --verb=get --resource=patienttwins\.twinward\.io\/record\n/,
    );
  });

  it('tells apart what is not found', async () => {
    const { stderr, exitCode } = await run(['get', HANDLE], {
      GetTwin: statusError(status.NOT_FOUND, 'SUBJECT_UNKNOWN', 'no record carries this handle yet'),
    });
    assert.equal(exitCode, 4);
    assert.match(stderr, /SUBJECT_UNKNOWN: no record carries this handle yet/);
  });

  it('refuses a server whose certificate is not of the trust bundle', async () => {
    const other = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=other',
      keys: await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']),
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    });
    writeFileSync(join(folder, 'other.crt'), other.toString('pem'));
    const { exitCode } = await run(['get', HANDLE], {}, '', 'other.crt');
    assert.equal(exitCode, 5);
    assert.equal(seen.length, 0);
  });

  for (const [name, args] of [
    ['an unknown command', ['frob']],
    ['an unknown flag', ['get', HANDLE, '--frob']],
    ['a flag of another command', ['get', HANDLE, '--yes']],
    ['a handle with a typing error', ['get', 'pt-sxty845q78p78r4f']],
    ['another output', ['get', HANDLE, '-o', 'yaml']],
    ['an endpoint without a port', ['get', HANDLE, '--endpoint', 'localhost']],
    ['enrol without an identifier', ['enrol', '--system', 'http://mrn']],
    ['what-if without an intervention', ['what-if', HANDLE]],
  ] as const) {
    it(`exits 2 for ${name}`, async () => {
      const { exitCode, stderr } = await run(args, {});
      assert.equal(exitCode, 2, stderr);
      assert.equal(seen.length, 0);
    });
  }
});
