import { join, resolve } from 'node:path';

/** Repository root. */
export const ROOT: string = join(import.meta.dirname, '../..');

/** Where the stack of one state folder keeps what. */
export interface Layout {
  readonly stateDir: string;
  readonly controlPlane: string;
  readonly postgres: string;
  readonly node: string;
  readonly nodePidFile: string;
  readonly nodeLog: string;
  /** The administrator's kubeconfig, for people. */
  readonly kubeconfig: string;
  /** Programs for people: `kubectl-twin`, and `kubectl` where the machine has none. */
  readonly programs: string;
  readonly kek: string;
  readonly lock: string;
}

/** The layout below a state folder, which may be relative to the working directory. */
export function layoutOf(stateDir: string): Layout {
  const folder = resolve(stateDir);
  return {
    stateDir: folder,
    controlPlane: join(folder, 'control-plane'),
    postgres: join(folder, 'postgres'),
    node: join(folder, 'node'),
    nodePidFile: join(folder, 'process-node.pid.json'),
    nodeLog: join(folder, 'logs/process-node.log'),
    kubeconfig: join(folder, 'kubeconfig'),
    programs: join(folder, 'bin'),
    kek: join(folder, 'kek'),
    lock: join(folder, 'demo.lock'),
  };
}

/** The namespace of the operator and the twin service. */
export const SYSTEM_NAMESPACE = 'twinward-system';
/** What the demo applies, below the repository root. */
export const MANIFESTS = {
  crds: join(ROOT, 'charts/manifests/crds.yaml'),
  system: join(ROOT, 'charts/manifests/demo.yaml'),
  samples: join(ROOT, 'samples/getting-started'),
} as const;
