// The first thing that every script of package.json runs, on whatever Node the machine has (18 or later): it
// installs the packages, among them Node 24, and with --python the Python environment, both only when the
// files that pin them have changed; then it runs the given TypeScript file with Node 24.
//   node local/setup.mjs [--python] SCRIPT.ts [ARGUMENT…]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const programs = join(modules, '.bin');
const requirements = join(root, 'models/requirements.txt');
const environment = join(root, '.venv');
const TICK_MILLISECONDS = 10_000;
const NEEDED_NODE = [24, 12];

/** A failure whose cause is known; `next` says what to do. */
class SetupFailure extends Error {
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

function checkPlatform() {
  const { platform, arch, versions } = process;
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) {
    throw new SetupFailure(
      `Twinward runs on Linux (x64, arm64) and WSL2; this is ${platform} ${arch}.`,
      'Use a Linux machine, a virtual machine, or WSL2.',
    );
  }
  if (Number(versions.node.split('.')[0]) < 18) {
    throw new SetupFailure(
      `Node ${versions.node} is too old to set up Node 24.`,
      'Install Node 18 or later; it is used for this step only.',
    );
  }
}

async function ensurePackages() {
  const wanted = hashOf(join(root, 'package.json'), join(root, 'package-lock.json'));
  const stamp = join(modules, '.twinward-stamp');
  if (read(stamp) === wanted) {
    return;
  }
  if (!installedPackagesMatchLock()) {
    await step('packages: npm ci, about 300 MB the first time', 'npm', ['ci', '--no-progress'], {
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', PATH: pathWithoutOurs() },
      next: 'Is the npm registry reachable? Then run the same command again.',
    });
  }
  writeFileSync(stamp, wanted);
}

/** Whether somebody has installed these very packages already; what other platforms need may be absent. */
function installedPackagesMatchLock() {
  const installed = packagesOf(join(modules, '.package-lock.json'));
  const locked = packagesOf(join(root, 'package-lock.json'));
  return (
    installed !== undefined &&
    locked !== undefined &&
    Object.entries(locked).every(
      ([path, { version, optional }]) =>
        path === '' || installed[path]?.version === version || (optional && installed[path] === undefined),
    )
  );
}

function packagesOf(lockFile) {
  const text = read(lockFile);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

/** The path of a Node that runs TypeScript as it is: that of the npm package, or the one we run on. */
function findNode() {
  for (const candidate of [join(programs, 'node'), process.execPath]) {
    const { stdout } = spawnSync(candidate, ['--version'], { encoding: 'utf8' });
    const [major, minor] = (stdout ?? '').replace('v', '').split('.').map(Number);
    if (major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1])) {
      return candidate;
    }
  }
  throw new SetupFailure(
    `node_modules/.bin/node is missing or not ${NEEDED_NODE.join('.')} or later.`,
    'Its npm package installs it by a script: run `npm rebuild node` (and `npm config get ignore-scripts` must say false), or install Node 24 yourself.',
  );
}

async function ensurePython() {
  if (!existsSync(requirements)) {
    throw new SetupFailure(
      'models/requirements.txt is missing.',
      'Restore it: git checkout models/requirements.txt',
    );
  }
  const wanted = hashOf(requirements);
  const stamp = join(environment, '.twinward-stamp');
  if (read(stamp) === wanted) {
    return;
  }
  await step('Python: virtual environment .venv', 'python3', ['-m', 'venv', '--clear', environment], {
    next: 'Install Python 3.10 or later with its venv module (Debian: apt install python3-venv).',
  });
  await step(
    'Python: packages of models/requirements.txt',
    join(environment, 'bin/python'),
    [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--quiet',
      '--require-hashes',
      '-r',
      requirements,
    ],
    { next: 'Is the Python package index reachable? Then run the same command again.' },
  );
  writeFileSync(stamp, wanted);
}

/** Runs one long step; says that it goes on, and, when it fails, what it wrote last. */
function step(title, program, args, { env = process.env, next }) {
  const started = Date.now();
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  console.log(`… ${title}`);
  const ticker = setInterval(() => console.log(`… ${title} (${elapsed()})`), TICK_MILLISECONDS);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let written = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        written += text;
      });
    }
    const fail = (why) => {
      console.log(`✗ ${title} (${elapsed()})`);
      reject(new SetupFailure(`${program} ${args[0]}: ${why}\n${essence(written)}`, next));
    };
    child.once('error', (error) => fail(error.message));
    child.once('close', (code, signal) => {
      if (code === 0) {
        console.log(`✓ ${title} (${elapsed()})`);
        resolve();
      } else {
        fail(signal ?? `exit code ${code}`);
      }
    });
  }).finally(() => clearInterval(ticker));
}

/** What a program wrote when it failed: its first and last lines, without npm's page of options. */
function essence(text) {
  const lines = text
    .split('\n')
    .filter((line) => !/^npm (warn|error\s*$|error (\[|Options|Usage| {2}))/.test(line));
  return lines.length <= 40
    ? lines.join('\n').trim()
    : [...lines.slice(0, 20), '…', ...lines.slice(-20)].join('\n');
}

/** Keeps two runs from installing at once; a lock whose owner is gone does not count. */
async function withLock(work) {
  // Not in the repository: packages and state come and go there.
  const key = createHash('sha256').update(root).digest('hex').slice(0, 12);
  const lock = join(tmpdir(), `twinward-setup-${process.getuid?.()}-${key}.lock`);
  for (let said = false; !take(lock); said = true) {
    if (!said) {
      console.log(`… waiting for process ${read(lock)}, which is setting up this folder`);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock) {
  const owner = Number(read(lock));
  if (owner > 0 && !existsSync(`/proc/${owner}`)) {
    rmSync(lock, { force: true });
  }
  try {
    writeSync(openSync(lock, 'wx'), String(process.pid));
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Becomes, as far as a process can, the script: its output, its signals, its exit code. */
function runScript(node, args, path) {
  const child = spawn(node, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PATH: path } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    // A terminal sends SIGINT to both of us; then the child must not get it twice.
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) {
        child.kill(signal);
      }
    });
  }
  child.once('error', report);
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

function hashOf(...files) {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** npm must not run on the Node that it is about to replace. */
function pathWithoutOurs() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== programs)
    .join(delimiter);
}

function report(error) {
  console.error(`\nSet-up failed: ${error.message}`);
  console.error(
    `What to do: ${error.next ?? 'this is a fault of the set-up; please report it with the lines above.'}`,
  );
  process.exitCode = 1;
}

async function main() {
  const args = process.argv.slice(2);
  const python = args[0] === '--python';
  const [script, ...rest] = python ? args.slice(1) : args;
  if (script === undefined) {
    throw new SetupFailure('No script was named.', 'node local/setup.mjs [--python] SCRIPT.ts [ARGUMENT…]');
  }
  checkPlatform();
  await withLock(async () => {
    await ensurePackages();
    if (python) {
      await ensurePython();
    }
  });
  const folders = python ? [programs, join(environment, 'bin')] : [programs];
  runScript(findNode(), [join(root, script), ...rest], [...folders, pathWithoutOurs()].join(delimiter));
}

main().catch(report);
