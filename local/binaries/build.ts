import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LocalFailure } from '../failure.ts';
import { runProgram } from '../processes/run.ts';
import { type Binary, goPackage, type Versions, WRAPPER } from './catalogue.ts';

/** An older Go fetches the version that go.mod asks for; cgo is off so that no C compiler is needed. */
const GO_ENVIRONMENT = { CGO_ENABLED: '0', GOTOOLCHAIN: 'auto', GOFLAGS: '-buildvcs=false' };

/**
 * Builds one program of the control plane from its Go modules into `target`. Takes minutes the first time.
 * @throws LocalFailure when Go is missing, or with the compiler's last lines.
 */
export async function buildFromModules(
  binary: Binary,
  versions: Versions,
  target: string,
  detail: (text: string) => void,
): Promise<void> {
  await requireGo(binary);
  const next = `${target}.${process.pid}.build`;
  try {
    await runProgram(
      'go',
      ['build', '-v', '-trimpath', '-ldflags', linkerFlags(versions), '-o', next, goPackage(binary)],
      { cwd: WRAPPER, env: GO_ENVIRONMENT, onErrorLine: packageCounter(detail) },
    );
    renameSync(next, target);
  } finally {
    rmSync(next, { force: true });
  }
}

/** Installs one released Go program, such as `helm.sh/helm/v4/cmd/helm@v4.3.1`, as `target`; `tags` are build tags. */
export async function installFromModules(
  goProgram: string,
  target: string,
  detail: (text: string) => void,
  tags = '',
): Promise<void> {
  await requireGo(goProgram);
  const folder = `${target}.${process.pid}.install`;
  mkdirSync(folder, { recursive: true });
  try {
    await runProgram('go', ['install', '-v', '-trimpath', '-tags', tags, '-ldflags', '-s -w', goProgram], {
      cwd: dirname(target),
      env: { ...GO_ENVIRONMENT, GOBIN: folder },
      onErrorLine: packageCounter(detail),
    });
    const [path = ''] = goProgram.split('@');
    renameSync(join(folder, path.split('/').at(-1) ?? ''), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Without its version a server calls itself v0.0.0, and clients refuse it. */
function linkerFlags(versions: Versions): string {
  const [major, minor] = versions.kubernetes.slice(1).split('.');
  const variables = {
    gitVersion: versions.kubernetes,
    gitMajor: major,
    gitMinor: minor,
  };
  const settings = Object.entries(variables).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  return ['-s', '-w', ...settings].join(' ');
}

function packageCounter(detail: (text: string) => void): (line: string) => void {
  let compiled = 0;
  return (line) => {
    if (line.startsWith('go: ')) {
      detail(line.slice('go: '.length));
      return;
    }
    compiled += 1;
    detail(`${compiled} packages compiled, now ${line}`);
  };
}

async function requireGo(what: string): Promise<void> {
  try {
    await runProgram('go', ['version']);
  } catch (cause) {
    throw new LocalFailure(
      `${what} has to be built, and there is no Go on the PATH.`,
      'Install Go 1.21 or later, or set KUBEBUILDER_ASSETS to a folder that holds the programs.',
      { cause },
    );
  }
}
