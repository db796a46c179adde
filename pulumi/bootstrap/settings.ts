// Settings of the bootstrap: which GitOps engine, and where it finds what the cluster should run.
import { z } from 'zod';
import { environment, kubernetesName, wholeNumber } from '../components/settings/fields.ts';

const source = z.strictObject(
  {
    /** Repository that the engine follows. */
    url: z
      .string({ error: 'is missing: which repository says what the cluster runs?' })
      .regex(/^(https|ssh|oci):\/\/[^\s@]+$/, {
        error:
          'must be https://…, ssh://… or oci://… without credentials in it; give those to the engine as a Secret',
      }),
    revision: z
      .string()
      .regex(/^[\w./-]+$/, { error: 'must be a branch, or refs/tags/NAME; for an oci:// source a tag' })
      .default('main'),
    path: z
      .string()
      .regex(/^(?!\/)(?!.*\.\.)[\w./-]+$/, {
        error: 'must be a folder of the repository, without a leading / and without ..',
      })
      .default('clusters'),
  },
  {
    error:
      'is missing: it says which repository the engine follows (source.url, source.revision, source.path)',
  },
);

const version = (text: string): z.ZodDefault<z.ZodString> =>
  z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, {
      error: 'must be an exact version, such as 1.2.3, so that nothing changes by itself',
    })
    .default(text);

/** The settings, validated. */
export const bootstrapSettings = z.strictObject({
  environment,
  engine: z.enum(['argocd', 'flux'], { error: 'must be argocd or flux' }).default('argocd'),
  source,
  /** Chart argo-cd of argo-helm. */
  argocdChart: version('10.1.1'),
  /** Chart flux-operator. */
  fluxChart: version('0.59.0'),
  /** Release series of Flux that the operator keeps up to date. */
  fluxVersion: z
    .string()
    .regex(/^\d+\.\d+\.(x|\d+)$/, { error: 'must be like 2.8.x or 2.8.1' })
    .default('2.8.x'),
  /** Replicas of the engine's stateless parts. */
  replicas: wholeNumber(1, 5, 'replicas').default(2),
  /** Namespace of the release of Twinward. */
  namespace: kubernetesName.default('twinward-system'),
});

/** The settings. */
export type BootstrapSettings = Readonly<z.output<typeof bootstrapSettings>>;
