import { failureText } from '../failure.ts';
import type { Progress } from '../progress.ts';
import { referenceOf, stateOf } from './convergence.ts';
import type { Figures, SimulationResult, TwinFigures } from './figures.ts';
import type { FollowedObject } from './follow.ts';
import { levelText, simulationTable, twinTable } from './table.ts';

/** Prints what came out of the samples. Returns false when a figure could not be read. */
export async function printFigures(
  objects: readonly FollowedObject[],
  figures: Figures,
  progress: Progress,
): Promise<boolean> {
  const problems: string[] = [];
  const read = async <T>(what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      problems.push(`${what}: ${failureText(error)}`);
      return undefined;
    }
  };
  const twins = await readTwins(objects, figures, read);
  printTwins(twins, progress);
  for (const { kind, object, verdict } of objects) {
    if (kind === 'Simulation' && verdict === 'Converged') {
      const results = await read(`sim/${object.metadata.name}`, () => figures.simulation(object));
      printSimulation(object.metadata.name, results ?? [], progress);
    }
  }
  for (const problem of problems) {
    progress.say(`✗ ${problem}`);
  }
  return problems.length === 0;
}

/** Says of every object that did not converge where it stands and what to look at. */
export function printUnconverged(objects: readonly FollowedObject[], progress: Progress): void {
  const open = objects.filter(({ verdict }) => verdict !== 'Converged');
  if (open.length === 0) {
    return;
  }
  progress.say(`\n${open.length} of ${objects.length} objects did not converge:`);
  for (const { kind, object, verdict } of open) {
    const reference = referenceOf(kind, object);
    progress.say(
      `✗ ${verdict === 'Failed' ? 'failed' : 'still waiting'}: ${reference}  ${stateOf(kind, object)}`,
    );
    progress.say(`    kubectl describe ${reference}`);
  }
  progress.say('  kubectl get pods -A');
  progress.say('  kubectl -n twinward-system logs deploy/twinward-operator');
  progress.say('  kubectl -n twinward-system logs deploy/twinward-twins');
}

type Read = <T>(what: string, ask: () => Promise<T>) => Promise<T | undefined>;

/** Two at a time: each is a process of its own. */
async function readTwins(
  objects: readonly FollowedObject[],
  figures: Figures,
  read: Read,
): Promise<readonly TwinFigures[]> {
  const wanted = objects.filter(({ kind, verdict }) => kind === 'PatientTwin' && verdict === 'Converged');
  const found: (TwinFigures | undefined)[] = [];
  for (let index = 0; index < wanted.length; index += 2) {
    const pair = wanted
      .slice(index, index + 2)
      .map(({ object: { metadata } }) =>
        read(`ptwin/${metadata.name}`, () => figures.twin(metadata.name, metadata.namespace)),
      );
    found.push(...(await Promise.all(pair)));
  }
  return found.filter((twin) => twin !== undefined);
}

function printTwins(twins: readonly TwinFigures[], progress: Progress): void {
  if (twins.length === 0) {
    return;
  }
  const level = levelText(
    twins.flatMap(({ predictions }) => predictions.map((prediction) => prediction.level)),
  );
  progress.say(`\nTwins${level === undefined ? '' : `: risk with its ${level} interval`}`);
  for (const line of twinTable(twins)) {
    progress.say(`  ${line}`);
  }
}

function printSimulation(name: string, results: readonly SimulationResult[], progress: Progress): void {
  if (results.length === 0) {
    progress.say(`\nSimulation ${name}: it shows no results here; try: kubectl twin results ${name}`);
    return;
  }
  progress.say(`\nSimulation ${name}: with ${levelText(results.map(({ level }) => level))} intervals`);
  for (const line of simulationTable(results)) {
    progress.say(`  ${line}`);
  }
}
