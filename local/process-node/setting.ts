import { join } from 'node:path';
import type { Log } from '#runtime/log.ts';
import type { KubeApi } from './api.ts';
import type { BackoffPolicy } from './backoff.ts';
import type { GrowthKeeper } from './log-file.ts';
import type { ObjectStore } from './object-store.ts';
import type { Recorder } from './recorder.ts';
import type { Tokens } from './tokens.ts';

/** What all pods of this node share. */
export interface Setting {
  readonly api: KubeApi;
  readonly nodeName: string;
  readonly stateDirectory: string;
  /** What images see as `/app`. */
  readonly repositoryRoot: string;
  readonly policy: BackoffPolicy;
  readonly objects: ObjectStore;
  readonly tokens: Tokens;
  readonly recorder: Recorder;
  readonly growth: GrowthKeeper;
  readonly log: Log;
  readonly now: () => number;
  /** Variables that every container gets before its own. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
}

/** The folder of one pod: record, volumes, sandboxes, logs. */
export function podFolder(stateDirectory: string, uid: string): string {
  return join(stateDirectory, 'pods', uid);
}
