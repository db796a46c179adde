// The program that gives other people's verdicts on our objects: built from its Go modules once, then kept.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheRoot } from '../../local/binaries/catalogue.ts';
import { withLock } from '../../local/processes/lock.ts';
import { runProgram } from '../../local/processes/run.ts';
import { lineProgress } from '../../local/progress.ts';

const SOURCE = join(import.meta.dirname, 'verdicts');
/** An older Go fetches the version that go.mod asks for; cgo is off so that no C compiler is needed. */
const GO_ENVIRONMENT = { CGO_ENABLED: '0', GOTOOLCHAIN: 'auto', GOFLAGS: '-buildvcs=false' };

/** What a tool says of an object. */
export interface Verdict {
  readonly status: string;
  readonly message: string;
}

/** What each tool says of one object; `argo` and `flux` only where a script or expressions were given for its kind. */
export interface Verdicts {
  readonly kstatus: Verdict;
  readonly argo?: Verdict;
  readonly flux?: Verdict;
}

/** Flux's `healthCheckExprs` of one kind. */
export interface HealthCheck {
  readonly current: string;
  readonly inProgress?: string;
  readonly failed?: string;
}

/** What the program is asked. */
export interface Question {
  readonly objects?: readonly object[];
  /** Health scripts of Argo CD, by kind. */
  readonly scripts?: Readonly<Record<string, string>>;
  readonly expressions?: Readonly<Record<string, HealthCheck>>;
  /** HelmReleases as YAML, to be read strictly. */
  readonly helmReleases?: readonly string[];
}

/** What it answers, in the order of the question. */
export interface Answer {
  readonly objects: readonly Verdicts[];
  /** Why each HelmRelease cannot be read; empty when it can. */
  readonly helmReleases: readonly string[];
}

/** Asks the program. @throws Error with what it says, when a script or an expression fails. */
export function ask(program: string, question: Question): Answer {
  const done = spawnSync(program, [], {
    input: JSON.stringify({ objects: [], scripts: {}, expressions: {}, helmReleases: [], ...question }),
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status !== 0) throw new Error(done.stderr.trim() || `the program ended with ${done.status}`);
  return JSON.parse(done.stdout) as Answer;
}

/** Path of the program. The first build takes a minute or two and fetches its modules; later calls find it. */
export async function resolveProgram(): Promise<string> {
  const path = join(
    cacheRoot(),
    `verdicts-${digestOfSource()}-${process.platform}-${process.arch}`,
    'verdicts',
  );
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true });
  const progress = lineProgress((line) => console.log(line));
  return progress.step('kstatus, Lua and CEL of Argo CD and Flux', (detail) =>
    withLock(
      `${path}.lock`,
      (pid) => detail(`waiting for process ${pid}, which is building it`),
      async () => {
        if (!existsSync(path)) await build(path, detail);
        return path;
      },
    ),
  );
}

async function build(path: string, detail: (text: string) => void): Promise<void> {
  const next = `${path}.${process.pid}.build`;
  let compiled = 0;
  const onErrorLine = (line: string): void => {
    compiled += line.startsWith('go: ') ? 0 : 1;
    detail(
      line.startsWith('go: ') ? line.slice('go: '.length) : `${compiled} packages compiled, now ${line}`,
    );
  };
  try {
    const flags = ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', next, '.'];
    await runProgram('go', flags, { cwd: SOURCE, env: GO_ENVIRONMENT, onErrorLine });
    renameSync(next, path);
  } finally {
    rmSync(next, { force: true });
  }
}

function digestOfSource(): string {
  const hash = createHash('sha256');
  for (const file of globSync('*', { cwd: SOURCE }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(SOURCE, file)));
  }
  return hash.digest('hex').slice(0, 12);
}
