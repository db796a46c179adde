import { existsSync, rmSync } from 'node:fs';
import { stopControlPlane } from '../control-plane/start.ts';
import { deletePostgres, stopPostgres } from '../postgres/start.ts';
import type { Progress } from '../progress.ts';
import type { Layout } from './layout.ts';
import { stopNode } from './node.ts';

/** Ends every process of the stack; all state stays, and `up` goes on from it. */
export async function stop(layout: Layout, progress: Progress): Promise<boolean> {
  await progress.step('ending the pods and their node', () => stopNode(layout));
  await progress.step('ending the control plane', () => stopControlPlane(layout.controlPlane));
  await progress.step('ending PostgreSQL', () => stopPostgres(layout.postgres));
  return true;
}

/** Ends the stack and removes its state with all records in it. Programs and packages stay in their caches. */
export async function remove(layout: Layout, progress: Progress): Promise<boolean> {
  await stop(layout, progress);
  if (existsSync(layout.postgres)) {
    deletePostgres(layout.postgres);
  }
  rmSync(layout.stateDir, { recursive: true, force: true });
  progress.say(`Removed ${layout.stateDir}.`);
  return true;
}
