// A policy is a plain function over the resources that a program registered. Each brings the change that breaks it.
import type { Resource } from '../stand/monitor.ts';
import { at, type Value, type Values } from '../stand/values.ts';

/** Resources of all programs of one environment. */
export type World = readonly Resource[];

/** One rule. */
export interface Policy {
  /** A sentence that is true of a good world. */
  readonly name: string;
  /** Names of resources that break it, or what is missing. */
  check(world: World): readonly string[];
  /** Changes a good world so that this policy, at least, is broken. */
  spoil(world: World): World;
  /** Whether trials may do without. */
  readonly prodOnly: boolean;
}

/** A test of one property. */
export interface PropertyRule {
  readonly name: string;
  readonly type: string;
  /** Path of the property; empty for the resource itself. */
  readonly path: string;
  readonly ok: (value: Value | undefined, resource: Resource) => boolean;
  /** A value that is not ok; undefined removes the property. */
  readonly bad: Value | undefined;
  readonly prodOnly?: boolean;
  /** Which resources of the type it is about; all if left out. */
  readonly where?: (resource: Resource) => boolean;
}

/** A policy about one property of every resource of a type, of which there must be one. */
export function property(rule: PropertyRule): Policy {
  const concerns = (resource: Resource): boolean =>
    resource.type === rule.type && (rule.where?.(resource) ?? true);
  return {
    name: rule.name,
    prodOnly: rule.prodOnly ?? false,
    check: (world) => {
      const concerned = world.filter(concerns);
      return concerned.length === 0
        ? [`there is no ${rule.type}`]
        : concerned.filter((one) => !rule.ok(at(one.inputs, rule.path), one)).map(({ name }) => name);
    },
    spoil: (world) =>
      changeFirst(world, concerns, (one) => ({ ...one, inputs: withValue(one.inputs, rule.path, rule.bad) })),
  };
}

/** A policy about how a resource is registered, not what it is. */
export function option(
  name: string,
  type: string,
  ok: (resource: Resource) => boolean,
  bad: Partial<Resource>,
  prodOnly = false,
): Policy {
  const concerns = (resource: Resource): boolean => resource.type === type;
  return {
    name,
    prodOnly,
    check: (world) => {
      const concerned = world.filter(concerns);
      return concerned.length === 0
        ? [`there is no ${type}`]
        : concerned.filter((one) => !ok(one)).map((one) => one.name);
    },
    spoil: (world) => changeFirst(world, concerns, (one) => ({ ...one, ...bad })),
  };
}

/** A policy that forbids resources; `example` is one that it forbids. */
export function forbidden(
  name: string,
  isForbidden: (resource: Resource) => boolean,
  example: Pick<Resource, 'type' | 'inputs'>,
): Policy {
  return {
    name,
    prodOnly: false,
    check: (world) => world.filter(isForbidden).map((one) => `${one.type} ${one.name}`),
    spoil: (world) => {
      const like = world.find(({ custom }) => custom);
      if (like === undefined) throw new Error('an empty world cannot be spoilt');
      return [...world, { ...like, name: 'example', secretInputs: [], ...example }];
    },
  };
}

/** A policy that asks for a resource with certain properties. */
export function required(name: string, isIt: (resource: Resource) => boolean, prodOnly = false): Policy {
  return {
    name,
    prodOnly,
    check: (world) => (world.some(isIt) ? [] : ['there is none']),
    spoil: (world) => world.filter((resource) => !isIt(resource)),
  };
}

function changeFirst(
  world: World,
  concerns: (resource: Resource) => boolean,
  change: (resource: Resource) => Resource,
): World {
  const index = world.findIndex(concerns);
  if (index < 0) throw new Error('nothing to spoil');
  return world.map((resource, position) => (position === index ? change(resource) : resource));
}

function withValue(values: Values, path: string, value: Value | undefined): Values {
  const parts = path.split(/[.[\]]+/).filter((part) => part !== '');
  return replaced(values, parts, value) as Values;
}

function replaced(current: Value | undefined, parts: readonly string[], value: Value | undefined): Value {
  const [head, ...rest] = parts;
  if (head === undefined) return value ?? null;
  if (Array.isArray(current)) {
    return current.map((item, index) => (String(index) === head ? replaced(item, rest, value) : item));
  }
  const map = (typeof current === 'object' && current !== null ? current : {}) as Values;
  if (rest.length === 0 && value === undefined) {
    return Object.fromEntries(Object.entries(map).filter(([key]) => key !== head));
  }
  return { ...map, [head]: replaced(map[head], rest, value) };
}

/** Whether a value is this one. */
export const is =
  (wanted: Value) =>
  (value: Value | undefined): boolean =>
    value === wanted;

/** Whether a value is text that fits. */
export const matches =
  (pattern: RegExp) =>
  (value: Value | undefined): boolean =>
    typeof value === 'string' && pattern.test(value);

/** Whether a value is a number, or text of one with a unit, of at least `least`. */
export const atLeast =
  (least: number) =>
  (value: Value | undefined): boolean =>
    Number.parseFloat(String(value)) >= least;

/** Whether a value is a list that is not empty. */
export const isFilled = (value: Value | undefined): boolean => Array.isArray(value) && value.length > 0;
