import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity } from '../processes/identity.ts';
import { raised } from './backoff.ts';
import {
  type AttemptFolder,
  attemptFolder,
  contextOf,
  killAll,
  livenessOf,
  terminate,
} from './container-process.ts';
import { ImageError, StartError, startContainer } from './container-start.ts';
import { logTail } from './log-file.ts';
import type { Container, Pod } from './pod.ts';
import { LOST } from './pod-files.ts';
import { type ProbeTarget, probe } from './prober.ts';
import { type ContainerRecord, type Exit, exited, running, starting, waiting } from './record.ts';
import type { PodEvent } from './recorder.ts';
import { terminationLog } from './sandbox.ts';
import { podFolder, type Setting } from './setting.ts';

/** One container of one pod, as the runner sees it. */
export interface Subject {
  readonly setting: Setting;
  readonly pod: Pod;
  readonly podIp: string;
  readonly container: Container;
  readonly volumePath: (volume: string) => string | undefined;
  readonly report: (event: PodEvent) => void;
  readonly wake: () => void;
}

/** Time between ErrImagePull and ImagePullBackOff, and between attempts to start after a missing object. */
const RETRY = 1_000;
const CONFIG_RETRY = 2_000;
const LONGEST_MESSAGE = 4_096;

/** Where the files of attempt `attempt` lie. */
export function placeOf(subject: Subject, attempt: number): AttemptFolder {
  const folder = podFolder(subject.setting.stateDirectory, subject.pod.metadata.uid ?? '');
  return attemptFolder(folder, subject.container.name, attempt);
}

/** The record of a container whose start begins now; a restart raises its back-off. */
export function beginStart(subject: Subject, record: ContainerRecord): ContainerRecord {
  const { policy, now } = subject.setting;
  if (record.state.kind !== 'exited') return starting(record);
  const backoff = raised(record.backoff, record.state.exit.finishedAt, now(), policy);
  return { ...starting(record), backoff };
}

/** While an image cannot be resolved, waits in ImagePullBackOff; undefined when it may be tried (again). */
export function imageWait(subject: Subject, record: ContainerRecord): ContainerRecord | undefined {
  const { imageBackoff, state } = record;
  if (imageBackoff === undefined || state.kind !== 'waiting') return undefined;
  const until = imageBackoff.raisedAt + imageBackoff.delay;
  if (subject.setting.now() >= until) return undefined;
  const { name, image } = subject.container;
  subject.report({
    type: 'Normal',
    reason: 'BackOff',
    message: `Back-off pulling image "${image}"`,
    container: name,
  });
  return waiting(record, 'ImagePullBackOff', `Back-off pulling image "${image}": ${state.message}`, until);
}

/** Starts the container; resolves with its record afterwards, whatever came of it. Never throws. */
export async function start(subject: Subject, record: ContainerRecord): Promise<ContainerRecord> {
  const { container, setting, report } = subject;
  const place = placeOf(subject, record.attempt);
  try {
    const supervisor = await startContainer(setting, { ...subject, place, onExit: subject.wake });
    const now = setting.now();
    const message = `Container image "${container.image}" already present on machine`;
    report({ type: 'Normal', reason: 'Pulled', message, container: container.name });
    report({
      type: 'Normal',
      reason: 'Created',
      message: `Created container: ${container.name}`,
      container: container.name,
    });
    report({
      type: 'Normal',
      reason: 'Started',
      message: `Started container ${container.name}`,
      container: container.name,
    });
    await forgetOldAttempts(subject, record.attempt);
    await postStart(subject, place, supervisor);
    return running(record, supervisor, now);
  } catch (error) {
    return failedStart(subject, record, error);
  }
}

async function forgetOldAttempts(subject: Subject, attempt: number): Promise<void> {
  if (attempt < 2) return;
  const old = placeOf(subject, attempt - 2);
  subject.setting.growth.forget(old.log);
  await rm(old.folder, { recursive: true, force: true });
}

async function postStart(subject: Subject, place: AttemptFolder, supervisor: ProcessIdentity): Promise<void> {
  const hook = subject.container.lifecycle?.postStart;
  if (hook === undefined) return;
  await delay(50);
  const result = await probe(hook, targetOf(subject, place), 60_000);
  if (result.success) return;
  const message = `PostStartHook failed: ${result.message}`;
  subject.report({
    type: 'Warning',
    reason: 'FailedPostStartHook',
    message,
    container: subject.container.name,
  });
  killAll(place, supervisor);
}

function failedStart(subject: Subject, record: ContainerRecord, error: unknown): ContainerRecord {
  const { container, setting, report } = subject;
  const message = error instanceof Error ? error.message : String(error);
  const now = setting.now();
  const warn = (text: string): void =>
    report({ type: 'Warning', reason: 'Failed', message: text, container: container.name });
  if (error instanceof ImageError) {
    warn(`Failed to pull image "${container.image}": ${message}`);
    warn('Error: ErrImagePull');
    const imageBackoff = raised(record.imageBackoff, now, now, setting.policy);
    return { ...waiting(record, 'ErrImagePull', message, now + RETRY), imageBackoff };
  }
  warn(`Error: ${message}`);
  if (!(error instanceof StartError)) {
    return waiting(record, 'CreateContainerConfigError', message, now + CONFIG_RETRY);
  }
  const exit: Exit = {
    exitCode: 128,
    reason: 'StartError',
    message,
    startedAt: now,
    finishedAt: now,
    attempt: record.attempt,
  };
  return exited({ ...record, attempt: record.attempt + 1 }, exit);
}

/** What a probe of this container needs. */
export function targetOf(subject: Subject, place: AttemptFolder): ProbeTarget {
  return { container: subject.container, podIp: subject.podIp, context: () => contextOf(place) };
}

/** The record of a container that should be running: as it was, or exited with what it left behind. */
export async function looked(subject: Subject, record: ContainerRecord): Promise<ContainerRecord> {
  if (record.state.kind !== 'running') return record;
  const place = placeOf(subject, record.attempt - 1);
  const found = livenessOf(place, record.state.supervisor);
  if (found.state === 'running') return record;
  killAll(place, record.state.supervisor);
  const now = subject.setting.now();
  await subject.setting.growth.note(place.log, now);
  const common = { startedAt: record.state.startedAt, attempt: record.attempt - 1 };
  if (found.state === 'lost') {
    const exit = { ...common, exitCode: 137, reason: 'ContainerStatusUnknown', message: LOST };
    return exited(record, { ...exit, finishedAt: now });
  }
  const { exitCode } = found;
  const message = await terminationMessage(subject.container, place, exitCode);
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return exited(record, { ...common, exitCode, reason, message, finishedAt: Math.min(now, found.at) });
}

async function terminationMessage(
  container: Container,
  place: AttemptFolder,
  exitCode: number,
): Promise<string> {
  const text = await readFile(terminationLog(container, place.root), 'utf8').catch(() => '');
  if (text !== '' || exitCode === 0 || container.terminationMessagePolicy !== 'FallbackToLogsOnError') {
    return text.slice(0, LONGEST_MESSAGE);
  }
  return logTail(place.log, 2_048, 80);
}

/** Runs preStop, then asks the container to end. Never throws; SIGKILL is not its business. */
export async function stop(
  subject: Subject,
  record: ContainerRecord,
  order: { readonly reason: string; readonly deadline: number },
): Promise<void> {
  const { container, setting, report } = subject;
  const place = placeOf(subject, record.attempt - 1);
  const unhealthy = order.reason.startsWith('failed');
  const message = unhealthy
    ? `Container ${container.name} ${order.reason}`
    : `Stopping container ${container.name}`;
  report({ type: 'Normal', reason: 'Killing', message, container: container.name });
  setting.log.info('container is stopped', { pod: subject.pod.metadata.name, reason: order.reason });
  const hook = container.lifecycle?.preStop;
  if (hook !== undefined) {
    const result = await probe(hook, targetOf(subject, place), Math.max(1, order.deadline - setting.now()));
    if (!result.success) {
      const failure = `PreStopHook failed: ${result.message}`;
      report({ type: 'Warning', reason: 'FailedPreStopHook', message: failure, container: container.name });
    }
  }
  for (let attempt = 0; attempt < 20 && !terminate(place); attempt += 1) await delay(50);
}
