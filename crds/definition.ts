import { group, type KindDefinition } from './kind.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';

/** A CustomResourceDefinition as it is written to YAML. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Uninstall and prune leave CRDs, and thereby all objects, as they are; removing them is an act of its own. */
const keep = {
  'helm.sh/resource-policy': 'keep',
  'argocd.argoproj.io/sync-options': 'ServerSideApply=true,Prune=false,Delete=false',
  'kustomize.toolkit.fluxcd.io/prune': 'disabled',
};

/** The CustomResourceDefinition of a kind. @throws Error when its schema is not structural. */
export function customResourceDefinition(definition: KindDefinition): CustomResourceDefinition {
  const { kind, listKind, plural, singular, shortNames, categories } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      labels: { 'app.kubernetes.io/name': 'twinward', 'app.kubernetes.io/component': 'crds' },
      annotations: keep,
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind, plural, singular, shortNames, categories },
      conversion: { strategy: 'None' },
      versions: [version(definition, structuralSchema(definition.schema))],
    },
  };
}

function version(definition: KindDefinition, schema: StructuralSchema): Readonly<Record<string, unknown>> {
  const { printerColumns, selectableFields, scale } = definition;
  return {
    name: definition.version,
    served: true,
    storage: true,
    additionalPrinterColumns: printerColumns,
    selectableFields: selectableFields.map((jsonPath) => ({ jsonPath })),
    subresources: { status: {}, ...(scale === undefined ? {} : { scale }) },
    schema: { openAPIV3Schema: schema },
  };
}
