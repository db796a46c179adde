import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mintHandle } from '#crds/patient-twin/handle.ts';
import { type Route, routeOf, safeReturn } from './routes.ts';

const handle = mintHandle(new Uint8Array(15).fill(7));
const place = { namespace: 'ward-a', handle };

const cases: readonly [method: 'GET' | 'POST', path: string, want: Route | undefined][] = [
  ['GET', '/', { name: 'home' }],
  ['POST', '/', undefined],
  ['POST', '/sign-out', { name: 'sign-out' }],
  ['GET', '/sign-out', undefined],
  ['GET', '/namespaces/ward-a', { name: 'twins', namespace: 'ward-a' }],
  ['GET', `/namespaces/ward-a/twins/${handle}`, { name: 'twin', place }],
  ['POST', `/namespaces/ward-a/twins/${handle}`, undefined],
  ['POST', `/namespaces/ward-a/twins/${handle}/what-if`, { name: 'what-if', place }],
  ['GET', `/namespaces/ward-a/twins/${handle}/what-if`, undefined],
  ['GET', '/namespaces/ward-a/twins/pt-0000000000000001', undefined],
  ['GET', '/namespaces/Ward-A', undefined],
  ['GET', '/namespaces/ward-a/../../api', undefined],
  ['GET', '/namespaces/ward-a%2f..', undefined],
  ['GET', '/__proto__', undefined],
];

describe('an address', () => {
  for (const [method, path, want] of cases) {
    it(`${method} ${path}`, () => assert.deepEqual(routeOf(method, path), want));
  }
});

describe('the way back after signing in', () => {
  const ways: readonly [path: string | null, want: string][] = [
    [`/namespaces/ward-a/twins/${handle}`, `/namespaces/ward-a/twins/${handle}`],
    ['/namespaces/ward-a', '/namespaces/ward-a'],
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/sign-in', '/'],
    [null, '/'],
  ];
  for (const [path, want] of ways) it(`${path}`, () => assert.equal(safeReturn(path), want));
});
