import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { CodedError } from '#runtime/errors.ts';
import { namespaceAskedFor, personSpokenFor, speaksForSomebody } from './behalf.ts';

type Given = Readonly<Record<string, string | readonly string[]>>;

/** Headers as they arrive: HTTP has joined those of one name by commas. */
function headersOf(given: Given): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(given)) {
    metadata.set(`twinward-${name}`, typeof value === 'string' ? value : value.join(', '));
  }
  return metadata;
}

const anna = { user: 'oidc%3Aanna%40clinic.example', namespace: 'ward-a' };
const many = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `oidc:group-${i}`);

describe('personSpokenFor', () => {
  const cases: readonly {
    readonly name: string;
    readonly given: Given;
    readonly username?: string;
    readonly groups?: readonly string[];
  }[] = [
    { name: 'a person without groups', given: anna },
    {
      name: 'a name of which only what must be is encoded',
      given: { ...anna, user: 'oidc:anna@clinic.example' },
    },
    { name: 'one group', given: { ...anna, group: 'oidc%3Award-a' }, groups: ['oidc:ward-a'] },
    { name: 'groups in their order', given: { ...anna, group: ['b', 'a%20b'] }, groups: ['b', 'a b'] },
    {
      name: 'a comma in a group, which does not make two of it',
      given: { ...anna, group: 'nurses%2Coidc%3Aadmins' },
      groups: ['nurses,oidc:admins'],
    },
    {
      name: 'a comma in the user',
      given: { ...anna, user: 'cn=anna%2Cou=ward' },
      username: 'cn=anna,ou=ward',
    },
    { name: 'a name in UTF-8', given: { ...anna, user: 'J%C3%BCrgen' }, username: 'Jürgen' },
    { name: 'a plus, which is no space', given: { ...anna, user: 'a+b' }, username: 'a+b' },
    {
      name: 'a name that is encoded twice, decoded once',
      given: { ...anna, user: '%2573ystem:x' },
      username: '%73ystem:x',
    },
    {
      name: 'a name that holds "system:" inside',
      given: { ...anna, user: 'oidc:system:x' },
      username: 'oidc:system:x',
    },
    { name: '256 bytes', given: { ...anna, user: '%C3%BC'.repeat(128) }, username: 'ü'.repeat(128) },
    { name: '64 groups', given: { ...anna, group: many(64) }, groups: many(64) },
  ];
  for (const { name, given, username = 'oidc:anna@clinic.example', groups = [] } of cases) {
    it(`reads ${name}`, () => {
      assert.deepEqual(personSpokenFor(headersOf(given), 'ward-a'), {
        namespace: 'ward-a',
        username,
        groups,
      });
    });
  }

  const reserved = 'PERSON_RESERVED';
  const refused: readonly { readonly name: string; readonly given: Given; readonly want?: string }[] = [
    { name: 'no user', given: { group: 'a' } },
    { name: 'an empty user', given: { user: '' } },
    { name: 'a user of spaces', given: { user: ' ' } },
    { name: 'two users', given: { user: ['a', 'b'] } },
    { name: 'the same user twice', given: { user: ['a', 'a'] } },
    { name: 'a user with a bare comma', given: { user: 'a,b' } },
    { name: 'a user and nothing', given: { user: 'a,' } },
    { name: 'a space that is not encoded', given: { user: 'a b' } },
    { name: 'a bare percent', given: { user: '50%' } },
    { name: 'a percent before no digits', given: { user: 'a%zz' } },
    { name: 'bytes that are no UTF-8', given: { user: '%ff' } },
    { name: 'half a character', given: { user: 'a%C3' } },
    { name: 'an overlong encoding', given: { user: '%C1%B3ystem:masters' } },
    { name: 'a NUL', given: { user: 'a%00' } },
    { name: 'a line feed', given: { user: 'a%0Ab' } },
    { name: '257 bytes', given: { user: 'a'.repeat(257) } },
    { name: '258 bytes in 129 characters', given: { user: '%C3%BC'.repeat(129) } },
    { name: 'an empty group', given: { ...anna, group: '' } },
    { name: 'an empty group after another', given: { ...anna, group: ['a', ''] } },
    { name: 'a malformed group after a good one', given: { ...anna, group: ['a', 'b%'] } },
    { name: 'a group of 257 bytes', given: { ...anna, group: 'a'.repeat(257) } },
    { name: '65 groups', given: { ...anna, group: many(65) } },
    { name: 'system:masters as user', given: { user: 'system:masters' }, want: reserved },
    { name: 'a service account as user', given: { user: 'system:serviceaccount:a:b' }, want: reserved },
    { name: 'system: encoded', given: { user: '%73ystem%3Amasters' }, want: reserved },
    { name: 'system: alone', given: { user: 'system:' }, want: reserved },
    { name: 'system:masters as group', given: { ...anna, group: 'system:masters' }, want: reserved },
    {
      name: 'system:masters after a good group',
      given: { ...anna, group: ['a', 'system:masters'] },
      want: reserved,
    },
    {
      name: 'system:masters after a bare comma',
      given: { ...anna, group: 'a,system:masters' },
      want: reserved,
    },
  ];
  for (const { name, given, want = 'PERSON_MALFORMED' } of refused) {
    it(`refuses ${name}, and repeats nothing of it`, () => {
      assert.throws(
        () => personSpokenFor(headersOf(given), 'ward-a'),
        (error) => {
          assert.ok(error instanceof CodedError);
          assert.equal(error.code, want);
          assert.match(error.message, /twinward-(user|group)/);
          assert.doesNotMatch(error.message, /anna|masters|serviceaccount|%[^2]/);
          return true;
        },
      );
    });
  }
});

describe('namespaceAskedFor', () => {
  for (const namespace of ['ward-a', 'a', '0', `${'a'.repeat(62)}9`]) {
    it(`reads ${namespace}`, () => {
      assert.equal(namespaceAskedFor(headersOf({ namespace })), namespace);
    });
  }
  const cases: readonly (readonly [string, Given])[] = [
    ['none', {}],
    ['an empty one', { namespace: '' }],
    ['two', { namespace: ['ward-a', 'ward-b'] }],
    ['the same twice', { namespace: ['ward-a', 'ward-a'] }],
    ['a bare comma', { namespace: 'ward-a,' }],
    ['upper case', { namespace: 'Ward' }],
    ['a dot', { namespace: 'ward.a' }],
    ['a dash at the end', { namespace: 'ward-' }],
    ['a dash at the start', { namespace: '-ward' }],
    ['a path', { namespace: 'ward-a/../ward-b' }],
    ['an encoded letter', { namespace: 'ward%2Da' }],
    ['64 characters', { namespace: 'a'.repeat(64) }],
  ];
  for (const [name, given] of cases) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => namespaceAskedFor(headersOf(given)),
        (error) => error instanceof CodedError && error.code === 'NAMESPACE_MALFORMED',
      );
    });
  }
});

describe('speaksForSomebody', () => {
  for (const name of ['user', 'group', 'namespace']) {
    it(`is true for twinward-${name} alone, even an empty one: it is refused, not passed over`, () => {
      assert.equal(speaksForSomebody(headersOf({ [name]: '' })), true);
    });
  }
  it('is false without any', () => {
    assert.equal(speaksForSomebody(headersOf({ reason: 'x' })), false);
  });
});
