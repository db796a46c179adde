"""Models with a planted fault, each of which must fail the gate that is there for it. Slow; run by hand:

    python -m trajectory.mutants            writes evaluation/mutants.json

A control is trained the same way without a fault. A fault is caught when a cell that the control passes fails under it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from codetable.vocabulary import Vocabulary
from population.shards import Order, write_meds_folder
from trajectory import forecast as forecasting
from trajectory import gates
from trajectory.bundle import write_json
from trajectory.ensemble import Answers, Ensemble, _member
from trajectory.evaluate import effect_figures, excess_nll, outcome_cells
from trajectory.export import vocabulary_and_sizes
from trajectory.forecast import Forecast
from trajectory.graph import build_graph
from trajectory.parameters import Sizes, load_weights, save_weights
from trajectory.recipe import NETWORK, RUNS, Recipe, claim_run
from trajectory.rollout import Clocks
from trajectory.sequences import Sequences, csr_rows, load_sequences
from trajectory.train import YEARS, prepare
from trajectory.truth import Size, TestSet, make_test_set
from trajectory.worlds import MATCHED, oracle_of

SEED, TEST_SEED, REPEATS = 31, 97, 8
RESIDUAL_SLOPE = 0.08
DRUGS = ("statin", "anticoagulant", "sglt2-inhibitor", "bisphosphonate", "ppi", "inhaled-corticosteroid")
Weights = dict[str, np.ndarray]


class ReusedClocks(Clocks):
    """A winner gets the draw of its first occurrence again."""

    def spend(self, rows: np.ndarray, cum: np.ndarray, event: np.ndarray) -> None:
        """Lowers the clocks and forgets that anything was drawn before."""
        super().spend(rows, cum, event)
        won = event >= 0
        first = Clocks(self._tables, self._keys[rows[won]], self._samples[rows[won]]).residual
        self.residual[rows[won], event[won]] = first[np.arange(won.sum()), event[won]]


def without_censored_tail(s: Sequences, vocabulary: Vocabulary) -> Sequences:
    """Only time that ended in an event counts: what is censored, at a tick or at the end, is left out."""
    censored = np.diff(s.event_starts) == 0
    return replace(s, loss_from=np.where(censored, s.length, s.loss_from))


def with_leaked_future(s: Sequences, vocabulary: Vocabulary) -> Sequences:
    """The event that closes a segment is lit at the point where it begins."""
    lit = np.array([event.now[0] if event.now else 0 for event in vocabulary.events], np.int32)
    rows = np.arange(len(s.age))
    own, owner = csr_rows(s.now_starts, rows)
    leaked, leaker = csr_rows(s.event_starts, rows)
    row = np.concatenate([owner, leaker])
    value = np.concatenate([s.now[own], lit[s.events[leaked]]])
    order = np.argsort(row, kind="stable")
    return replace(s, now=value[order], now_starts=np.searchsorted(row[order], np.arange(len(rows) + 1)))


def with_shuffled_labels(s: Sequences, vocabulary: Vocabulary) -> Sequences:
    """What happened is drawn from everything that happened to anybody."""
    return replace(s, events=np.random.default_rng(SEED).permutation(s.events))


def without_mask(vocabulary: Vocabulary) -> Vocabulary:
    """Everybody is at risk of everything while training."""
    return replace(vocabulary, events=tuple(replace(event, requires=(), excludes=()) for event in vocabulary.events))


def with_swapped_signs(weights: Weights, vocabulary: Vocabulary) -> Weights:
    """What a drug does to a hazard is turned round."""
    wide = weights["wide"].copy()
    clinical = [event.index for event in vocabulary.events if event.action in ("OCCUR", "DEATH")]
    for entry in vocabulary.table.entries:
        if entry.kind == "drug":
            wide[vocabulary.indices[entry.name][0], clinical] *= -1.0
    return weights | {"wide": wide}


def without_beta(weights: Weights, vocabulary: Vocabulary) -> Weights:
    """Inside a segment age does not act: the residual slope takes beta away again."""
    share = np.clip(-weights["beta"] / RESIDUAL_SLOPE, -0.999, 0.999)
    bias = np.arctanh(share).astype(np.float32)
    return weights | {"slope": np.zeros_like(weights["slope"]), "slope_bias": bias}


@dataclass(frozen=True)
class Mutant:
    """A fault: in the sequences, in the vocabulary of training, in the weights, or in the clocks; and the gate."""

    name: str
    gate: str
    data: Callable[[Sequences, Vocabulary], Sequences] | None = None
    vocabulary: Callable[[Vocabulary], Vocabulary] | None = None
    weights: Callable[[Weights, Vocabulary], Weights] | None = None
    clocks: type[Clocks] = Clocks

    @property
    def trains(self) -> bool:
        """Whether it needs a training of its own."""
        return self.data is not None or self.vocabulary is not None


CONTROL = Mutant("control", "")
MUTANTS = (
    Mutant("no censored tail", "eo", data=without_censored_tail),
    Mutant("leaked future", "excess-nll", data=with_leaked_future),
    Mutant("swapped drug sign", "wrong-signs", weights=with_swapped_signs),
    Mutant("shuffled labels", "auroc", data=with_shuffled_labels),
    Mutant("s without beta", "eo", weights=without_beta),
    Mutant("no risk mask", "eo", vocabulary=without_mask),
    Mutant("reused clocks", "eo", clocks=ReusedClocks),
)


def trained(run: Path, mutant: Mutant, recipe: Recipe, vocabulary: Vocabulary) -> Weights:
    """Weights of a mutant that has its own training, else those of the control."""
    import torch

    from trajectory.batches import Packer
    from trajectory.member import fit

    one = mutant if mutant.trains else CONTROL
    folder = run / "mutants" / one.name.replace(" ", "-")
    path = folder / "weights.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(1)
        data, tuning = (load_sequences(run / "tensors" / split) for split in ("train", "tuning"))
        taught = one.vocabulary(vocabulary) if one.vocabulary else vocabulary
        data = one.data(data, vocabulary) if one.data else data
        save_weights(path, fit(folder, NETWORK, recipe, data, Packer(tuning, vocabulary), taught).export_weights())
    weights = load_weights(path)
    return mutant.weights(weights, vocabulary) if mutant.weights else weights


def lines_of(weights: Weights, sizes: Sizes, test: TestSet, clocks: type[Clocks], names, nulls) -> list[gates.Verdict]:
    """Gates of a single model on the test set."""
    graph = build_graph(weights, sizes).SerializeToString()
    single = Ensemble((graph,), sizes, np.zeros(sizes.events))
    before, forecasting.Clocks = forecasting.Clocks, clocks
    try:
        risks, nll, rows, effects = _member(graph, sizes, single.alpha, test, names, REPEATS, REPEATS, SEED)
    finally:
        forecasting.Clocks = before
    stacked = {drug: (arms[0][None], arms[1][None]) for drug, arms in effects.items()}
    answers = Answers(Forecast(risks.first[None], risks.second[None]), nll[None], rows, stacked)
    body = {"excessNll": excess_nll(test, answers), "cells": outcome_cells(test, answers), "coverage": [],
            "effects": effect_figures(test, answers, nulls, names)}  # fmt: skip
    return gates.world_verdicts(MATCHED, body)


def judged(mutant: Mutant, control: list[gates.Verdict], lines: list[gates.Verdict]) -> dict:
    """How the control and the mutant fare at the gate."""
    passed = {gates.key(line) for line in control if line["gate"] == mutant.gate and line["verdict"] == gates.PASS}
    failed = [line for line in lines if line["verdict"] == gates.FAIL and gates.key(line) in passed]
    worst = gates.worst(failed, mutant.gate)
    return {
        "mutant": mutant.name, "gate": mutant.gate, "cellsThatTheControlPasses": len(passed),
        "ofTheseFail": len(failed), "caught": bool(failed), "worst": worst,
    }  # fmt: skip


def run_all(run: Path, persons: int, epochs: int, size: Size, jobs: int) -> dict:
    """Trains, asks and judges everything."""
    recipe = Recipe(epochs=epochs)
    vocabulary, sizes = vocabulary_and_sizes()
    write_meds_folder(Order(MATCHED, persons, SEED, years=YEARS), run / "meds", jobs)
    claim_run(run, recipe, vocabulary, f"{persons} generated persons")
    prepare(run, run / "meds", recipe, vocabulary)
    effects = oracle_of(MATCHED).world.drug_effects
    test = make_test_set(run / "test", MATCHED, TEST_SEED, size, jobs, DRUGS)
    names = {drug: list(own) for drug, own in effects.items() if drug in test.eligible}
    nulls = {drug: {event for event, effect in own.items() if effect == 0.0} for drug, own in effects.items()}
    control = lines_of(trained(run, CONTROL, recipe, vocabulary), sizes, test, Clocks, names, nulls)
    found = []
    for mutant in MUTANTS:
        asked = names if mutant.gate in ("wrong-signs", "effect") else {}
        weights = trained(run, mutant, recipe, vocabulary)
        found.append(judged(mutant, control, lines_of(weights, sizes, test, mutant.clocks, asked, nulls)))
        print(f"{mutant.name}: {'caught' if found[-1]['caught'] else 'NOT CAUGHT'}", flush=True)
    return {"apiVersion": "twinward.io/mutants/v1", "thresholdsSha256": gates.thresholds_digest(), "persons": persons,
            "epochs": epochs, "testPersons": size.persons, "futures": size.repeats, "mutants": found}  # fmt: skip


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=RUNS / "mutants")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--test-persons", type=int, default=2_000)
    parser.add_argument("--futures", type=int, default=12)
    parser.add_argument("--effect-persons", type=int, default=160)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    a = parser.parse_args()
    size = Size(a.test_persons, a.futures, a.effect_persons, a.futures)
    result = run_all(a.run.resolve(), a.persons, a.epochs, size, a.jobs)
    write_json(gates.FOLDER / "mutants.json", result)
    return 0 if all(one["caught"] for one in result["mutants"]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
