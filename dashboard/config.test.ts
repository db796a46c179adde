import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configSchema } from './config.ts';

const settings = {
  TWINWARD_TWINS_ADDRESS: 'dns:///twinward-twins.twinward-system.svc:8443',
  TWINWARD_EXTERNAL_URL: 'https://twins.clinic.example',
  TWINWARD_DATABASE_URL: 'postgres://dashboard@localhost/twinward',
  TWINWARD_OIDC_ISSUER: 'https://login.clinic.example',
  TWINWARD_OIDC_CLIENT_ID: 'twinward',
  TWINWARD_OIDC_CLIENT_SECRET: 'a secret of sixteen',
};

describe('a prefix of names', () => {
  for (const [prefix, isTaken] of [
    ['oidc:', true],
    ['clinic/', true],
    ['', false],
    ['system:', false],
    // With the claim `:masters` it would make `system:masters`.
    ['system', false],
  ] as const) {
    it(`${prefix === '' ? 'that is empty' : prefix} is ${isTaken ? 'taken' : 'refused'}`, () => {
      for (const name of ['TWINWARD_OIDC_USER_PREFIX', 'TWINWARD_OIDC_GROUPS_PREFIX'])
        assert.equal(configSchema.safeParse({ ...settings, [name]: prefix }).success, isTaken);
    });
  }
});
