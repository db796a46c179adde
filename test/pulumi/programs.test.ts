// The suites that need the programs to run, in one process, so that each program runs once for all of them.
import './suites/stacks.ts';
import './suites/policies.ts';
import './suites/chart-values.ts';
