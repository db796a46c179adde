import { placeOf, type Subject, targetOf } from './container-runner.ts';
import { probe } from './prober.ts';
import { counted, newTally, type ProbeKind, probeOf, type Tallies, type Tally } from './probing.ts';
import type { ContainerRecord } from './record.ts';

/** Runs the probes of one pod's containers and counts their results. */
export class ProbeRunner {
  #tallies: Readonly<Record<string, Tallies>> = {};

  /** What the probes have found, by container. */
  get tallies(): Readonly<Record<string, Tallies>> {
    return this.#tallies;
  }

  /** Forgets what was found of a container: it is started anew. */
  reset(container: string): void {
    this.#tallies = { ...this.#tallies, [container]: {} };
  }

  /** Runs one probe in the background; its result wakes the pod unless the container has changed meanwhile. */
  run(subject: Subject, kind: ProbeKind, current: () => ContainerRecord): void {
    const { container, setting } = subject;
    const wanted = probeOf(container, kind);
    const record = current();
    if (wanted === undefined || record.state.kind !== 'running') return;
    const { attempt } = record;
    const tally = this.#tallies[container.name]?.[kind] ?? newTally(wanted, record.state.startedAt);
    this.#put(container.name, kind, { ...tally, inFlight: true });
    const target = targetOf(subject, placeOf(subject, attempt - 1));
    void probe(wanted, target, (wanted.timeoutSeconds ?? 1) * 1000).then((result) => {
      const now = current();
      if (now.attempt !== attempt || now.state.kind !== 'running') return;
      this.#put(container.name, kind, counted(tally, wanted, result.success, setting.now()));
      if (!result.success) reportUnhealthy(subject, kind, result.message);
      subject.wake();
    });
  }

  #put(container: string, kind: ProbeKind, tally: Tally): void {
    const own = { ...this.#tallies[container], [kind]: tally };
    this.#tallies = { ...this.#tallies, [container]: own };
  }
}

function reportUnhealthy(subject: Subject, kind: ProbeKind, message: string): void {
  const name = kind.charAt(0).toUpperCase() + kind.slice(1);
  subject.report({
    type: 'Warning',
    reason: 'Unhealthy',
    message: `${name} probe failed: ${message}`,
    container: subject.container.name,
  });
}
