import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readInferenceConfig } from './config.ts';

const ENV = { TWINWARD_BUNDLE_URI: 'builtin:trajectory-core', TWINWARD_BUNDLE_SHA256: 'a'.repeat(64) };

describe('configuration of the inference worker', () => {
  const hosts = [
    { name: 'all addresses without a pod address', args: [], podIp: undefined, want: '0.0.0.0' },
    { name: 'the address of the pod', args: [], podIp: '10.0.0.7', want: '10.0.0.7' },
    { name: 'loopback beside a worker', args: ['--bind=loopback'], podIp: '10.0.0.7', want: '127.0.0.1' },
    {
      name: 'the own loopback address of a pod that shares its machine',
      args: ['--bind=loopback'],
      podIp: '127.64.3.9',
      want: '127.64.3.9',
    },
    { name: 'a given address', args: ['--bind=127.0.0.5'], podIp: '10.0.0.7', want: '127.0.0.5' },
  ] as const;
  for (const { name, args, podIp, want } of hosts) {
    it(`binds gRPC to ${name}`, () => {
      const env = podIp === undefined ? ENV : { ...ENV, POD_IP: podIp };
      assert.equal(readInferenceConfig(args, env).host, want);
    });
  }

  it('keeps probes on the address of the pod', () => {
    const config = readInferenceConfig(['--bind=loopback'], {
      ...ENV,
      POD_IP: '10.0.0.7',
      TWINWARD_HEALTH_PORT: '8082',
    });
    assert.equal(config.probeHost, '10.0.0.7');
    assert.equal(config.probePort, 8082);
    assert.equal(config.port, 9000);
  });

  it('names what is missing, without values', () => {
    assert.throws(
      () => readInferenceConfig([], { TWINWARD_BUNDLE_SHA256: 'secret' }),
      (error: Error) => {
        assert.match(error.message, /TWINWARD_BUNDLE_URI/);
        assert.match(error.message, /TWINWARD_BUNDLE_SHA256/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });
});
