import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { engineTarget } from './engine-target.ts';

const proof = { caFile: '/ca.crt', tokenFile: '/token' };

describe('the target of an engine', () => {
  it('is spoken to with trust and token where it says tls', () => {
    assert.deepEqual(engineTarget('tls:dns:///m-1.clinic.svc:9000', proof), {
      address: 'dns:///m-1.clinic.svc:9000',
      ...proof,
    });
  });

  it('never gets a token in the clear', () => {
    assert.deepEqual(engineTarget('dns:///m-1.clinic.svc:9000', proof), {
      address: 'dns:///m-1.clinic.svc:9000',
    });
  });

  it('is refused where there is nothing to judge it by', () => {
    assert.throws(() => engineTarget('tls:dns:///m-1.clinic.svc:9000', undefined), { code: 'TRUST_MISSING' });
  });
});
