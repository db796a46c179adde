// Observed → conditions of a TwinModel.
import { ConditionType, Reason } from '#crds/condition.ts';
import type { Deployment } from '#runtime/objects.ts';
import { fails, holds, unknown, type Verdict } from '../condition-list.ts';
import { annotation } from '../names.ts';
import { type Trouble, troubleOf } from '../pod-trouble.ts';
import type { Observed } from './observed.ts';

/** The Deployment of the bundle that the spec names. */
export function activeDeployment(observed: Observed): Deployment | undefined {
  const { sha256 } = observed.model.spec.artifact;
  return observed.deployments.find((child) => child.metadata.annotations?.[annotation.sha256] === sha256);
}

/** The first trouble of a pod of the active bundle. */
function activeTrouble(observed: Observed): Trouble | undefined {
  const { sha256 } = observed.model.spec.artifact;
  for (const pod of observed.pods) {
    if (pod.metadata.annotations?.[annotation.sha256] !== sha256) continue;
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const trouble = troubleOf(pod);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

const artifactReasons: Readonly<Record<string, Reason>> = {
  DigestMismatch: Reason.DigestMismatch,
  ContractViolation: Reason.ContractViolation,
  FetchFailed: Reason.FetchFailed,
};

function artifactVerdict(ready: number, trouble: Trouble | undefined): Verdict {
  const type = ConditionType.ArtifactVerified;
  if (ready > 0)
    return holds(
      type,
      Reason.DigestMatches,
      'The bundle has the digest of spec.artifact.sha256 and keeps the contract.',
    );
  const reason = trouble?.kind === 'Terminal' ? artifactReasons[trouble.reason] : undefined;
  if (trouble !== undefined && reason !== undefined) return fails(type, reason, trouble.message);
  return unknown(type, Reason.Fetching, 'The bundle is being read; it is verified before it serves.');
}

function availableVerdict(observed: Observed, ready: number, trouble: Trouble | undefined): Verdict {
  const type = ConditionType.Available;
  if (ready > 0)
    return holds(type, Reason.Serving, `${ready} of ${observed.model.spec.replicas} pods serve.`);
  if (observed.model.spec.replicas === 0) {
    return unknown(
      type,
      Reason.ScaledToZero,
      'spec.replicas is 0; raise it to serve. Dedicated simulations still run.',
    );
  }
  if (trouble?.kind === 'Unschedulable' && observed.model.spec.accelerator !== undefined) {
    return fails(type, Reason.AcceleratorUnavailable, `No node has the accelerator free: ${trouble.message}`);
  }
  if (trouble !== undefined) return fails(type, Reason.NoReadyReplicas, trouble.message);
  return unknown(type, Reason.Starting, 'Pods are starting.');
}

function readyVerdict(
  verdicts: readonly Verdict[],
  observed: Observed,
  trouble: Trouble | undefined,
): Verdict {
  const type = ConditionType.Ready;
  if (observed.model.spec.suspend) return holds(type, Reason.Suspended, 'spec.suspend is true; no pods run.');
  const broken = verdicts.find((verdict) => verdict.status === 'False');
  if (trouble?.kind === 'Unschedulable') return unknown(type, Reason.Unschedulable, trouble.message);
  if (broken !== undefined) return fails(type, broken.reason, broken.message);
  if (observed.model.spec.replicas === 0)
    return holds(type, Reason.ScaledToZero, 'Accepted; spec.replicas is 0.');
  return rolledOut(observed)
    ? holds(type, Reason.RolledOut, 'All pods serve the bundle of spec.artifact.')
    : unknown(type, Reason.RollingOut, 'Pods with the bundle of spec.artifact are starting.');
}

/** Whether every wanted pod of the newest template is ready. */
export function rolledOut(observed: Observed): boolean {
  const child = activeDeployment(observed);
  const wanted = observed.model.spec.replicas;
  const status = child?.status;
  if (child === undefined || status?.observedGeneration !== child.metadata.generation) return false;
  return (status?.updatedReplicas ?? 0) >= wanted && (status?.readyReplicas ?? 0) >= wanted;
}

/** Verdicts on a TwinModel; `Calibrated` only where the use asks for it. */
export function verdictsOf(observed: Observed): readonly Verdict[] {
  const ready = observed.model.spec.suspend ? 0 : (activeDeployment(observed)?.status?.readyReplicas ?? 0);
  const trouble = observed.model.spec.suspend ? undefined : activeTrouble(observed);
  const rest = [artifactVerdict(ready, trouble), availableVerdict(observed, ready, trouble)];
  const calibrated =
    observed.model.spec.use === 'Clinical'
      ? [
          unknown(
            ConditionType.Calibrated,
            Reason.NoLocalReport,
            'spec.use Clinical needs a local calibration report; none has been given. Forecasts are for research until then.',
          ),
        ]
      : [];
  return [readyVerdict(rest, observed, trouble), ...rest, ...calibrated];
}
