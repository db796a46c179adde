// promtool over rules and their tests.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveTool } from '../../../local/binaries/tools.ts';
import { lineProgress } from '../../../local/progress.ts';

/** What promtool said. */
export interface Verdict {
  readonly ok: boolean;
  readonly text: string;
}

async function promtool(files: Readonly<Record<string, object>>, args: readonly string[]): Promise<Verdict> {
  const program = await resolveTool('promtool', lineProgress(console.log));
  const folder = mkdtempSync(join(tmpdir(), 'twinward-rules-'));
  try {
    // JSON is YAML.
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), JSON.stringify(content));
    const done = spawnSync(program, args, { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return { ok: done.status === 0, text: `${done.stdout}${done.stderr}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Whether Prometheus reads these rules. */
export function checkRules(rules: readonly object[]): Promise<Verdict> {
  return promtool({ 'rules.yaml': { groups: [{ name: 'check', rules }] } }, ['check', 'rules', 'rules.yaml']);
}

/** A unit test of rules, in the form of promtool. */
export interface RuleTest {
  readonly name: string;
  readonly interval: '1m' | '15m';
  readonly input_series: readonly object[];
  readonly alert_rule_test: readonly object[];
}

/** Runs unit tests of rules. Those with an interval of a quarter of an hour, which look a day ahead, are evaluated so. */
export function testRules(groups: readonly object[], tests: readonly RuleTest[]): Promise<Verdict> {
  const file = (interval: string): object => ({
    rule_files: ['rules.yaml'],
    evaluation_interval: interval,
    tests: tests.filter((test) => test.interval === interval),
  });
  const files = { 'rules.yaml': { groups }, 'minutes.yaml': file('1m'), 'quarters.yaml': file('15m') };
  return promtool(files, ['test', 'rules', 'minutes.yaml', 'quarters.yaml']);
}
