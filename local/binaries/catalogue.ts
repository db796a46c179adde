import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

/** The programs of the control plane and its client. */
export const BINARIES = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
] as const;
export type Binary = (typeof BINARIES)[number];

/** The folder of the wrapper module, which pins every version. */
export const WRAPPER = join(import.meta.dirname, '../control-plane');

export interface Versions {
  /** With a leading v, as in go.mod: `v1.36.3`. */
  readonly kubernetes: string;
  readonly etcd: string;
}

/** The pinned versions, read from the one place that states them: the wrapper's go.mod. */
export function pinnedVersions(goMod: string = readFileSync(join(WRAPPER, 'go.mod'), 'utf8')): Versions {
  const required = (module: string): string => {
    const escaped = module.replaceAll('.', '\\.');
    const version = new RegExp(`^\\s*${escaped} (v\\S+)`, 'm').exec(goMod)?.[1];
    if (version === undefined) {
      throw new Error(`local/control-plane/go.mod requires no version of ${module}; restore it from Git`);
    }
    return version;
  };
  return { kubernetes: required('k8s.io/kubernetes'), etcd: required('go.etcd.io/etcd/server/v3') };
}

/** The pinned version of one program. */
export function pinnedVersion(binary: Binary, versions: Versions): string {
  return binary === 'etcd' ? versions.etcd : versions.kubernetes;
}

/** The Go package of which the program is built. */
export function goPackage(binary: Binary): string {
  return binary === 'etcd' ? 'go.etcd.io/etcd/server/v3' : `k8s.io/kubernetes/cmd/${binary}`;
}

/** Arguments that make the program print its version. */
export function versionArguments(binary: Binary): readonly string[] {
  return binary === 'kubectl' ? ['version', '--client', '--output=json'] : ['--version'];
}

const kubectlVersionSchema = z.object({ clientVersion: z.object({ gitVersion: z.string() }) });

/** The version in what the program printed, with a leading v; undefined when there is none. */
export function parseVersion(binary: Binary, output: string): string | undefined {
  if (binary === 'kubectl') {
    return kubectlVersionSchema.parse(JSON.parse(output)).clientVersion.gitVersion;
  }
  const version = /^(?:etcd Version:|Kubernetes) v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1];
  return version === undefined ? undefined : `v${version}`;
}

/** Whether a program found elsewhere can stand in for the pinned one: same major and minor version. */
export function isCompatible(found: string, pinned: string): boolean {
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  return minor(found) === minor(pinned);
}

/** The user's cache folder for the programs of these versions; kept between checkouts. */
export function cacheFolder(versions: Versions): string {
  const { kubernetes, etcd } = versions;
  const key = `kubernetes-${kubernetes}-etcd-${etcd}-${process.platform}-${process.arch}`;
  return join(cacheRoot(), key);
}

/** The folder that holds one folder per set of versions, and one per other tool. */
export function cacheRoot(): string {
  const home = process.env['XDG_CACHE_HOME'];
  const base = home === undefined || home === '' ? join(homedir(), '.cache') : home;
  return join(base, 'twinward/binaries');
}
