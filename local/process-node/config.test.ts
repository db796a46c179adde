import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { selfSigned } from './certificate.ts';
import { parseConfig } from './config.ts';
import { nodeConditions } from './node-object.ts';

const REQUIRED = ['--kubeconfig', '/k', '--state-dir', '/s', '--repository-root', '/r', '--node-name', 'n'];

describe('the command line', () => {
  it('leaves pods running unless told otherwise', () => {
    const config = parseConfig(REQUIRED);
    assert.equal(config.onExit, 'leave');
    assert.deepEqual(config.backoff, { base: 10_000, cap: 300_000 });
  });
  it('takes capacity and back-off', () => {
    const config = parseConfig([
      ...REQUIRED,
      '--capacity',
      'cpu=16,nvidia.com/gpu=1',
      '--backoff',
      '1,4',
      '--on-exit',
      'stop',
    ]);
    assert.deepEqual(config.capacity, { cpu: '16', 'nvidia.com/gpu': '1' });
    assert.deepEqual(config.backoff, { base: 1_000, cap: 4_000 });
    assert.equal(config.onExit, 'stop');
  });
  const wrong: readonly [readonly string[], RegExp][] = [
    [REQUIRED.slice(2), /--kubeconfig is missing/],
    [[...REQUIRED, '--on-exit', 'perhaps'], /--on-exit must be leave or stop/],
    [[...REQUIRED, '--backoff', '5,1'], /--backoff 5,1 must be two numbers/],
    [[...REQUIRED, '--capacity', 'cpu'], /--capacity cpu must be NAME=AMOUNT/],
    [[...REQUIRED, '--kubelet-port', '99999'], /--kubelet-port 99999 is no port/],
  ];
  for (const [args, message] of wrong)
    it(`is refused: ${message.source}`, () => assert.throws(() => parseConfig(args), { message }));
});

describe('the conditions of the node', () => {
  const ready = (before: Parameters<typeof nodeConditions>[0]) => nodeConditions(before, 60_000).at(-1);
  it('keep their transition time while they hold', () => {
    const lastTransitionTime = '1970-01-01T00:00:07Z';
    const held = { type: 'Ready', status: 'True', lastTransitionTime };
    const want = {
      type: 'Ready',
      status: 'True',
      lastTransitionTime,
      lastHeartbeatTime: '1970-01-01T00:01:00Z',
    };
    assert.partialDeepStrictEqual(ready([held]), want);
  });
  it('change with a new transition time', () => {
    const lost = { type: 'Ready', status: 'Unknown', lastTransitionTime: '1970-01-01T00:00:07Z' };
    assert.partialDeepStrictEqual(ready([lost]), { lastTransitionTime: '1970-01-01T00:01:00Z' });
  });
});

describe('the certificate of the log server', () => {
  it('is signed by itself and good for this machine', () => {
    const now = Date.now();
    const { certificate, key } = selfSigned('node', now);
    const read = new X509Certificate(certificate);
    assert.equal(read.checkIP('127.0.0.1'), '127.0.0.1');
    assert.ok(read.verify(read.publicKey));
    assert.ok(Date.parse(read.validFrom) < now && Date.parse(read.validTo) > now);
    assert.match(key, /BEGIN PRIVATE KEY/);
  });
});
