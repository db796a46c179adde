import { group } from '#crds/kind.ts';
import { kinds } from '#crds/kinds.ts';
import { type StructuralSchema, structuralSchema } from '#crds/structural.ts';

/** A kind with the schema that its CustomResourceDefinition has. */
export interface CustomResourceKind {
  readonly kind: string;
  readonly apiVersion: string;
  readonly schema: StructuralSchema;
}

/** Every kind of ours. */
export function customResourceKinds(): readonly CustomResourceKind[] {
  return kinds.map(({ kind, version, schema }) => ({
    kind,
    apiVersion: `${group}/${version}`,
    schema: structuralSchema(schema),
  }));
}
