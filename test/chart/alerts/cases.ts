// For each alert: series under which it fires, and what it then says; and series under which it must be quiet.
import type { AlertCase } from './alert-case.ts';
import { operatorCases } from './operator-cases.ts';
import { twinsCases } from './twins-cases.ts';
import { workerCases } from './worker-cases.ts';

/** All alerts, by name. */
export const cases: Readonly<Record<string, AlertCase>> = { ...operatorCases, ...twinsCases, ...workerCases };
