"""Records -> sequences -> likelihood. What needs PyTorch is skipped where it is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from population.cohort import Cohort, Plan, simulate_cohort
from population.meds import write_meds
from trajectory.export import vocabulary_and_sizes
from trajectory.forecast import fold_cohort, slope_of
from trajectory.formula import phi_exact
from trajectory.graph import build_graph
from trajectory.meds import BIN, STOP, index_tables, read_shard
from trajectory.parameters import random_weights
from trajectory.rollout import Step
from trajectory.scores import calibration_slope, expected_auroc, logit_r_squared
from trajectory.sequences import Sequences, build_sequences, csr_rows
from trajectory.truth import estimate
from trajectory.worlds import MATCHED, oracle_of

VOCABULARY, SIZES = vocabulary_and_sizes()
WASHOUT = 1.0


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulate_cohort(oracle_of(MATCHED), 17, Plan(120))


def sequences_of(cohort: Cohort, folder: Path, *, masked: bool, seed: int = 0) -> Sequences:
    path = folder / "meds.parquet"
    write_meds(path, cohort, VOCABULARY)
    records = read_shard(path, VOCABULARY)
    return build_sequences(records, VOCABULARY, np.random.default_rng(seed), washout=WASHOUT, masked=masked)


def test_every_event_after_the_washout_enters_the_likelihood_once(cohort: Cohort, tmp_path: Path) -> None:
    s = sequences_of(cohort, tmp_path, masked=True)
    counted = s.loss_from < s.length - 1e-9
    owner = np.repeat(np.arange(len(s.age)), np.diff(s.event_starts))
    found = np.bincount(s.events[counted[owner]], minlength=SIZES.events)
    row, age, _, event, _ = cohort.log
    real = (event >= 0) & (age >= cohort.entry[row] + WASHOUT)
    # the same event twice on one day of age is one
    days = np.unique(np.stack([row[real], (age[real] * 365.25 + 1e-6).astype(int), event[real]]), axis=1)
    assert np.array_equal(found, np.bincount(days[2], minlength=SIZES.events))


def test_the_observed_time_is_covered_to_its_censored_end(cohort: Cohort, tmp_path: Path) -> None:
    s = sequences_of(cohort, tmp_path, masked=True)
    person = np.repeat(np.arange(len(s.starts) - 1), np.diff(s.starts))
    time = np.bincount(person, s.length - s.loss_from, minlength=len(cohort.entry))
    assert time == pytest.approx(np.maximum(cohort.end - cohort.entry - WASHOUT, 0), abs=1e-6)
    assert s.length.max() <= 1.0 and s.dt.max() <= 1.0


def test_no_context_is_lit_after_the_landmark(cohort: Cohort, tmp_path: Path) -> None:
    masked, full = (sequences_of(cohort, tmp_path, masked=m) for m in (True, False))
    context = index_tables(VOCABULARY).event < 0
    assert context[masked.now].sum() < 0.85 * context[full.now].sum()
    for person in range(20):
        points = slice(masked.starts[person], masked.starts[person + 1])
        lit = [masked.now[masked.now_starts[i] : masked.now_starts[i + 1]] for i in range(points.start, points.stop)]
        observed = masked.age[points] > cohort.entry[person] + 1e-6
        has_context = np.array([bool(context[own].any()) for own in lit])
        # once a landmark has passed (the last context), only hazard events are lit
        last = np.flatnonzero(has_context).max(initial=0)
        assert not has_context[last + 1 :].any() and observed[-1]


def test_the_bag_that_changes_add_up_to_is_the_bag_of_the_rules(cohort: Cohort, tmp_path: Path) -> None:
    s = sequences_of(cohort, tmp_path, masked=False)
    tables = index_tables(VOCABULARY)
    for person in range(30):
        held = np.zeros(SIZES.vocab, int)
        for point in range(s.starts[person], s.starts[person + 1]):
            rows, _ = csr_rows(s.delta_starts, np.array([point]))
            np.add.at(held, s.delta[rows], s.sign[rows])
            assert set(np.unique(held)) <= {0, 1}
            for lit in s.now[s.now_starts[point] : s.now_starts[point + 1]]:
                bins = slice(tables.low[lit], tables.high[lit])
                if tables.kind[lit] == BIN:
                    assert held[bins].sum() == 1
                elif tables.kind[lit] != STOP:
                    assert held[lit] or _stopped_that_day(s, point, tables.high[lit] - 1)
        assert held[VOCABULARY.indices["sex-male"][0]] == cohort.male[person]


def _stopped_that_day(s: Sequences, point: int, stop: int) -> bool:
    return stop in s.now[s.now_starts[point] : s.now_starts[point + 1]]


def test_a_slope_is_found_again_from_the_integrated_hazard() -> None:
    slope, duration = np.array([-0.15, 0.0, 0.08, 0.4]), np.array([1.0, 0.5, 0.9, 0.7])
    assert slope_of(phi_exact(slope * duration), duration) == pytest.approx(slope, abs=1e-9)


def test_scores_know_a_perfect_and_a_useless_forecast() -> None:
    random = np.random.default_rng(1)
    truth = 1 / (1 + np.exp(-random.normal(-2, 1, 4000)))
    assert calibration_slope(truth, truth) == pytest.approx(1.0, abs=1e-6)
    assert expected_auroc(np.full(4000, 0.1), truth) == pytest.approx(0.5, abs=1e-9)
    drawn = random.random(4000) < truth
    positive, negative = truth[drawn], truth[~drawn]
    sampled = (positive[:, None] > negative[None, :]).mean()
    assert expected_auroc(truth, truth) == pytest.approx(sampled, abs=0.03)
    assert logit_r_squared(truth, truth, truth) == pytest.approx(1.0)
    assert logit_r_squared(np.full(4000, truth.mean()), truth, truth) < 0.05


def test_the_control_variate_keeps_the_mean_and_lowers_the_noise() -> None:
    random = np.random.default_rng(2)
    rate = random.uniform(0.2, 1.5, (400, 1, 1))
    clock = random.standard_exponential((400, 40, 1))
    count, spent = (clock < rate).astype(float), np.minimum(clock, rate)
    found = estimate(count.reshape(-1, 1, 1), spent.reshape(-1, 1, 1), 40).risk[:, 0, 0]
    truth = 1 - np.exp(-rate[:, 0, 0])
    assert np.mean((found - truth) ** 2) < 0.9 * np.mean((count.mean(1)[:, 0] - truth) ** 2)
    assert np.mean(found - truth) == pytest.approx(0.0, abs=0.02)


def test_the_graph_and_pytorch_give_the_same_likelihood(cohort: Cohort, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (requirements-train.txt)")
    from trajectory.batches import Packer
    from trajectory.model import HazardModel

    s = sequences_of(cohort, tmp_path, masked=True)
    torch.manual_seed(3)
    model = HazardModel(SIZES, np.full(SIZES.events, -4.0))
    with torch.no_grad():
        model.level.mul_(20)
        model.slope.copy_(0.3 * torch.randn_like(model.slope))
        model.wide.mul_(100)
        batch = Packer(s, VOCABULARY).pack(np.arange(s.persons))
        spent, earned = model.sums(batch)
        last = HazardModel.sums(model, _only_last(batch, s))
    step = Step(build_graph(model.export_weights(), SIZES).SerializeToString(), SIZES)
    _, nll = fold_cohort(step, VOCABULARY, s, np.zeros(SIZES.events))
    tail = float((last[0] - last[1]).sum())
    assert nll.sum() + tail == pytest.approx(float((spent - earned).sum()), rel=2e-5)


def _only_last(batch, s: Sequences):
    """fold_cohort leaves out the segment after the last point, which is the landmark."""
    from dataclasses import replace

    import torch

    points = np.flatnonzero(s.loss_from < s.length - 1e-9)
    keep = torch.from_numpy(np.isin(points, s.starts[1:] - 1))
    rows = torch.cumsum(keep, 0) - 1
    happened = keep[batch.happened_row]
    names = ("loss_slots", "risk", "age", "start", "end")
    return replace(
        batch, happened_row=rows[batch.happened_row[happened]], happened=batch.happened[happened],
        **{name: getattr(batch, name)[keep] for name in names},
    )  # fmt: skip


def test_written_gradients_are_those_of_finite_differences() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (requirements-train.txt)")
    from trajectory.likelihood import SegmentLoss
    from trajectory.recurrent import _Recurrence

    torch.manual_seed(0)
    double = {"dtype": torch.float64}
    gates, weight, bias = torch.randn(4, 3, 6, **double), torch.randn(2, 6, **double), torch.randn(6, **double)
    inputs = [tensor.requires_grad_() for tensor in (gates, weight, bias)]
    assert torch.autograd.gradcheck(_Recurrence.apply, inputs)
    level = torch.randn(5, 3, **double).requires_grad_()
    slope = (0.1 * torch.randn(5, 3, **double)).requires_grad_()
    risk = (torch.rand(5, 3) < 0.7).double()
    start, end = 0.3 * torch.rand(5, 1, **double), 0.5 + 0.5 * torch.rand(5, 1, **double)
    row, event = torch.tensor([0, 2, 2, 4]), torch.tensor([1, 0, 2, 2])

    def loss(level, slope):
        spent, earned = SegmentLoss.apply(level, slope, risk, start, end, row, event)
        return (spent - earned).sum()

    assert torch.autograd.gradcheck(loss, (level, slope))


def _run_folder(folder: Path, epochs: int) -> Path:
    """A run of 120 persons, ready for members."""
    from trajectory.recipe import Recipe, claim_run
    from trajectory.train import prepare

    recipe = Recipe(members=1, epochs=epochs, batch=16)
    (folder / "meds" / "data").mkdir(parents=True)
    write_meds(folder / "meds" / "data" / "0.parquet", simulate_cohort(oracle_of(MATCHED), 17, Plan(120)), VOCABULARY)
    claim_run(folder, recipe, VOCABULARY, "data")
    prepare(folder, folder / "meds", recipe, VOCABULARY)
    return folder


def test_training_lowers_the_likelihood_and_the_mask_matters(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed (requirements-train.txt)")
    from trajectory.batches import Packer
    from trajectory.member import baseline_rates, train_member, validate
    from trajectory.model import HazardModel
    from trajectory.sequences import load_sequences

    run = _run_folder(tmp_path / "run", 4)
    train_member(run, "member-0")
    body = json.loads((run / "members" / "member-0" / "member.json").read_text("utf-8"))
    tuning, data = (load_sequences(run / "tensors" / name) for name in ("tuning", "train"))
    start = HazardModel(SIZES, baseline_rates(data, SIZES.events))
    before, _, _ = validate(start, Packer(tuning, VOCABULARY).epoch(64, None))
    assert body["tuningNll"] < before - 1.0
    # without the censored tail and the mask, expected events would fall apart from observed ones
    assert sum(body["expected"]) == pytest.approx(sum(body["observed"]), rel=0.35)


def test_a_member_that_was_killed_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed (requirements-train.txt)")
    whole, broken = (_run_folder(tmp_path / name, 3) for name in ("whole", "broken"))

    def start(run: Path) -> subprocess.Popen:
        command = [sys.executable, "-m", "trajectory.member", "--run", str(run), "--member", "member-0"]
        return subprocess.Popen(
            command, cwd=Path(__file__).resolve().parents[1], env=os.environ | {"OMP_NUM_THREADS": "1"}
        )

    assert start(whole).wait() == 0
    first = start(broken)
    checkpoint = broken / "members" / "member-0" / "checkpoint.pt"
    while not checkpoint.exists():
        assert first.poll() is None
        time.sleep(0.01)
    first.kill()
    assert first.wait() == -9
    assert not (broken / "members" / "member-0" / "weights.npz").exists()
    assert start(broken).wait() == 0
    one, other = (np.load(run / "members" / "member-0" / "weights.npz") for run in (whole, broken))
    assert sorted(one.files) == sorted(other.files)
    assert all(np.array_equal(one[name], other[name]) for name in one.files)


def test_a_run_folder_is_of_one_request_only(tmp_path: Path) -> None:
    from trajectory.recipe import Recipe, RunMismatch, claim_run

    claim_run(tmp_path, Recipe(), VOCABULARY, "data")
    claim_run(tmp_path, Recipe(), VOCABULARY, "data")
    with pytest.raises(RunMismatch, match="recipe"):
        claim_run(tmp_path, Recipe(epochs=9), VOCABULARY, "data")
    with pytest.raises(RunMismatch, match="data"):
        claim_run(tmp_path, Recipe(), VOCABULARY, "other")


def test_random_weights_have_the_shapes_of_the_contract() -> None:
    weights = random_weights(SIZES, 1)
    assert build_graph(weights, SIZES).ir_version == 10
    weights["alpha"] = weights["alpha"][:-1]
    with pytest.raises(ValueError, match="alpha"):
        build_graph(weights, SIZES)
