"""Gates judge by intervals, the report says what the figures say, and figures know a good forecast from a bad one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from trajectory import gates
from trajectory.cells import coverage_cells, jackknife, score_cell
from trajectory.ensemble import Ensemble, fitted_kappa, half_widths, read_bundle
from trajectory.export import DEFAULT_OUT
from trajectory.forecast import Forecast
from trajectory.report import markdown
from trajectory.scores import logit
from trajectory.truth import estimate
from trajectory.worlds import seed_of

REPORT = gates.FOLDER / "evaluation.json"
RESULT = json.loads(REPORT.read_text("utf-8"))


@pytest.mark.parametrize(
    ("ratio", "events", "verdict"),
    [
        ([0.001, -0.004, 0.006], 60_000, gates.PASS),
        ([0.03, 0.025, 0.035], 60_000, gates.FAIL),
        ([-0.018, -0.022, -0.014], 60_000, gates.FAIL),
        ([0.03, 0.025, 0.035], 49_999, gates.OPEN),
    ],
)
def test_futures_are_drawn_from_the_hazards(ratio: list[float], events: int, verdict: str) -> None:
    cell = {"outcome": "death", "years": 5.0, "events": events, "ratio": ratio}
    (line,) = gates.balance_verdicts("matched", [cell])
    assert (line["verdict"], line["cell"]) == (verdict, "death/5")


def test_the_report_is_about_the_committed_bundle_and_is_made_of_its_figures() -> None:
    ensemble, _ = read_bundle(DEFAULT_OUT)
    assert RESULT["bundle"] == ensemble.digest, "run python -m trajectory.evaluate"
    assert (gates.FOLDER / "README.md").read_text("utf-8") == markdown(RESULT)
    for world, body in RESULT["worlds"].items():
        assert body["seed"] == seed_of(ensemble.digest, world, RESULT["salt"])


def test_verdicts_follow_from_the_committed_figures_by_the_committed_thresholds() -> None:
    assert RESULT["thresholdsSha256"] == gates.thresholds_digest()
    assert json.loads(json.dumps(gates.verdicts(RESULT))) == RESULT["gates"]


def test_no_gate_fails_but_those_that_are_known_to() -> None:
    assert gates.failures(RESULT) == gates.known_failures(gates.FOLDER)


def test_a_bundle_whose_file_was_changed_is_not_evaluated(tmp_path: Path) -> None:
    for path in DEFAULT_OUT.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(DEFAULT_OUT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    read_bundle(tmp_path)
    (tmp_path / "calibration.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"calibration\.json"):
        read_bundle(tmp_path)


def cell(**changed) -> dict:
    exact = {
        "eo": [1, 0.99, 1.01],
        "slope": [1, 0.97, 1.03],
        "aurocLoss": [0, -0.001, 0.002],
        "unexplained": [0, 0, 0.02],
    }
    return {"outcome": "mi", "years": 5.0, "group": "all", "persons": 900, "events": 150.0} | exact | changed


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        ({}, set()),
        ({"eo": [1.04, 1.01, 1.06]}, {"eo"}),
        ({"eo": [0.96, 0.94, 0.98]}, {"eo"}),
        ({"slope": [0.92, 0.88, 0.96]}, {"slope"}),
        ({"aurocLoss": [0.008, 0.004, 0.012]}, {"auroc"}),
        ({"unexplained": [0.09, 0.07, 0.11]}, {"unexplained"}),
    ],
)
def test_a_cell_passes_on_the_bound_of_its_interval(changed: dict, failing: set) -> None:
    lines = gates.cell_verdicts("matched", [cell(**changed)])
    assert {line["gate"] for line in lines if line["verdict"] == gates.FAIL} == failing


def test_few_events_are_never_a_pass() -> None:
    lines = gates.cell_verdicts("matched", [cell(events=99.0, eo=[9, 8, 10])])
    assert {line["verdict"] for line in lines} == {gates.OPEN}


@pytest.mark.parametrize(
    ("world", "gain", "verdict"),
    [
        ("matched", [0.0, -0.001, 0.001], gates.PASS), ("matched", [-0.003, -0.004, -0.002], gates.FAIL),
        ("thresholds", [0.01, 0.005, 0.015], gates.PASS), ("thresholds", [0.001, -0.001, 0.003], gates.FAIL),
    ],
)  # fmt: skip
def test_the_network_must_win_where_the_additive_form_is_wrong(world: str, gain: list, verdict: str) -> None:
    (line,) = gates.rival_verdicts(world, {"rivals": {"gain": gain}})
    assert line["verdict"] == verdict


def test_a_likelihood_better_than_the_truth_is_a_leak() -> None:
    body = {"excessNll": [-0.02, -0.03, -0.01], "cells": [], "coverage": []}
    assert [line["verdict"] for line in gates.world_verdicts("matched", body)] == [gates.FAIL]


def effect(null: bool, true: float, model: float, spread: float = 0.01, events: int = 300) -> dict:
    gap = model - true
    return {"drug": "d", "event": "e", "null": null, "events": events, "true": [true, true - 0.01, true + 0.01],
            "model": [model, model - spread, model + spread], "error": [gap, gap - spread, gap + spread]}  # fmt: skip


@pytest.mark.parametrize(
    ("one", "failing"),
    [
        (effect(False, 0.72, 0.70), set()), (effect(False, 0.72, 0.79), {"effect"}),
        (effect(False, 0.72, 1.30), {"effect", "wrong-signs"}), (effect(True, 1.0, 1.01), set()),
        (effect(True, 1.0, 1.045), {"null"}), (effect(True, 1.0, 1.3, events=50), set()),
    ],
)  # fmt: skip
def test_an_effect_is_recovered_within_its_error(one: dict, failing: set) -> None:
    lines = gates.effect_verdicts("matched", [one])
    assert {line["gate"] for line in lines if line["verdict"] == gates.FAIL} == failing


def test_the_worst_cell_is_the_one_farthest_outside() -> None:
    cells = [cell(), cell(outcome="ckd", eo=[0.8, 0.7, 0.9]), cell(outcome="stroke", eo=[1.1, 1.05, 1.12])]
    bad = gates.worst(gates.cell_verdicts("matched", cells), "eo")
    assert bad is not None and bad["cell"] == "ckd/5/all"


def test_known_failures_may_neither_grow_nor_be_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"excessNll": [0.02, 0.015, 0.025], "cells": [cell()], "coverage": [], "effects": []}
    (tmp_path / "evaluation.json").write_text(json.dumps({"worlds": {"matched": body}}), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["gates", str(tmp_path / "evaluation.json")])
    assert gates.main() == 1
    (tmp_path / "known-failures.txt").write_text("# why\nexcess-nll matched all\n", encoding="utf-8")
    assert gates.main() == 0
    (tmp_path / "known-failures.txt").write_text("excess-nll matched all\neo matched x\n", encoding="utf-8")
    assert gates.main() == 1


def population(seed: int = 1, n: int = 4000) -> tuple[np.ndarray, np.random.Generator]:
    random = np.random.default_rng(seed)
    return 1 / (1 + np.exp(-random.normal(-2, 1, n))), random


def test_the_jackknife_has_the_error_of_a_mean() -> None:
    truth, _ = population()
    value, low, high = jackknife(lambda rows: truth[rows].mean(), len(truth))
    exact = 1.645 * truth.std(ddof=1) / np.sqrt(len(truth))
    assert value == pytest.approx(truth.mean(), abs=1e-3)
    assert (high - low) / 2 == pytest.approx(exact, rel=0.5)


def test_a_cell_tells_a_perfect_forecast_from_a_shifted_a_flattened_and_a_useless_one() -> None:
    truth, random = population()
    first, second = (np.clip(truth + random.normal(0, 0.002, len(truth)), 1e-4, 1) for _ in range(2))
    cells = {
        name: score_cell(score, first, second, recurrent=False, full=True)
        for name, score in {
            "perfect": truth, "shifted": np.clip(1.15 * truth, 0, 0.999), "useless": random.permutation(truth),
            "flat": 1 / (1 + np.exp(-(-2 + 0.7 * (logit(truth) + 2)))),
        }.items()
    }  # fmt: skip
    named = [{"outcome": name, "years": 5.0, "group": "all"} | body for name, body in cells.items()]
    lines = gates.cell_verdicts("matched", named)
    failing = {str(line["cell"]).split("/")[0] for line in lines if line["verdict"] == gates.FAIL}
    assert failing == {"shifted", "useless", "flat"}
    assert cells["useless"]["aurocLoss"][0] > 0.2 and cells["flat"]["slope"][0] > 1.3


@pytest.mark.parametrize(("scale", "passes"), [(1.0, True), (0.6, False), (2.0, False)])
def test_coverage_tells_intervals_that_are_too_narrow_or_too_wide(scale: float, passes: bool) -> None:
    truth, random = population(n=20_000)
    error = random.normal(0, 0.2, len(truth))
    risk = 1 / (1 + np.exp(-(logit(truth) + error)))
    cells = coverage_cells(risk, np.full(len(truth), scale * 1.645 * 0.2), truth, truth)
    lines = gates.coverage_verdicts("matched", cells)
    middle = [line for line in lines if line["cell"] not in ("decile-1", "decile-10")]
    assert all((line["verdict"] == gates.PASS) is passes for line in middle)


def forecast_of(members: int, between: float, noise: float, n: int = 3000) -> tuple[Forecast, np.ndarray]:
    truth, random = population(3, n)
    shift = random.normal(0, between, (members, n))
    halves = [
        1 / (1 + np.exp(-(logit(truth) + shift + random.normal(0, noise * np.sqrt(2), (members, n))))) for _ in range(2)
    ]
    return Forecast(*(half[:, :, None, None] for half in halves)), truth


def test_intervals_of_members_hold_the_truth_and_kappa_mends_those_that_do_not() -> None:
    forecast, truth = forecast_of(members=5, between=0.3, noise=0.02)
    half = half_widths(forecast, np.zeros(1))[:, 0, 0]
    error = logit(forecast.risk[:, 0, 0]) - logit(truth)
    assert (np.abs(error) <= half).mean() > 0.95, "t with four degrees for one member's error is generous for a mean"
    assert fitted_kappa(3.0 * error / np.std(error) * half.mean() / 1.0, np.full(len(error), half.mean())) > 1.5
    assert fitted_kappa(0.1 * error, half) == 1.0


def test_one_member_has_the_known_error_and_monte_carlo_only() -> None:
    forecast, _ = forecast_of(members=1, between=0.0, noise=0.05)
    assert half_widths(forecast, np.array([0.3])).min() >= 1.6448 * 0.3
    assert half_widths(forecast, np.zeros(1)).mean() < 0.15


def test_a_bundle_is_read_with_its_calibration() -> None:
    ensemble, vocabulary = read_bundle(DEFAULT_OUT)
    assert isinstance(ensemble, Ensemble) and len(ensemble.alpha) == len(vocabulary["events"]) == ensemble.sizes.events
    assert ensemble.kappa >= 1.0 and set(ensemble.logit_sd or {}) <= {o["name"] for o in vocabulary["outcomes"]}


def test_estimates_are_unbiased_and_closer_than_counting_at_every_risk() -> None:
    random, persons, repeats = np.random.default_rng(3), 4_000, 24
    hazard = np.exp(random.normal(-2.0, 1.5, persons))
    truth = 1.0 - np.exp(-hazard)
    clock = random.exponential(size=(persons, repeats))
    count = (clock < hazard[:, None]).astype(np.float64)
    compensator = np.minimum(clock, hazard[:, None])
    found = estimate(count.reshape(-1, 1, 1), compensator.reshape(-1, 1, 1), repeats).risk[:, 0, 0]
    for tenth in np.array_split(np.argsort(truth), 10):
        error, counted = (found - truth)[tenth], (count.mean(axis=1) - truth)[tenth]
        noise = error.std() / np.sqrt(len(tenth))
        assert abs(error.mean()) < 4.0 * noise + 1e-4
        assert error.std() < 0.9 * counted.std()
