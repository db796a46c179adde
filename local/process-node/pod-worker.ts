import { isNotFound } from './api.ts';
import { killAll } from './container-process.ts';
import { beginStart, imageWait, looked, placeOf, type Subject, start, stop } from './container-runner.ts';
import { type Action, decide, type PodView } from './decide.ts';
import { hasTerminalPhase, settled } from './lifecycle.ts';
import { allContainers, type Container, type Pod } from './pod.ts';
import { type KeptPod, removeFolder, saveRecord } from './pod-files.ts';
import { ProbeRunner } from './probe-runner.ts';
import { type ContainerRecord, containerOf, type PodRecord, withContainer } from './record.ts';
import { podFolder, type Setting } from './setting.ts';
import { podStatus } from './status.ts';
import { statusEvents } from './status-events.ts';
import { StatusWriter } from './status-writer.ts';
import { VolumeKeeper } from './volume-keeper.ts';

/*
 * The shell around one pod: observe → decide → apply, one turn at a time. Whatever happens (a change of the
 * object, an exit, a probe's result, a timer) only wakes it.
 */

const TURN_RETRY = 2_000;
const LIVENESS_POLL = 1_000;

/** Runs one pod until it has been removed. */
export class PodWorker {
  #record: PodRecord;
  #pod: Pod;
  #gone = false;
  #shuttingDown = false;
  #removing = false;
  #closed = false;
  readonly #probes = new ProbeRunner();
  #saved = '';
  #busy = false;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #setting: Setting;
  readonly #volumes: VolumeKeeper;
  readonly #status: StatusWriter;
  readonly #onRemoved: () => void;

  constructor(setting: Setting, kept: KeptPod, onRemoved: () => void) {
    this.#setting = setting;
    this.#record = kept.record;
    this.#pod = kept.pod;
    this.#onRemoved = onRemoved;
    const folder = `${podFolder(setting.stateDirectory, kept.record.uid)}/volumes`;
    this.#volumes = new VolumeKeeper(setting, folder, kept.record.ip);
    this.#status = new StatusWriter(setting, () => this.wake());
  }

  get record(): PodRecord {
    return this.#record;
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Whether no process of the pod is running or being started. */
  get isQuiet(): boolean {
    return Object.values(this.#record.containers).every(
      ({ state }) => state.kind !== 'running' && state.kind !== 'starting',
    );
  }

  /** Takes the pod as the API server has it now. */
  update(pod: Pod): void {
    if (pod.metadata.resourceVersion === this.#pod.metadata.resourceVersion) return;
    this.#pod = pod;
    this.#volumes.markDirty();
    this.wake();
  }

  /** The API server does not have the pod any more. */
  markGone(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.wake();
  }

  /** A ConfigMap or Secret that a volume shows has changed. */
  refreshVolumes(): void {
    this.#volumes.retryNow();
    this.wake();
  }

  /** Stops all containers and leaves the API object as it is. */
  shutDown(): void {
    this.#shuttingDown = true;
    this.wake();
  }

  /** Ends the worker and leaves its processes running. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#status.close();
  }

  /** Asks for a turn. */
  wake(): void {
    this.#again = true;
    if (!this.#busy) void this.#turns();
  }

  async #turns(): Promise<void> {
    this.#busy = true;
    while (this.#again && !this.#closed) {
      this.#again = false;
      await this.#turn().catch((error: unknown) => {
        this.#setting.log.error('pod turn failed', { pod: this.#pod.metadata.name, error });
        this.#wakeAt(this.#setting.now() + TURN_RETRY);
      });
    }
    this.#busy = false;
  }

  async #turn(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#observe();
    if (!this.#over()) await this.#volumes.sync(this.#pod);
    const decision = decide(this.#view(), this.#setting.now());
    for (const action of decision.actions) await this.#apply(action);
    await this.#save();
    this.#writeStatus();
    if (decision.actions.some((action) => action.do !== 'remove')) this.#again = true;
    this.#wakeAt(Math.min(decision.checkAt ?? Number.POSITIVE_INFINITY, this.#nextCheck()));
  }

  #view(): PodView {
    return {
      pod: this.#pod,
      record: this.#record,
      gone: this.#gone,
      volumesReady: this.#volumes.ready,
      tallies: this.#probes.tallies,
      policy: this.#setting.policy,
      shuttingDown: this.#shuttingDown,
    };
  }

  /** Besides what was decided: a look at processes, at volumes to retry, and at tokens to renew. */
  #nextCheck(): number {
    const now = this.#setting.now();
    const poll = this.isQuiet ? Number.POSITIVE_INFINITY : now + LIVENESS_POLL;
    if (this.#over()) return poll;
    return Math.min(poll, Math.max(now + 50, this.#volumes.nextSync(this.#pod)));
  }

  #over(): boolean {
    return hasTerminalPhase(this.#pod) || this.#gone;
  }

  #wakeAt(time: number): void {
    if (this.#closed || !Number.isFinite(time)) return;
    clearTimeout(this.#timer);
    const pause = Math.min(Math.max(0, time - this.#setting.now()), 3_600_000);
    this.#timer = setTimeout(() => this.wake(), pause);
  }

  #subject(container: Container): Subject {
    return {
      setting: this.#setting,
      pod: this.#pod,
      podIp: this.#record.ip,
      container,
      volumePath: (volume) => this.#volumes.path(volume),
      report: (event) => this.#setting.recorder.record(this.#pod, event),
      wake: () => this.wake(),
    };
  }

  #put(name: string, container: ContainerRecord): void {
    this.#record = withContainer(this.#record, name, container);
  }

  async #observe(): Promise<void> {
    for (const container of allContainers(this.#pod)) {
      const before = containerOf(this.#record, container.name);
      const after = await looked(this.#subject(container), before);
      this.#put(container.name, settled(container, after, this.#probes.tallies[container.name] ?? {}));
    }
  }

  async #apply(action: Action): Promise<void> {
    if (action.do === 'remove') return this.#remove();
    if (action.do === 'give up') {
      this.#record = { ...this.#record, verdict: action.verdict };
      const { reason, message } = action.verdict;
      this.#setting.recorder.record(this.#pod, { type: 'Normal', reason, message });
      return;
    }
    const container = allContainers(this.#pod).find((one) => one.name === action.container);
    if (container === undefined) return;
    if (action.do === 'start') return this.#start(container);
    if (action.do === 'probe') {
      const current = (): ContainerRecord => containerOf(this.#record, container.name);
      return this.#probes.run(this.#subject(container), action.kind, current);
    }
    if (action.do === 'kill') return this.#kill(container);
    this.#stop(container, action);
  }

  async #start(container: Container): Promise<void> {
    const subject = this.#subject(container);
    const before = containerOf(this.#record, container.name);
    const wait = imageWait(subject, before);
    if (wait !== undefined) return this.#put(container.name, wait);
    const record = beginStart(subject, before);
    this.#put(container.name, record);
    this.#probes.reset(container.name);
    await this.#save();
    void start(subject, record).then((after) => {
      this.#put(container.name, after);
      this.wake();
    });
  }

  #stop(container: Container, order: { readonly reason: string; readonly deadline: number }): void {
    const record = containerOf(this.#record, container.name);
    if (record.state.kind !== 'running') return;
    const first = record.state.stop === undefined;
    const next = { reason: order.reason, deadline: order.deadline, killed: false };
    this.#put(container.name, { ...record, state: { ...record.state, stop: next } });
    if (first) void stop(this.#subject(container), record, order);
  }

  #kill(container: Container): void {
    const record = containerOf(this.#record, container.name);
    if (record.state.kind !== 'running' || record.state.stop === undefined) return;
    killAll(placeOf(this.#subject(container), record.attempt - 1), record.state.supervisor);
    const killed = { ...record.state.stop, killed: true };
    this.#put(container.name, { ...record, state: { ...record.state, stop: killed } });
  }

  #writeStatus(): void {
    if (this.#gone || this.#shuttingDown || this.#closed) return;
    if (hasTerminalPhase(this.#pod) && Object.keys(this.#record.containers).length === 0) return;
    const previous = this.#status.latest;
    const status = podStatus({
      pod: this.#pod,
      record: this.#record,
      policy: this.#setting.policy,
      now: this.#setting.now(),
      ...(previous?.conditions === undefined ? {} : { previous: previous.conditions }),
    });
    for (const event of statusEvents(previous, status)) this.#setting.recorder.record(this.#pod, event);
    this.#status.want(this.#pod, status);
  }

  async #save(): Promise<void> {
    const text = JSON.stringify(this.#record);
    if (text === this.#saved || this.#removing) return;
    await saveRecord(this.#setting.stateDirectory, { record: this.#record, pod: this.#pod });
    this.#saved = text;
  }

  /** Removes the API object once its last status is written, then all traces. */
  async #remove(): Promise<void> {
    this.#writeStatus();
    if (this.#removing || !(this.#status.settled || this.#gone)) return;
    this.#removing = true;
    try {
      if (!this.#gone) await this.#deleteObject();
    } catch (error) {
      this.#removing = false;
      throw error;
    }
    this.close();
    this.#setting.tokens.forget(this.#record.uid);
    await removeFolder(this.#setting.stateDirectory, this.#record.uid);
    this.#onRemoved();
  }

  async #deleteObject(): Promise<void> {
    const { namespace = 'default', name, uid } = this.#pod.metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await this.#setting.api
      .send('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, options)
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }
}
