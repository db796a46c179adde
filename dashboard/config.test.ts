import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '#runtime/config.ts';
import { type Config, configSchema } from './config.ts';

const full = {
  TWINWARD_TWINS_ADDRESS: 'dns:///twinward-twins.twinward-system.svc:8443',
  TWINWARD_EXTERNAL_URL: 'https://twins.clinic.example/',
  TWINWARD_DATABASE_URL: 'postgresql://dashboard:x@db/twinward',
  TWINWARD_OIDC_ISSUER: 'https://login.clinic.example/realms/clinic',
  TWINWARD_OIDC_CLIENT_ID: 'twinward',
  TWINWARD_OIDC_CLIENT_SECRET: 'x'.repeat(16),
};
const read = (change: Readonly<Record<string, string>>): Config =>
  readConfig(configSchema, { ...full, ...change });

describe('the environment of the dashboard', () => {
  it('needs little', () => {
    const config = read({});
    assert.equal(config.TWINWARD_EXTERNAL_URL, 'https://twins.clinic.example');
    assert.equal(config.TWINWARD_OIDC_USER_PREFIX, 'oidc:');
    assert.equal(config.TWINWARD_OIDC_GROUPS_PREFIX, 'oidc:');
  });

  it('may be plain text on this machine', () => {
    assert.equal(
      read({ TWINWARD_EXTERNAL_URL: 'http://localhost:8080' }).TWINWARD_EXTERNAL_URL,
      'http://localhost:8080',
    );
  });

  it('takes an empty prefix for none, never for an empty one', () => {
    assert.equal(read({ TWINWARD_OIDC_USER_PREFIX: '' }).TWINWARD_OIDC_USER_PREFIX, 'oidc:');
  });

  const refused: readonly [
    variable: keyof typeof full | 'TWINWARD_OIDC_USER_PREFIX' | 'TWINWARD_OIDC_SCOPES' | 'TWINWARD_OIDC_CA',
    value: string,
  ][] = [
    ['TWINWARD_EXTERNAL_URL', 'http://twins.clinic.example'],
    ['TWINWARD_EXTERNAL_URL', 'http://127.0.0.1.evil.example'],
    ['TWINWARD_OIDC_ISSUER', 'http://login.clinic.example'],
    ['TWINWARD_OIDC_ISSUER', 'https://a:b@login.clinic.example'],
    ['TWINWARD_OIDC_ISSUER', ''],
    ['TWINWARD_OIDC_CLIENT_SECRET', 'short'],
    ['TWINWARD_OIDC_USER_PREFIX', 'system:'],
    ['TWINWARD_OIDC_SCOPES', 'email'],
    ['TWINWARD_OIDC_CA', '/etc/ca.crt'],
    ['TWINWARD_DATABASE_URL', 'mysql://x'],
  ];
  for (const [variable, value] of refused) {
    it(`refuses ${variable}=${value}, by its name and without the value`, () => {
      assert.throws(
        () => read({ [variable]: value }),
        (error: Error) =>
          error.message.includes(variable) && (value === '' || !error.message.includes(value)),
      );
    });
  }
});
