// Helm as the tests run it: built from its module, with all of its state in a folder of its own.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { resolveTool } from '../../local/binaries/tools.ts';
import { lineProgress } from '../../local/progress.ts';
import { type Json, type Ran, run } from '../e2e/stack.ts';

export const ROOT: string = join(import.meta.dirname, '../..');
/** The chart as it is, and as it was first. */
export const CHART: string = join(ROOT, 'charts/twinward');
export const FIRST: string = join(import.meta.dirname, 'frozen/0.1.0/twinward');
export const SYSTEM = 'twinward-system';

/** Runs helm. */
export interface Helm {
  /** What it printed; rejects when it fails. */
  (...args: readonly string[]): Promise<string>;
  /** Whatever comes of it. */
  try(...args: readonly string[]): Promise<Ran>;
}

/** Helm of a major version; without a kubeconfig it can only render. */
export async function helmOf(
  which: 'helm' | 'helm3',
  folder: string,
  kubeconfig = '/dev/null',
): Promise<Helm> {
  const program = await resolveTool(
    which,
    lineProgress((line) => console.log(line)),
  );
  const env = {
    KUBECONFIG: kubeconfig,
    HELM_CACHE_HOME: join(folder, 'helm/cache'),
    HELM_CONFIG_HOME: join(folder, 'helm/config'),
    HELM_DATA_HOME: join(folder, 'helm/data'),
  };
  const attempt = (...args: readonly string[]): Promise<Ran> => run(program, args, { env });
  const succeed = async (...args: readonly string[]): Promise<string> => {
    const ran = await attempt(...args);
    assert.equal(ran.code, 0, `helm ${args.join(' ')}\n${ran.err}`);
    return ran.out;
  };
  return Object.assign(succeed, { try: attempt });
}

/** `--set` flags. */
export const set = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);

/** The objects in a stream of YAML. */
export function objectsIn(yaml: string): readonly Json[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const value: Json = document.toJS();
    return value === null ? [] : [value];
  });
}

/** `Kind/name` of an object. */
export const identityOf = ({ kind, metadata }: Json): string => `${kind}/${metadata.name}`;

/** Pod templates of objects that make pods. */
export function podTemplates(objects: readonly Json[]): readonly Json[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const template = kind === 'CronJob' ? spec.jobTemplate.spec.template : spec?.template;
    return template?.spec?.containers === undefined ? [] : [{ owner: `${kind}/${metadata.name}`, template }];
  });
}
