// Settings of the foundation: network, keys, registry, audit, identities.
import { z } from 'zod';
import {
  deletionProtection,
  environment,
  overlaps,
  privateRange,
  refuseUnprotectedProduction,
  takeDown,
  wholeNumber,
} from '../components/settings/fields.ts';

const network = z
  .strictObject({
    /** Nodes, and the endpoints of control plane and database. */
    nodes: privateRange(16, 26).default('10.0.0.0/20'),
    /** Pods; a /14 holds 1,024 nodes of 110 pods. */
    pods: privateRange(9, 21).default('10.4.0.0/14'),
    services: privateRange(16, 27).default('10.8.0.0/20'),
    /** Whether nodes and pods may open connections to the internet (by NAT). Google's APIs work without. */
    internetEgress: z.boolean({ error: 'must be true or false' }).default(false),
    /** Ranges of the hospital's own network that pods may open HTTPS connections to. */
    reach: z.array(privateRange(8, 32)).default([]),
  })
  .superRefine((settings, context) => {
    const { internetEgress: _internet, reach: _reach, ...ranges } = settings;
    for (const [one, other] of overlaps(ranges)) {
      context.addIssue({
        code: 'custom',
        path: [other],
        message: `shares addresses with network.${one}. Choose ranges that do not overlap, here or in any network that is peered with this one`,
      });
    }
  });

const keys = z.strictObject({
  /** Where keys live. */
  protectionLevel: z.enum(['HSM', 'SOFTWARE'], { error: 'must be HSM or SOFTWARE' }).default('HSM'),
  rotationDays: wholeNumber(1, 365, 'days').default(90),
  /** How long a destroyed key version can still be restored. */
  destroyAfterDays: wholeNumber(7, 120, 'days').default(30),
});

const audit = z.strictObject({
  retentionDays: wholeNumber(365, 3650, 'days').default(400),
  /** A lock on the retention cannot be taken off again. */
  locked: z.boolean({ error: 'must be true or false. A lock cannot be taken off again' }).default(false),
});

const images = z.strictObject({
  /** What happens to a pod whose image nobody attested. */
  unattested: z.enum(['block', 'log'], { error: 'must be block or log' }).default('block'),
  /** Images that run without attestation, beside Google's own and what came through the mirrors. */
  exempt: z
    .array(
      z.string().regex(/^[a-z0-9][-a-z0-9.:]*\/[^*]+(\/\*{1,2})?$/, {
        error:
          'must name a registry and a path, with * or ** only as its last part; "*" alone would allow everything',
      }),
    )
    .default([]),
});

/** The settings, validated. */
export const foundationSettings = z
  .strictObject({
    environment,
    deletionProtection,
    takeDown,
    network: network.prefault({}),
    keys: keys.prefault({}),
    audit: audit.prefault({}),
    images: images.prefault({}),
  })
  .superRefine(refuseUnprotectedProduction);

/** The settings. */
export type FoundationSettings = Readonly<z.output<typeof foundationSettings>>;
