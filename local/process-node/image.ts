import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageConfig, parseDockerfile } from './dockerfile.ts';
import type { Container } from './pod.ts';

const OWN_IMAGE = /^ghcr\.io\/twinward\/([a-z0-9]([a-z0-9-]*[a-z0-9])?)(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/;

/** The command line of a container, its folder and what its image adds to the environment. */
export interface Command {
  readonly argv: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The Dockerfile of an image of ours, below the repository; undefined for anybody else's image.
 * `operator` and `dashboard` lie in folders of these names, every other one in workers/<name>/.
 */
export function dockerfileOf(image: string): string | undefined {
  const name = OWN_IMAGE.exec(image)?.[1];
  if (name === undefined) return undefined;
  return ['operator', 'dashboard'].includes(name) ? `${name}/Dockerfile` : `workers/${name}/Dockerfile`;
}

/**
 * "Pulls" an image: reads the final stage of its Dockerfile.
 * @throws Error that says why the image cannot be run here.
 */
export async function resolveImage(image: string, repositoryRoot: string): Promise<ImageConfig> {
  const path = dockerfileOf(image);
  if (path === undefined) {
    throw new Error(
      `a process node runs only images named ghcr.io/twinward/<name>:<tag>, built from a Dockerfile of this repository; ${image} is none: use another image or a cluster with a container runtime`,
    );
  }
  let text: string;
  try {
    text = await readFile(join(repositoryRoot, path), 'utf8');
  } catch (error) {
    throw new Error(`image ${image} needs ${path} in the repository, which cannot be read: check its name`, {
      cause: error,
    });
  }
  try {
    return parseDockerfile(text);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/**
 * Merges image and container as a runtime does (`command` replaces ENTRYPOINT and CMD, `args` replaces CMD),
 * with `/app` as the repository and `node` as the Node that runs the process node.
 */
export function commandOf(
  container: Container,
  image: ImageConfig,
  place: { readonly repositoryRoot: string; readonly node: string },
): Command {
  const own = container.command ?? [];
  const head = own.length > 0 ? own : image.entrypoint;
  const tail = container.args ?? (own.length > 0 ? [] : image.command);
  const local = (text: string): string => inRepository(text, place.repositoryRoot);
  const [program, ...rest] = [...head, ...tail].map(local);
  const environment = Object.fromEntries(
    Object.entries(image.environment).map(([name, value]) => [name, local(value)]),
  );
  return {
    argv: program === undefined ? [] : [program === 'node' ? place.node : program, ...rest],
    workingDirectory: local(container.workingDir ?? image.workingDirectory),
    environment,
  };
}

/** `/app` and paths below it, in the checkout that this machine has. */
function inRepository(text: string, repositoryRoot: string): string {
  return text === '/app' || text.startsWith('/app/') ? repositoryRoot + text.slice('/app'.length) : text;
}
