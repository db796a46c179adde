import { z } from 'zod';
import { conditions, observedGeneration } from '../condition.ts';
import { formedText, sha256, suspend } from '../fields.ts';
import type { Immutable } from '../immutable.ts';
import { described, immutableField, type KindDefinition, nameRule, objectMeta, v1alpha1 } from '../kind.ts';
import { podSettings } from './pod.ts';

const artifact = z
  .object({
    uri: formedText({
      description:
        'Where the bundle is: builtin:<name> in the image, pvc://<claim>/<path> on a volume of this namespace, or oci://<image> as an image volume.',
      max: 512,
      pattern:
        '^(builtin:[a-z0-9]([-a-z0-9]*[a-z0-9])?|pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[A-Za-z0-9_=-][A-Za-z0-9_.=-]*)*/?|oci://[a-z0-9][-a-z0-9._/:@]*)$',
      remedy:
        'artifact.uri must be builtin:<name>, pvc://<claim>/<path> or oci://<image>: correct the scheme or the path, whose parts must not start with a dot',
    }),
    sha256: sha256(
      'artifact.sha256',
      "sha256 of the bundle's manifest.json, as hex. Another bundle is refused.",
    ),
  })
  .meta({ description: 'The bundle that is served.' });

const accelerator = z
  .object({
    resource: z
      .object({
        name: formedText({
          description: 'Name of the extended resource, such as nvidia.com/gpu or a MIG profile.',
          max: 253,
          pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$',
          remedy:
            'accelerator.resource.name must be the name of an extended resource: write for example nvidia.com/gpu',
        }),
        count: z.int32().min(1).max(64).default(1).meta({ description: 'How many of it each replica gets.' }),
      })
      .exactOptional()
      .meta({ description: 'An extended resource of a device plugin.' }),
    resourceClaimTemplateName: z
      .string()
      .min(1)
      .max(253)
      .exactOptional()
      .meta({ description: 'Name of a ResourceClaimTemplate in this namespace.' }),
  })
  .meta(
    described('What computes. Absent means the CPU.', {
      rule: 'has(self.resource) != has(self.resourceClaimTemplateName)',
      message:
        'accelerator must have exactly one of resource and resourceClaimTemplateName: remove one of them, or remove accelerator to compute on the CPU',
    }),
  );

const spec = z
  .object({
    suspend,
    task: z.enum(['Trajectory', 'Signal', 'Imaging']).meta({
      description: 'What the model does: futures of coded events, forecasts of signals, encoding of images.',
    }),
    use: z.enum(['Research', 'Clinical']).default('Research').meta({
      description: 'What its forecasts may be used for. Clinical requires a local calibration report.',
    }),
    artifact,
    replicas: z.int32().min(0).max(1000).default(1).meta({
      description: 'Pods that serve the model. Leave it out of Git under an autoscaler; 0 is allowed.',
    }),
    accelerator: accelerator.exactOptional(),
    rollout: z
      .object({
        mode: z.enum(['Replace', 'Surge']).exactOptional().meta({
          description:
            'Replace ends an old pod before it starts a new one; Surge needs room for one more pod. Absent means Replace with an accelerator and Surge without.',
        }),
      })
      .exactOptional()
      .meta({ description: 'How a new bundle takes over.' }),
    pod: podSettings.exactOptional(),
  })
  .meta(
    described(
      'What is wanted of the model.',
      immutableField('task', 'create another TwinModel for a model of another task'),
    ),
  );

const revision = z
  .object({
    sha256: z.string().max(64).meta({ description: "sha256 of the bundle's manifest." }),
    role: z
      .enum(['Active', 'Shadow', 'Canary', 'Retiring'])
      .meta({ description: 'Active answers new questions; Retiring is kept while a run is pinned to it.' }),
    readyReplicas: z.int32().min(0).default(0).meta({ description: 'Pods that can answer.' }),
    provider: z
      .string()
      .max(64)
      .exactOptional()
      .meta({ description: 'Execution provider that the pods report, such as Cpu or Cuda.' }),
    pinnedBy: z.int32().min(0).default(0).meta({ description: 'Runs that are pinned to the bundle.' }),
  })
  .meta({ description: 'A bundle that is deployed.' });

const status = z
  .object({
    observedGeneration,
    replicas: z.int32().min(0).exactOptional().meta({ description: 'Pods of the active bundle.' }),
    readyReplicas: z
      .int32()
      .min(0)
      .exactOptional()
      .meta({ description: 'Pods of the active bundle that can answer.' }),
    selector: z
      .string()
      .max(256)
      .exactOptional()
      .meta({ description: 'Label selector of its pods, for autoscalers.' }),
    revisions: z
      .array(revision)
      .max(16)
      .exactOptional()
      .meta({
        description: 'Bundles that are deployed.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['sha256'],
      }),
    conditions,
  })
  .prefault({ observedGeneration: -1 })
  .meta({ description: 'What was observed of the model.' });

/** Schema of a stored TwinModel. */
export const twinModel = z
  .object({
    apiVersion: z.literal(v1alpha1),
    kind: z.literal('TwinModel'),
    metadata: objectMeta,
    spec,
    status,
  })
  .meta(described('A generative model that is served to the twins of its namespace.', nameRule(52)));

export type TwinModel = Immutable<z.output<typeof twinModel>>;
export type TwinModelSpec = TwinModel['spec'];
export type TwinModelStatus = TwinModel['status'];

/** Reads an object of the API server. Fields that this version does not know are dropped. @throws ZodError */
export function parseTwinModel(value: unknown): TwinModel {
  return twinModel.parse(value);
}

/** The kind as the API server learns it. */
export const twinModelKind = {
  kind: 'TwinModel',
  listKind: 'TwinModelList',
  plural: 'twinmodels',
  singular: 'twinmodel',
  shortNames: ['tmodel'],
  categories: ['twinward', 'all'],
  version: 'v1alpha1',
  description: 'TwinModel serves a generative model in ONNX to the twins of its namespace.',
  schema: twinModel,
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
  selectableFields: ['.spec.task', '.spec.use', '.spec.suspend'],
  printerColumns: [
    { name: 'Task', type: 'string', jsonPath: '.spec.task', description: 'What the model does.' },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether the model is accepted and rolled out.',
    },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: 'Why it is or is not ready.',
    },
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', description: 'Pods wanted.' },
    {
      name: 'Serving',
      type: 'integer',
      jsonPath: '.status.readyReplicas',
      description: 'Pods that can answer.',
    },
    {
      name: 'Use',
      type: 'string',
      jsonPath: '.spec.use',
      description: 'What its forecasts may be used for.',
      priority: 1,
    },
    {
      name: 'Bundle',
      type: 'string',
      jsonPath: '.spec.artifact.sha256',
      description: 'Bundle wanted.',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age of the object.' },
  ],
} as const satisfies KindDefinition;
