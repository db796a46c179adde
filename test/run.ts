// `npm test`: runs every suite, goes on after a failure, and closes with one summary. With names as arguments
// (check, unit, python, integration, e2e; chart, network, images, pulumi, gitops, or deploy for these five) only
// those run.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Counts, deployGroups, root, type Suite, suitesOf, testGroups } from './suites.ts';

interface Outcome {
  readonly suite: Suite;
  readonly counts: Counts;
  readonly seconds: number;
}

async function runSuite(suite: Suite): Promise<Outcome> {
  const started = performance.now();
  console.log(`\n━━ ${suite.name}`);
  const [program, ...args] = suite.command;
  const child = spawn(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...suite.env },
  });
  const stopClock = endWhenHanging(child, suite);
  const exitCode = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      console.error(`${suite.name}: ${error.message}`);
      resolve(127);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
  stopClock();
  const counts = suite.counts(exitCode);
  const none = counts.passed + counts.failed === 0;
  if (none) console.error(`${suite.name}: no test ran`);
  return {
    suite,
    counts: none ? { ...counts, failed: 1 } : counts,
    seconds: (performance.now() - started) / 1000,
  };
}

/** The runner's own timeout cannot end a test that never yields. SIGINT makes it name the files that still ran. */
function endWhenHanging(child: ChildProcess, { name, minutes }: Suite): () => void {
  const interrupt = setTimeout(() => {
    console.error(
      `${name}: not done after ${minutes} minutes; stopped. The files that still ran are named below.`,
    );
    child.kill('SIGINT');
  }, minutes * 60_000);
  const kill = setTimeout(() => child.kill('SIGKILL'), minutes * 60_000 + 30_000);
  return () => {
    clearTimeout(interrupt);
    clearTimeout(kill);
  };
}

function printSummary(outcomes: readonly Outcome[]): boolean {
  const total = { passed: 0, failed: 0, skipped: 0 };
  console.log('\n━━ summary');
  for (const { suite, counts, seconds } of outcomes) {
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
    const mark = counts.failed === 0 ? 'ok  ' : 'FAIL';
    console.log(
      `${mark} ${suite.name.padEnd(28)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${seconds.toFixed(0)} s)`,
    );
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 && total.passed > 0;
}

async function main(names: readonly string[]): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'twinward-test-'));
  try {
    const groups = suitesOf(scratch);
    const asked = names.length > 0 ? names : testGroups;
    const wanted = asked.flatMap((name) => (name === 'deploy' ? ['tools', ...deployGroups] : [name]));
    const unknown = wanted.filter((name) => groups[name] === undefined);
    if (unknown.length > 0) {
      console.error(
        `unknown suite ${unknown.join(', ')}; there are ${[...Object.keys(groups), 'deploy'].join(', ')}`,
      );
      process.exitCode = 2;
      return;
    }
    const outcomes: Outcome[] = [];
    for (const suite of wanted.flatMap((name) => groups[name] ?? [])) outcomes.push(await runSuite(suite));
    process.exitCode = printSummary(outcomes) ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
