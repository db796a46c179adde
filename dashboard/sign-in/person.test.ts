import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Claims, Person } from '../ports.ts';
import { type ClaimRules, personOf, type Unnamed } from './person.ts';

const rules: ClaimRules = {
  userClaim: 'email',
  groupsClaim: 'groups',
  userPrefix: 'oidc:',
  groupsPrefix: 'oidc:',
};
const anna = 'anna@clinic.example';

const cases: readonly [name: string, given: Claims, want: Person | Unnamed][] = [
  [
    'takes name and groups, with prefixes',
    { email: anna, groups: ['ward-a'] },
    { user: `oidc:${anna}`, groups: ['oidc:ward-a'] },
  ],
  [
    'takes one group as text',
    { email: anna, groups: 'ward-a' },
    { user: `oidc:${anna}`, groups: ['oidc:ward-a'] },
  ],
  ['takes no groups', { email: anna }, { user: `oidc:${anna}`, groups: [] }],
  ['names a group once', { email: anna, groups: ['a', 'a'] }, { user: `oidc:${anna}`, groups: ['oidc:a'] }],
  [
    "cannot become one of Kubernetes' own",
    { email: 'system:admin', groups: ['system:masters'] },
    { user: 'oidc:system:admin', groups: ['oidc:system:masters'] },
  ],
  ['needs a name', { groups: [] }, 'USER_CLAIM_MISSING'],
  ['needs a name that is text', { email: 7 }, 'USER_CLAIM_MISSING'],
  ['refuses an empty name', { email: '' }, 'USER_CLAIM_MISSING'],
  ['refuses a name that is too long', { email: 'é'.repeat(126) }, 'USER_CLAIM_MISSING'],
  ['refuses a line break in a name', { email: 'anna\r\ntwinward-group: admin' }, 'USER_CLAIM_MISSING'],
  ['refuses an address that is not verified', { email: anna, email_verified: false }, 'EMAIL_NOT_VERIFIED'],
  ['refuses groups that are no text', { email: anna, groups: [{ name: 'a' }] }, 'GROUPS_CLAIM_UNREADABLE'],
  [
    'refuses too many groups',
    { email: anna, groups: Array.from({ length: 65 }, (_, at) => `g${at}`) },
    'TOO_MANY_GROUPS',
  ],
  [
    'refuses groups that are too long together',
    { email: anna, groups: Array.from({ length: 60 }, (_, at) => `${at}${'x'.repeat(120)}`) },
    'TOO_MANY_GROUPS',
  ],
];

describe('the person of an ID token', () => {
  for (const [name, given, want] of cases) it(name, () => assert.deepEqual(personOf(given, rules), want));

  for (const prefix of ['system', 'sys', 's']) {
    const own = 'system:masters'.slice(prefix.length);
    it(`cannot become one of Kubernetes' own behind the prefix ${prefix} either`, () => {
      const [asUser, asGroup] = [{ email: own }, { email: anna, groups: ['a', own] }];
      assert.equal(personOf(asUser, { ...rules, userPrefix: prefix }), 'USER_CLAIM_MISSING');
      assert.equal(personOf(asGroup, { ...rules, groupsPrefix: prefix }), 'GROUPS_CLAIM_UNREADABLE');
    });
  }

  it('may have another claim as name, which needs no verified address', () => {
    const claims = { sub: 'anna', email_verified: false };
    assert.deepEqual(personOf(claims, { ...rules, userClaim: 'sub' }), { user: 'oidc:anna', groups: [] });
  });
});
