"""Trains the network and the additive model on the same persons of each world, to see whether the network is worth it.

    python -m trajectory.rivals --run runs/core

Writes RUN/rivals/<world>/; resumable like training. `trajectory.evaluate --run RUN` compares both on the test worlds:
where the additive form is wrong the network must win, and where it is right it must not lose.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from codetable.load import load_code_table
from codetable.vocabulary import build_vocabulary
from population.shards import Order, write_meds_folder
from trajectory.cells import jackknife
from trajectory.export import vocabulary_and_sizes
from trajectory.forecast import fold_cohort
from trajectory.graph import build_graph
from trajectory.meds import data_digest
from trajectory.parameters import Sizes, load_weights
from trajectory.recipe import ADDITIVE, NETWORK, RUNS, Recipe, claim_run
from trajectory.rollout import Step
from trajectory.train import YEARS, prepare, train_members
from trajectory.truth import TestSet
from trajectory.worlds import MATCHED, MISSPECIFIED

SEED, PERSONS = 21, 40_000
RIVAL_WORLDS = (MATCHED, *MISSPECIFIED, "feedback")


def train_rivals(run: Path, world: str, recipe: Recipe, persons: int, jobs: int) -> None:
    """Records of the world, sequences, and both models."""
    folder = run / "rivals" / world
    write_meds_folder(Order(world, persons, SEED, years=YEARS), folder / "meds", jobs)
    vocabulary = build_vocabulary(load_code_table())
    claim_run(folder, recipe, vocabulary, data_digest(folder / "meds"))
    prepare(folder, folder / "meds", recipe, vocabulary)
    train_members(folder, (NETWORK, ADDITIVE), jobs)


def _likelihood(path: Path, sizes: Sizes, test: TestSet) -> np.ndarray:
    step = Step(build_graph(load_weights(path), sizes).SerializeToString(), sizes)
    return fold_cohort(step, test.vocabulary, test.sequences, np.zeros(sizes.events))[1]


def gain_over_additive(run: Path, world: str, test: TestSet, jobs: int) -> dict | None:
    """Likelihood of both models of a world on its test set, in parts of the oracle's; None when they are not there."""
    paths = [run / "rivals" / world / "members" / name / "weights.npz" for name in (NETWORK, ADDITIVE)]
    if not all(path.exists() for path in paths):
        return None
    _, sizes = vocabulary_and_sizes()
    with ProcessPoolExecutor(min(jobs, 2)) as pool:
        network, additive = pool.map(_likelihood, paths, [sizes] * 2, [test] * 2)
    oracle, n = test.oracle_nll, len(network)
    return {
        "network": list(jackknife(lambda rows: network[rows].mean() / oracle[rows].mean() - 1.0, n)),
        "additive": list(jackknife(lambda rows: additive[rows].mean() / oracle[rows].mean() - 1.0, n)),
        "gain": list(jackknife(lambda rows: (additive - network)[rows].mean() / oracle[rows].mean(), n)),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=RUNS / "core")
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--worlds", nargs="+", choices=RIVAL_WORLDS, default=RIVAL_WORLDS)
    a = parser.parse_args()
    for world in a.worlds:
        print(f"rivals in the world {world}", flush=True)
        train_rivals(a.run.resolve(), world, Recipe(epochs=a.epochs), a.persons, a.jobs)


if __name__ == "__main__":
    main()
