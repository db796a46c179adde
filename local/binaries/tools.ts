import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from '../processes/lock.ts';
import { runProgram } from '../processes/run.ts';
import { type Progress, silentProgress } from '../progress.ts';
import { installFromModules } from './build.ts';
import { cacheRoot } from './catalogue.ts';

interface ToolSource {
  readonly goPackage: string;
  readonly version: string;
  readonly versionArguments: readonly string[];
  /** Build tags, comma-separated. */
  readonly tags?: string;
}

const TOOLS = {
  helm: {
    goPackage: 'helm.sh/helm/v4/cmd/helm',
    version: 'v4.3.1',
    versionArguments: ['version', '--template', '{{.Version}}'],
  },
  // The line before, which many clusters still use.
  helm3: {
    goPackage: 'helm.sh/helm/v3/cmd/helm',
    version: 'v3.21.4',
    versionArguments: ['version', '--template', '{{.Version}}'],
  },
  cyclonus: {
    goPackage: 'github.com/mattfenwick/cyclonus/cmd/cyclonus',
    version: 'v0.5.6',
    versionArguments: ['version'],
  },
  promtool: {
    goPackage: 'github.com/prometheus/prometheus/cmd/promtool',
    version: 'v0.316.0',
    versionArguments: ['--version'],
    // Without the clients of every cloud, which only find things to scrape.
    tags: 'remove_all_sd',
  },
} as const satisfies Readonly<Record<string, ToolSource>>;
export type Tool = keyof typeof TOOLS;

/** All of them. */
export const toolNames: readonly Tool[] = ['helm', 'helm3', 'cyclonus', 'promtool'];

/**
 * The path of a tool that only developers need: from the cache, or built into it from its Go module.
 * @throws LocalFailure when it has to be built and cannot be.
 */
export async function resolveTool(tool: Tool, progress: Progress = silentProgress): Promise<string> {
  const { goPackage, version, tags }: ToolSource = TOOLS[tool];
  const path = join(cacheRoot(), `${tool}-${version}-${process.platform}-${process.arch}`, tool);
  if (await isUsable(tool, path)) {
    return path;
  }
  mkdirSync(dirname(path), { recursive: true });
  return progress.step(`${tool} ${version}`, (detail) =>
    withLock(
      `${path}.lock`,
      (pid) => detail(`waiting for process ${pid}, which is building it`),
      async () => {
        if (!(await isUsable(tool, path))) {
          detail('starting the Go compiler');
          await installFromModules(`${goPackage}@${version}`, path, detail, tags);
        }
        return path;
      },
    ),
  );
}

async function isUsable(tool: Tool, path: string): Promise<boolean> {
  if (!existsSync(path)) {
    return false;
  }
  try {
    await runProgram(path, TOOLS[tool].versionArguments, { timeoutMilliseconds: 20_000 });
    return true;
  } catch {
    return false;
  }
}
