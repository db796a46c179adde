"""Models with a planted fault, each of which must fail the gate that is there for it. Slow; run by hand after training:

    python -m trajectory.mutants --run runs/core            writes evaluation/mutants.json

The control is the first member of the run; a fault of the data is trained like it, on the same records. They are judged
on the matched world of the evaluation. A fault is caught when a cell of its gate that the control passes fails.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from codetable.vocabulary import Vocabulary
from trajectory import gates
from trajectory.bundle import write_json
from trajectory.ensemble import Answers, ask_member, read_bundle
from trajectory.evaluate import REPORT, balance_cells, effect_figures, excess_nll, outcome_cells
from trajectory.export import vocabulary_and_sizes
from trajectory.faults import (
    ReusedClocks,
    Weights,
    with_leaked_future,
    with_shuffled_labels,
    with_swapped_signs,
    without_beta,
    without_censored_tail,
    without_mask,
)
from trajectory.forecast import Forecast
from trajectory.graph import build_graph
from trajectory.parameters import load_weights, save_weights
from trajectory.recipe import RUNS, Recipe, read_recipe
from trajectory.rollout import Clocks
from trajectory.sequences import Sequences, load_sequences
from trajectory.truth import Size, TestSet, make_test_set
from trajectory.worlds import MATCHED, oracle_of, seed_of

SEED = 31
CONTROL_MEMBER = "member-0"
DRUGS = ("statin", "anticoagulant", "sglt2-inhibitor", "bisphosphonate", "ppi", "inhaled-corticosteroid")
"""Whose effects are asked for."""


@dataclass(frozen=True)
class Mutant:
    """A fault: in the sequences, in the weights, in the clocks, or in the host's vocabulary; and its gate."""

    name: str
    gate: str
    data: Callable[[Sequences, Vocabulary], Sequences] | None = None
    weights: Callable[[Weights, Vocabulary], Weights] | None = None
    clocks: type[Clocks] = Clocks
    host: Callable[[Vocabulary], Vocabulary] | None = None


CONTROL = Mutant("control", "")
MUTANTS = (
    Mutant("no censored tail", "eo", data=without_censored_tail),
    Mutant("leaked future", "excess-nll", data=with_leaked_future),
    Mutant("swapped drug sign", "wrong-signs", weights=with_swapped_signs),
    Mutant("shuffled labels", "auroc", data=with_shuffled_labels),
    Mutant("s without beta", "eo", weights=without_beta),
    Mutant("no risk mask", "excess-nll", host=without_mask),
    Mutant("reused clocks", "martingale", clocks=ReusedClocks),
)


def trained(run: Path, mutant: Mutant, recipe: Recipe, vocabulary: Vocabulary) -> Weights:
    """Weights of a mutant: the control's, or those of a training on faulty sequences, kept in run/mutants."""
    path = run / "members" / CONTROL_MEMBER / "weights.npz"
    if mutant.data is not None:
        path = run / "mutants" / mutant.name.replace(" ", "-") / "weights.npz"
        if not path.exists():
            _train(run, mutant, recipe, vocabulary, path)
    weights = load_weights(path)
    return mutant.weights(weights, vocabulary) if mutant.weights else weights


def _train(run: Path, mutant: Mutant, recipe: Recipe, vocabulary: Vocabulary, path: Path) -> None:
    import torch

    from trajectory.batches import Packer
    from trajectory.member import fit

    path.parent.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    data, tuning = (load_sequences(run / "tensors" / split) for split in ("train", "tuning"))
    faulty = mutant.data(data, vocabulary) if mutant.data else data
    found = fit(path.parent, CONTROL_MEMBER, recipe, faulty, Packer(tuning, vocabulary), vocabulary)
    save_weights(path, found.export_weights())


@dataclass(frozen=True)
class Bench:
    """What every mutant is asked and judged by: the matched test set, futures of each person, effects and nulls."""

    run: Path
    test: TestSet
    repeats: int
    names: dict[str, list[str]]
    nulls: dict[str, set[str]]


def lines_of(mutant: Mutant, bench: Bench) -> list[gates.Verdict]:
    """Gates of a single model on the test set."""
    vocabulary, sizes = vocabulary_and_sizes()
    weights = trained(bench.run, mutant, read_recipe(bench.run), vocabulary)
    graph, alpha = build_graph(weights, sizes).SerializeToString(), np.zeros(sizes.events)
    test = bench.test
    asked = replace(test, vocabulary=mutant.host(vocabulary)) if mutant.host else test
    risks, nll, rows, effects, balance = ask_member(
        graph, sizes, alpha, asked, bench.names, bench.repeats, bench.repeats, SEED, mutant.clocks
    )
    stacked = {drug: (arms[0][None], arms[1][None]) for drug, arms in effects.items()}
    answers = Answers(Forecast(risks.first[None], risks.second[None]), nll[None], rows, stacked, balance)
    body = {"excessNll": excess_nll(test, answers), "cells": outcome_cells(test, answers), "coverage": [],
            "balance": balance_cells(test, answers, bench.repeats),
            "effects": effect_figures(test, answers, bench.nulls, bench.names)}  # fmt: skip
    return gates.world_verdicts(MATCHED, body)


def judged(mutant: Mutant, control: list[gates.Verdict], lines: list[gates.Verdict]) -> dict:
    """How the control and the mutant fare at the gate, and which other gates see the fault too."""
    passed = {gates.key(line) for line in control if line["verdict"] == gates.PASS}
    failed = [line for line in lines if line["verdict"] == gates.FAIL and gates.key(line) in passed]
    own = [line for line in failed if line["gate"] == mutant.gate]
    return {
        "mutant": mutant.name, "gate": mutant.gate,
        "cellsThatTheControlPasses": sum(key.startswith(f"{mutant.gate} ") for key in passed),
        "ofTheseFail": len(own), "caught": bool(own), "worst": gates.worst(own, mutant.gate),
        "alsoFails": sorted({str(line["gate"]) for line in failed} - {mutant.gate}),
    }  # fmt: skip


def bench_of(run: Path, scratch: Path, size: Size, jobs: int) -> Bench:
    """The test set of the evaluation of the run's bundle, read where the evaluation kept it."""
    ensemble, _ = read_bundle(run / "bundle")
    effects = oracle_of(MATCHED).world.drug_effects
    test = make_test_set(scratch, MATCHED, seed_of(ensemble.digest, MATCHED), size, jobs)
    names = {drug: list(own) for drug, own in effects.items() if drug in DRUGS and drug in test.eligible}
    nulls = {drug: {event for event, effect in own.items() if effect == 0.0} for drug, own in effects.items()}
    return Bench(run, test, size.repeats, names, nulls)


def run_all(run: Path, scratch: Path, size: Size, jobs: int) -> dict:
    """Trains, asks and judges everything."""
    bench, recipe = bench_of(run, scratch, size, jobs), read_recipe(run)
    with ProcessPoolExecutor(jobs) as pool:
        control, *others = pool.map(lines_of, (CONTROL, *MUTANTS), [bench] * (1 + len(MUTANTS)))
    found = [judged(mutant, control, lines) for mutant, lines in zip(MUTANTS, others, strict=True)]
    for one in found:
        print(f"{one['mutant']}: {'caught' if one['caught'] else 'NOT CAUGHT'}", flush=True)
    return {
        "apiVersion": "twinward.io/mutants/v2", "thresholdsSha256": gates.thresholds_digest(),
        "epochs": recipe.epochs, "testPersons": size.persons, "futures": size.repeats, "mutants": found,
    }  # fmt: skip


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=RUNS / "core", help="folder of trajectory.train")
    parser.add_argument("--scratch", type=Path, default=RUNS / "evaluation")
    parser.add_argument("--persons", type=int, default=REPORT.persons)
    parser.add_argument("--futures", type=int, default=REPORT.repeats)
    parser.add_argument("--effect-persons", type=int, default=REPORT.effect_persons)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    a = parser.parse_args()
    size = Size(a.persons, a.futures, a.effect_persons, a.futures)
    result = run_all(a.run.resolve(), a.scratch, size, a.jobs)
    write_json(gates.FOLDER / "mutants.json", result)
    return 0 if all(one["caught"] for one in result["mutants"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
