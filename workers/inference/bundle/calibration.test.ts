import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BundleError } from '../errors.ts';
import { manifestSchema } from './manifest.ts';
import { checkCalibration, parseCalibration } from './trajectory-model.ts';

const manifest = manifestSchema.parse(
  JSON.parse(
    readFileSync(
      fileURLToPath(new URL('../../../models/bundles/trajectory-core/manifest.json', import.meta.url)),
      'utf8',
    ),
  ),
);
const { kappa } = manifest.calibration;
const vocabulary = {
  outcomes: [{ name: 'mi', title: '', events: [], recurrent: false, complement: false, calibrated: true }],
};
const isViolation = (error: unknown): boolean =>
  error instanceof BundleError && error.reason === 'ContractViolation';

describe('parseCalibration', () => {
  it('takes a bundle that does not say how far its risks are off', () =>
    assert.deepEqual(parseCalibration({ alpha: {}, kappa: 1.3 }).logitSd, {}));
  for (const [name, change] of [
    ['a negative error', { logitSd: { mi: -0.1 } }],
    ['an error that is no number', { logitSd: { mi: 'small' } }],
    ['a kappa of 0', { kappa: 0 }],
  ] as const) {
    it(`refuses ${name}`, () =>
      assert.throws(() => parseCalibration({ alpha: {}, kappa: 1.3, ...change }), isViolation));
  }
});

describe('checkCalibration', () => {
  it('takes errors of outcomes that the vocabulary has', () =>
    checkCalibration({ alpha: {}, kappa, logitSd: { mi: 0.2 } }, manifest, vocabulary));
  it('refuses an error of an outcome that nobody can ask for', () =>
    assert.throws(
      () => checkCalibration({ alpha: {}, kappa, logitSd: { bliss: 0.2 } }, manifest, vocabulary),
      isViolation,
    ));
  it('refuses another kappa than the manifest says', () =>
    assert.throws(
      () => checkCalibration({ alpha: {}, kappa: kappa + 1, logitSd: {} }, manifest, vocabulary),
      isViolation,
    ));
});
