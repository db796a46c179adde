// Property values as Pulumi puts them on the wire: plain JSON, with marks for secrets and for what is not known yet.

/** Stands for a value that a preview does not know. */
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const SIGNATURE = '4dabf18193072939515e22adb298388d';
const SECRET = '1b47061264138c4ac30d75fd1eb44270';

/** A property value, without marks. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** A property map, without marks. */
export type Values = Readonly<Record<string, Value>>;

/** A value without marks, and the paths at which something was secret. */
export interface Plain {
  readonly value: Value;
  readonly secretPaths: readonly string[];
}

/** Takes the marks off. `path` is where the value stands. */
export function plain(value: unknown, path = ''): Plain {
  if (Array.isArray(value)) return gather(value.entries(), (key) => `${path}[${key}]`, true);
  if (typeof value !== 'object' || value === null) return { value: value as Value, secretPaths: [] };
  const map = value as Record<string, unknown>;
  if (map[SIGNATURE] === SECRET) {
    const inner = plain(map['value'], path);
    return { value: inner.value, secretPaths: [path, ...inner.secretPaths] };
  }
  return gather(Object.entries(map), (key) => (path === '' ? String(key) : `${path}.${key}`), false);
}

function gather(
  entries: Iterable<readonly [string | number, unknown]>,
  pathOf: (key: string | number) => string,
  isList: boolean,
): Plain {
  const parts = [...entries].map(([key, item]) => ({ key, ...plain(item, pathOf(key)) }));
  return {
    value: isList
      ? parts.map((part) => part.value)
      : Object.fromEntries(parts.map((part) => [String(part.key), part.value])),
    secretPaths: parts.flatMap((part) => part.secretPaths),
  };
}

/** Marks a value as secret. */
export function secret(value: Value): object {
  return { [SIGNATURE]: SECRET, value };
}

/** The value at a path such as `settings.backupConfiguration.enabled` or `guestAccelerators[0].type`. */
export function at(values: Value | undefined, path: string): Value | undefined {
  let current: Value | undefined = values;
  for (const part of path.split(/[.[\]]+/).filter((text) => text !== '')) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Readonly<Record<string, Value>>)[part];
  }
  return current;
}
