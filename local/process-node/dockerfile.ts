/** What the final stage of a Dockerfile says about running it; file system instructions are not looked at. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

interface Stage {
  readonly config: ImageConfig;
  readonly args: Readonly<Record<string, string>>;
}

const EMPTY: ImageConfig = { entrypoint: [], command: [], environment: {}, workingDirectory: '/' };

/**
 * Reads the final stage of a Dockerfile; a stage that starts FROM an earlier stage inherits from it.
 * @throws Error naming the instruction when the file has no FROM or a JSON form cannot be read.
 */
export function parseDockerfile(text: string): ImageConfig {
  const stages = new Map<string, Stage>();
  let current: Stage | undefined;
  let name = '';
  for (const { keyword, rest } of instructions(text)) {
    if (keyword === 'FROM') {
      const [base = '', , alias] = rest.replace(/--\S+\s+/g, '').split(/\s+/);
      name = (alias ?? `#${stages.size}`).toLowerCase();
      current = stages.get(base.toLowerCase()) ?? { config: EMPTY, args: {} };
    } else if (current !== undefined) {
      current = applied(current, keyword, rest);
    }
    if (current !== undefined) stages.set(name, current);
  }
  if (current === undefined) throw new Error('the Dockerfile has no FROM instruction');
  return current.config;
}

function instructions(text: string): readonly { readonly keyword: string; readonly rest: string }[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replace(/\\\s*\n/g, ' ')
    .split('\n');
  return lines.flatMap((line) => {
    const match = /^\s*([A-Za-z]+)\s+(.*\S)\s*$/.exec(line);
    if (match === null) return [];
    const [, keyword = '', rest = ''] = match;
    return [{ keyword: keyword.toUpperCase(), rest }];
  });
}

function applied(stage: Stage, keyword: string, rest: string): Stage {
  const { config } = stage;
  const known = { ...stage.args, ...config.environment };
  switch (keyword) {
    case 'ENTRYPOINT':
      return { ...stage, config: { ...config, entrypoint: commandLine(keyword, rest), command: [] } };
    case 'CMD':
      return { ...stage, config: { ...config, command: commandLine(keyword, rest) } };
    case 'ENV':
      return {
        ...stage,
        config: { ...config, environment: { ...config.environment, ...pairs(rest, known) } },
      };
    case 'ARG':
      return { ...stage, args: { ...stage.args, ...(rest.includes('=') ? pairs(rest, known) : {}) } };
    case 'WORKDIR': {
      const path = unquoted(rest, known);
      const workingDirectory = path.startsWith('/')
        ? path
        : `${config.workingDirectory.replace(/\/$/, '')}/${path}`;
      return { ...stage, config: { ...config, workingDirectory } };
    }
    default:
      return stage;
  }
}

function commandLine(keyword: string, rest: string): readonly string[] {
  if (!rest.startsWith('[')) return ['/bin/sh', '-c', rest];
  let parsed: unknown;
  try {
    parsed = JSON.parse(rest);
  } catch (error) {
    throw new Error(`${keyword} ${rest} is not a JSON array of strings: quote each word with "`, {
      cause: error,
    });
  }
  if (!Array.isArray(parsed) || !parsed.every((word) => typeof word === 'string')) {
    throw new Error(`${keyword} ${rest} is not a JSON array of strings`);
  }
  return parsed;
}

/** `A=1 B="two words"`, or the old form `A one value`. */
function pairs(rest: string, known: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (!/^\S+=/.test(rest)) {
    const [name = '', ...value] = rest.split(/\s+/);
    return { [name]: unquoted(value.join(' '), known) };
  }
  const found: Record<string, string> = {};
  for (const match of rest.matchAll(/([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|(?:[^\s\\]|\\.)*)/g)) {
    found[match[1] ?? ''] = unquoted(match[2] ?? '', known);
  }
  return found;
}

function unquoted(text: string, known: Readonly<Record<string, string>>): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  const bare = text.startsWith('"') ? text.slice(1, -1) : text;
  return bare
    .replace(/\$\{(\w+)(?::-([^}]*))?\}|\$(\w+)/g, (_, braced: string, fallback: string, plain: string) => {
      return known[braced ?? plain] ?? fallback ?? '';
    })
    .replace(/\\(.)/g, '$1');
}
