import { z } from 'zod';
import { isoDuration, objectName, outcomeName, positiveIsoDuration, sha256 } from './fields.ts';

const byName = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };

/** The models that forecast for a twin. */
export const modelRefs = z
  .array(
    z
      .object({ name: objectName('modelRefs[].name', 'Name of a TwinModel in this namespace.') })
      .meta({ description: 'A TwinModel.' }),
  )
  .min(1)
  .max(8)
  .meta({ description: 'Models that forecast for the twin.', ...byName });

/** The sources whose records a twin takes. */
export const sourceRefs = z
  .array(
    z
      .object({ name: objectName('sourceRefs[].name', 'Name of a DataSource in this namespace.') })
      .meta({ description: 'A DataSource.' }),
  )
  .max(16)
  .meta({
    description: 'Sources whose records the twin takes. Absent means all sources of the namespace.',
    ...byName,
  });

/** Outcomes with the horizon at which each is forecast. */
export const outcomesAtHorizons = z
  .array(
    z
      .object({
        name: outcomeName('outcomes[].name'),
        horizon: positiveIsoDuration('outcomes[].horizon', 'How far ahead the risk is stated.').default(
          'P5Y',
        ),
      })
      .meta({ description: 'An outcome at a horizon.' }),
  )
  .max(32)
  .meta({
    description: 'Outcomes that are forecast. Absent means the outcomes that the model is calibrated for.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name', 'horizon'],
  });

/** One model, optionally pinned to a bundle. */
export const pinnedModelRef = z
  .object({
    name: objectName('modelRef.name', 'Name of a TwinModel in this namespace.'),
    sha256: sha256(
      'modelRef.sha256',
      'Pins the bundle by the sha256 of its manifest. Absent means the bundle that is active when subjects are frozen.',
    ).exactOptional(),
  })
  .meta({ description: 'The model that simulates.' });

/** How old something may get. */
export const retentionPeriod = isoDuration('retention.rawMessages', 'How long sealed raw records are kept.');
