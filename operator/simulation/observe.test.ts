import assert from 'node:assert/strict';
import { it } from 'node:test';
import { aSource, aTwin } from '../../test/build.ts';
import { feeding } from './observe.ts';

const named = (name: string) => aSource({}, { metadata: { name, namespace: 'clinic', generation: 1 } });
const sources = [named('ehr'), named('lab')];
const namesFor = (twin: ReturnType<typeof aTwin> | undefined): string =>
  feeding(twin, sources)
    .map(({ metadata }) => metadata.name)
    .join();

it('a Simulation of one twin waits for the sources that the twin names, any other for all', () => {
  assert.equal(namesFor(undefined), 'ehr,lab');
  assert.equal(namesFor(aTwin()), 'ehr,lab');
  assert.equal(namesFor(aTwin({ sourceRefs: [{ name: 'lab' }] })), 'lab');
  assert.equal(namesFor(aTwin({ sourceRefs: [{ name: 'missing' }] })), '');
});
