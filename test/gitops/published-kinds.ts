// The CustomResourceDefinitions of Argo CD and Flux, as their authors publish them in their Go modules.
import { join } from 'node:path';
import { runProgram } from '../../local/processes/run.ts';

interface Source {
  readonly module: string;
  /** What the module must hash to. */
  readonly sum: string;
  /** Files in the module. */
  readonly files: readonly string[];
}

const SOURCES: readonly Source[] = [
  {
    module: 'github.com/argoproj/argo-cd/v3@v3.5.7',
    sum: 'h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=',
    files: ['manifests/crds/application-crd.yaml', 'manifests/crds/appproject-crd.yaml'],
  },
  {
    module: 'github.com/fluxcd/kustomize-controller@v1.9.6',
    sum: 'h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=',
    files: ['config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml'],
  },
  {
    module: 'github.com/fluxcd/source-controller@v1.9.6',
    sum: 'h1:nG534/bI6nVpyHra7ONAk6xDB3xPsVT+EOLHZHXPrrc=',
    files: ['config/crd/bases/source.toolkit.fluxcd.io_ocirepositories.yaml'],
  },
];

/** Paths of the definitions; fetched into Go's module cache the first time. */
export async function publishedKinds(): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const source of SOURCES) {
    const output = await runProgram('go', ['mod', 'download', '-json', source.module], {
      cwd: join(import.meta.dirname, 'verdicts'),
      env: { GOFLAGS: '-mod=mod', GOWORK: 'off' },
    });
    const { Dir, Sum } = JSON.parse(output) as { readonly Dir: string; readonly Sum: string };
    if (Sum !== source.sum) throw new Error(`${source.module} is not what it was: ${Sum}, not ${source.sum}`);
    paths.push(...source.files.map((file) => join(Dir, file)));
  }
  return paths;
}
