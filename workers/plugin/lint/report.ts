// Findings as text: for people, for the annotations of GitHub, or as JSON.
import type { Finding } from './finding.ts';
import type { Linted } from './lint.ts';

/** Ways to write findings. */
export const outputs = ['text', 'github', 'json'] as const;
export type OutputForm = (typeof outputs)[number];

/** The whole report, ending with a line break. */
export function report(linted: Linted, form: OutputForm): string {
  switch (form) {
    case 'json':
      return `${JSON.stringify(linted, null, 2)}\n`;
    case 'github':
      return linesOf([...linted.findings.map(annotation), summary(linted)]);
    case 'text':
      return linesOf([...linted.findings.map(sentence), summary(linted)]);
  }
}

const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

function sentence(finding: Finding): string {
  return `${finding.file}:${finding.line}:${finding.column}: ${textOf(finding)}`;
}

/** What is wrong, led by object and field. A message that names its field does not get it twice. */
function textOf({ object, path, message }: Finding): string {
  const about = [object, path].filter((part) => part !== '').join(' ');
  return about === '' ? message : `${about}: ${message}`;
}

/** A workflow command; GitHub shows it at the line. Percent signs and line breaks are escaped as it asks. */
function annotation(finding: Finding): string {
  const escaped = (text: string): string =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string): string => escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  const { file, line, column, rule } = finding;
  const place = `file=${property(file)},line=${line},col=${column},title=${property(`twinward ${rule}`)}`;
  return `::error ${place}::${escaped(textOf(finding))}`;
}

function summary({ findings, checked, skipped }: Linted): string {
  const left = skipped === 0 ? '' : `, ${counted(skipped, 'object')} of other kinds left alone`;
  const verdict = findings.length === 0 ? 'nothing wrong' : counted(findings.length, 'finding');
  return `${counted(checked, 'object')} checked${left}: ${verdict}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
