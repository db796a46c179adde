"""Each planted fault changes what it is about and nothing else, and is judged against a control."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from population.cohort import Plan, simulate_cohort
from population.meds import write_meds
from trajectory import faults, gates, mutants
from trajectory.export import vocabulary_and_sizes
from trajectory.meds import read_shard
from trajectory.parameters import random_weights
from trajectory.rollout import Clocks, event_tables
from trajectory.sequences import Sequences, build_sequences
from trajectory.worlds import MATCHED, oracle_of

VOCABULARY, SIZES = vocabulary_and_sizes()


@pytest.fixture(scope="module")
def sequences(tmp_path_factory: pytest.TempPathFactory) -> Sequences:
    path: Path = tmp_path_factory.mktemp("mutants") / "0.parquet"
    write_meds(path, simulate_cohort(oracle_of(MATCHED), 5, Plan(40)), VOCABULARY)
    return build_sequences(read_shard(path, VOCABULARY), VOCABULARY, np.random.default_rng(1), washout=1.0)


def changed(one: Sequences, other: Sequences) -> set[str]:
    return {f.name for f in fields(Sequences) if not np.array_equal(getattr(one, f.name), getattr(other, f.name))}


def test_without_the_censored_tail_only_time_that_ended_in_an_event_counts(sequences: Sequences) -> None:
    mutant = faults.without_censored_tail(sequences, VOCABULARY)
    assert changed(sequences, mutant) == {"loss_from"}
    ended = np.diff(sequences.event_starts) > 0
    assert ended.any() and not ended.all()
    assert (mutant.loss_from[~ended] == mutant.length[~ended]).all()
    assert (mutant.loss_from[ended] == sequences.loss_from[ended]).all()


def test_a_leaked_future_is_lit_where_its_segment_begins(sequences: Sequences) -> None:
    mutant = faults.with_leaked_future(sequences, VOCABULARY)
    assert changed(sequences, mutant) == {"now", "now_starts"}
    assert len(mutant.now) == len(sequences.now) + len(sequences.events)
    for point in np.flatnonzero(np.diff(sequences.event_starts))[:50]:
        lit = set(mutant.now[mutant.now_starts[point] : mutant.now_starts[point + 1]])
        closing = sequences.events[sequences.event_starts[point] : sequences.event_starts[point + 1]]
        assert {VOCABULARY.events[k].now[0] for k in closing if VOCABULARY.events[k].now} <= lit


def test_shuffled_labels_are_the_same_labels_elsewhere(sequences: Sequences) -> None:
    mutant = faults.with_shuffled_labels(sequences, VOCABULARY)
    assert changed(sequences, mutant) == {"events"}
    assert np.array_equal(np.sort(mutant.events), np.sort(sequences.events))


def test_faults_of_the_weights_touch_what_they_name() -> None:
    weights = random_weights(SIZES, 1)
    swapped = faults.with_swapped_signs(weights, VOCABULARY)
    statin, k = VOCABULARY.indices["statin"][0], VOCABULARY.event_index["mi"]
    assert swapped["wide"][statin, k] == -weights["wide"][statin, k]
    assert (
        swapped["wide"][statin, VOCABULARY.event_index["stop-statin"]]
        == weights["wide"][statin, VOCABULARY.event_index["stop-statin"]]
    )
    flat = faults.without_beta(weights, VOCABULARY)
    slope = weights["beta"] + 0.08 * np.tanh(flat["slope_bias"])
    small = np.abs(weights["beta"]) < 0.0799
    assert small.any() and np.abs(slope[small]).max() < 1e-4


def test_reused_clocks_give_the_first_draw_again() -> None:
    tables, key = event_tables(VOCABULARY), np.array([[1, 2]], np.uint64)
    fair, reused = (kind(tables, key, np.array([0])) for kind in (Clocks, faults.ReusedClocks))
    first = fair.residual[0, 3]
    for clocks in (fair, reused):
        clocks.spend(np.array([0]), np.zeros((1, SIZES.events), np.float32), np.array([3]))
    assert reused.residual[0, 3] == first and fair.residual[0, 3] != first


def line(cell: str, verdict: str) -> gates.Verdict:
    return {
        "gate": "eo",
        "world": "matched",
        "cell": cell,
        "figure": [1, 1, 1.2],
        "limits": [0.95, 1.05],
        "verdict": verdict,
    }


@pytest.mark.parametrize(
    ("control", "mutant", "caught"),
    [(gates.PASS, gates.FAIL, True), (gates.PASS, gates.PASS, False), (gates.FAIL, gates.FAIL, False),
     (gates.OPEN, gates.FAIL, False)],
)  # fmt: skip
def test_a_fault_is_caught_only_where_the_control_passes(control: str, mutant: str, caught: bool) -> None:
    fault = mutants.Mutant("fault", "eo")
    assert mutants.judged(fault, [line("a", control)], [line("a", mutant)])["caught"] is caught


MISSED: set[str] = {"leaked future", "no risk mask", "reused clocks"}
"""What the committed run did not catch by the gate that is there for it."""


def test_the_committed_run_says_what_it_caught_and_what_it_missed() -> None:
    result = json.loads((gates.FOLDER / "mutants.json").read_text(encoding="utf-8"))
    assert result["thresholdsSha256"] == gates.thresholds_digest()
    assert [one["mutant"] for one in result["mutants"]] == [mutant.name for mutant in mutants.MUTANTS]
    assert {one["mutant"] for one in result["mutants"] if not one["caught"]} == MISSED
