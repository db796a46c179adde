"""Records -> sequences -> likelihood. What needs PyTorch is skipped where it is not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from population.cohort import Cohort, Plan, simulate_cohort
from population.meds import write_meds
from population.oracle import Oracle
from trajectory.export import vocabulary_and_sizes
from trajectory.forecast import fold_cohort, slope_of
from trajectory.formula import phi_exact
from trajectory.graph import build_graph
from trajectory.parameters import random_weights
from trajectory.rollout import Step
from trajectory.scores import calibration_slope, expected_auroc, logit_r_squared
from trajectory.sequences import Sequences, build_sequences, index_tables, read_meds
from trajectory.truth import estimate

VOCABULARY, SIZES = vocabulary_and_sizes()
WASHOUT = 1.0


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulate_cohort(Oracle(VOCABULARY), 17, Plan(120))


def sequences_of(cohort: Cohort, folder: Path, *, masked: bool, seed: int = 0) -> Sequences:
    path = folder / "meds.parquet"
    write_meds(path, cohort, VOCABULARY)
    records = read_meds(path, VOCABULARY)
    return build_sequences(records, VOCABULARY, np.random.default_rng(seed), washout=WASHOUT, masked=masked)


def test_every_event_after_the_washout_enters_the_likelihood_once(cohort: Cohort, tmp_path: Path) -> None:
    s = sequences_of(cohort, tmp_path, masked=True)
    counted = s.loss_from < s.length - 1e-9
    owner = np.repeat(np.arange(len(s.age)), np.diff(s.event_starts))
    found = np.bincount(s.events[counted[owner]], minlength=SIZES.events)
    row, age, _, event, _ = cohort.log
    real = (event >= 0) & (age >= cohort.entry[row] + WASHOUT)
    assert np.array_equal(found, np.bincount(event[real], minlength=SIZES.events))


def test_the_observed_time_is_covered_to_its_censored_end(cohort: Cohort, tmp_path: Path) -> None:
    s = sequences_of(cohort, tmp_path, masked=True)
    person = np.repeat(np.arange(len(s.starts) - 1), np.diff(s.starts))
    time = np.bincount(person, s.length - s.loss_from, minlength=len(cohort.entry))
    assert time == pytest.approx(np.maximum(cohort.end - cohort.entry - WASHOUT, 0), abs=1e-6)
    assert s.length.max() <= 1.0 and s.dt.max() <= 1.0


def test_no_context_is_lit_after_the_landmark(cohort: Cohort, tmp_path: Path) -> None:
    masked, full = (sequences_of(cohort, tmp_path, masked=m) for m in (True, False))
    context = index_tables(VOCABULARY).event < 0
    assert context[masked.now].sum() < 0.75 * context[full.now].sum()
    for person in range(20):
        points = slice(masked.starts[person], masked.starts[person + 1])
        lit = [masked.now[masked.now_starts[i] : masked.now_starts[i + 1]] for i in range(points.start, points.stop)]
        observed = masked.age[points] > cohort.entry[person] + 1e-6
        has_context = np.array([bool(context[own].any()) for own in lit])
        # once a landmark has passed (the last context), only hazard events are lit
        last = np.flatnonzero(has_context).max(initial=0)
        assert not has_context[last + 1 :].any() and observed[-1]


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
        batch = Packer(s, VOCABULARY).pack(np.arange(len(s.starts) - 1))
        spent, happened = model.terms(batch)
    step = Step(build_graph(model.export_weights(), SIZES).SerializeToString(), SIZES)
    _, nll = fold_cohort(step, VOCABULARY, s, np.zeros(SIZES.events))
    tail = _last_segments(s, model, batch)
    assert nll.sum() + tail == pytest.approx(float(spent.sum() - happened.sum()), rel=2e-5)


def _last_segments(s: Sequences, model, batch) -> float:
    """fold_cohort leaves out the segment after the last point, which is the landmark: add it from PyTorch."""
    import torch

    with torch.no_grad():
        spent, _ = model.terms(batch)
    points = np.flatnonzero(s.loss_from < s.length - 1e-9)
    return float(spent[torch.from_numpy(np.isin(points, s.starts[1:] - 1))].sum())


def test_training_lowers_the_likelihood_and_the_mask_matters(cohort: Cohort, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (requirements-train.txt)")
    from trajectory.batches import Packer
    from trajectory.train import Recipe, baseline_rates, fit, validate

    s = sequences_of(cohort, tmp_path, masked=True)
    packer = Packer(s, VOCABULARY)
    recipe = Recipe(persons=120, validation=120, epochs=4, batch=32)
    from trajectory.model import HazardModel

    torch.manual_seed(1)
    before, _, _ = validate(HazardModel(SIZES, baseline_rates(s, VOCABULARY)), packer, 120)
    model = fit(s, packer, VOCABULARY, SIZES, recipe)
    after, expected, observed = validate(model, packer, 120)
    assert after < before - 1.0
    # without the censored tail and the mask, expected events would fall apart from observed ones
    assert expected.sum() == pytest.approx(observed.sum(), rel=0.25)


def test_random_weights_have_the_shapes_of_the_contract() -> None:
    weights = random_weights(SIZES, 1)
    assert build_graph(weights, SIZES).ir_version == 10
    weights["alpha"] = weights["alpha"][:-1]
    with pytest.raises(ValueError, match="alpha"):
        build_graph(weights, SIZES)
