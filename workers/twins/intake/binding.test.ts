import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BindingQuestion, decideBinding } from './binding.ts';

const nobody: BindingQuestion = {
  handle: undefined,
  current: undefined,
  holder: undefined,
  holderKnownInSource: false,
};
const plain = { subjectId: 1, handle: undefined, minted: false };
const minted = { subjectId: 1, handle: 'pt-minted', minted: true };
const named = { subjectId: 1, handle: 'pt-a', minted: false };
const holder = { subjectId: 2, handle: 'pt-b', minted: false };

describe('decideBinding', () => {
  const cases = [
    {
      name: 'a new record without a handle gets a subject of its own',
      given: nobody,
      want: { act: 'create', handle: undefined },
    },
    {
      name: 'a new record with a free handle gets a named subject',
      given: { ...nobody, handle: 'pt-a' },
      want: { act: 'create', handle: 'pt-a' },
    },
    {
      name: 'a new record of another source joins the subject of its handle',
      given: { ...nobody, handle: 'pt-b', holder },
      want: { act: 'join', subjectId: 2 },
    },
    {
      name: 'a second patient of one source cannot take a handle',
      given: { ...nobody, handle: 'pt-b', holder, holderKnownInSource: true },
      want: { act: 'conflict', handle: 'pt-b' },
    },
    {
      name: 'a record that says nothing new stays',
      given: { ...nobody, current: named },
      want: { act: 'keep' },
    },
    {
      name: 'a record that repeats its handle stays',
      given: { ...nobody, handle: 'pt-a', current: named, holder: named },
      want: { act: 'keep' },
    },
    {
      name: 'a handle that comes after the record names its subject',
      given: { ...nobody, handle: 'pt-c', current: plain },
      want: { act: 'name', handle: 'pt-c' },
    },
    {
      name: 'a given handle replaces a minted one',
      given: { ...nobody, handle: 'pt-c', current: minted },
      want: { act: 'name', handle: 'pt-c' },
    },
    {
      name: 'a named subject cannot be renamed',
      given: { ...nobody, handle: 'pt-c', current: named },
      want: { act: 'conflict', handle: 'pt-c' },
    },
    {
      name: 'an unnamed record moves to the subject that has its handle',
      given: { ...nobody, handle: 'pt-b', current: plain, holder },
      want: { act: 'move', subjectId: 2 },
    },
    {
      name: 'it does not move onto another patient of its own source',
      given: { ...nobody, handle: 'pt-b', current: plain, holder, holderKnownInSource: true },
      want: { act: 'conflict', handle: 'pt-b' },
    },
  ] as const;
  for (const { name, given, want } of cases) {
    it(name, () => assert.deepEqual(decideBinding(given), want));
  }
});
