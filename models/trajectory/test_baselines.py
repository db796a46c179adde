"""Baselines are fitted as they should be: known coefficients are found, and a fit does not run away."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="scikit-learn is not installed (requirements-train.txt)")

from trajectory import baselines

EFFECTS = np.array([0.8, -0.5, 0.0])
BASE = 0.02


def landmark(n: int = 6000, seed: int = 1) -> baselines.Landmark:
    """Three binary features of known effect on an exponential time, deaths at random, and sixty that mean nothing."""
    random = np.random.default_rng(seed)
    bag = (random.random((n, 63)) < 0.3).astype(np.float32)
    age = random.uniform(45, 80, n)
    rate = BASE * np.exp(bag[:, :3] @ EFFECTS)
    time, death = random.exponential(1 / rate), random.exponential(40, n)
    time = np.where(time < death, time, np.inf)[:, None]
    features = baselines.features_of(bag, age)
    return baselines.Landmark(features, age, bag[:, 0] > 0, bag, time, np.minimum(death, 10.0))


def true_risk(bag: np.ndarray, years: float) -> np.ndarray:
    """With death at 1/40 a year as a competitor."""
    rate = BASE * np.exp(bag[:, :3] @ EFFECTS)
    return rate / (rate + 1 / 40) * (1 - np.exp(-(rate + 1 / 40) * years))


@pytest.mark.parametrize("fit", [baselines.cox, baselines.logistic, baselines.boosting], ids=lambda fit: fit.__name__)
def test_a_baseline_is_near_the_truth_on_other_persons(fit) -> None:
    train, test = landmark(20_000), landmark(2000, 2)
    use = np.ones(len(train.age), bool)
    risk = fit(train, 0, 5.0, use, test.features)
    truth = true_risk(test.bag, 5.0)
    # Cox censors deaths, so it speaks of a world without them: a little higher
    assert risk.mean() == pytest.approx(truth.mean(), rel=0.15)
    assert np.corrcoef(risk, truth)[0, 1] > 0.85
    assert np.abs(risk - truth).mean() < 0.025


def test_cox_finds_its_coefficients() -> None:
    train = landmark(20_000)
    event = train.time[:, 0] <= np.minimum(train.end, 10.0)
    time = np.minimum(np.minimum(train.time[:, 0], train.end), 10.0)
    beta, baseline = baselines._cox_fit(train.bag[:, :3].astype(float), time, event, 1.0)
    assert beta == pytest.approx(EFFECTS, abs=0.08)
    assert baseline == pytest.approx(10 * BASE, rel=0.08)


def test_a_rate_by_age_and_sex_knows_no_more() -> None:
    train = landmark()
    use = np.ones(len(train.age), bool)
    risk = baselines.age_sex_rate(train, 0, 5.0, use, train.age, train.male)
    assert len(np.unique(risk)) <= 20
    assert risk[train.male].mean() > 1.3 * risk[~train.male].mean()
