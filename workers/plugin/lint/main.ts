// Composition root of `twinward lint`. It needs no cluster.
import { readFileSync, writeSync } from 'node:fs';
import { runLint } from './command.ts';

const standardInput = 0;
const ended = runLint(process.argv.slice(2), () => readFileSync(standardInput, 'utf8'));
if (ended.out !== '') writeSync(1, ended.out);
if (ended.error !== '') writeSync(2, ended.error);
process.exitCode = ended.exitCode;
