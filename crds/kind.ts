import { z } from 'zod';

/** API group of all our kinds. */
export const group = 'twinward.io';

/** `apiVersion` of objects of version v1alpha1. */
export const v1alpha1 = `${group}/v1alpha1` as const;

/** A column of `kubectl get`. Priority 1 shows with `-o wide` only. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: 0 | 1;
}

/** Paths of the `/scale` subresource. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath: string;
}

/** Everything that a CustomResourceDefinition says about one version of a kind. */
export interface KindDefinition {
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly version: 'v1alpha1';
  readonly description: string;
  readonly schema: z.ZodObject;
  readonly printerColumns: readonly PrinterColumn[];
  readonly selectableFields: readonly string[];
  readonly scale?: ScalePaths;
}

/** A rule in the Common Expression Language that the API server evaluates. */
export interface CelRule {
  readonly rule: string;
  /** Names the field, what is wrong, and what to do. */
  readonly message: string;
  readonly reason?:
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueRequired'
    | 'FieldValueDuplicate';
  readonly fieldPath?: string;
}

const rulesKey = 'x-kubernetes-validations';

/** Meta that carries a description and CEL rules into the structural schema. */
export function described(description: string, ...rules: readonly CelRule[]): Record<string, unknown> {
  return rules.length === 0 ? { description } : { description, [rulesKey]: rules };
}

/** Rule that a required field keeps its first value. Belongs to the schema of that field's parent. */
export function immutableField(name: string, remedy: string): CelRule {
  return {
    rule: `self.${name} == oldSelf.${name}`,
    message: `${name} cannot be changed: ${remedy}`,
    reason: 'FieldValueForbidden',
    fieldPath: `.${name}`,
  };
}

/** Rule that an optional field keeps its first value or absence. Belongs to the schema of that field's parent. */
export function immutableOptionalField(name: string, remedy: string): CelRule {
  return {
    rule: `has(self.${name}) == has(oldSelf.${name}) && (!has(self.${name}) || self.${name} == oldSelf.${name})`,
    message: `${name} cannot be changed, added or removed: ${remedy}`,
    reason: 'FieldValueForbidden',
    fieldPath: `.${name}`,
  };
}

/** Rule on `metadata.name`: a DNS label of at most `longest` characters, because names of children derive from it. */
export function nameRule(longest: number): CelRule {
  return {
    rule: `self.metadata.name.size() <= ${longest} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
    message: `metadata.name must start with a lower-case letter, hold only a-z, 0-9 and "-", and have at most ${longest} characters, because names of child objects derive from it: choose another name`,
    reason: 'FieldValueInvalid',
  };
}

const ownerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().exactOptional(),
  blockOwnerDeletion: z.boolean().exactOptional(),
});

/** Metadata of a stored object, without managedFields. The CRD leaves it to the API server. */
export const objectMeta = z
  .object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    generation: z.number(),
    resourceVersion: z.string().exactOptional(),
    creationTimestamp: z.string().exactOptional(),
    deletionTimestamp: z.string().exactOptional(),
    labels: z.record(z.string(), z.string()).exactOptional(),
    annotations: z.record(z.string(), z.string()).exactOptional(),
    ownerReferences: z.array(ownerReference).exactOptional(),
  })
  .meta({ description: 'Standard object metadata.' });
