"""The committed report says what the committed figures say, and flags follow from figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trajectory.evaluate import GATE_YEARS, HERE, calibrated_outcomes, identified_drugs, recovered
from trajectory.outcomes import OUTCOMES
from trajectory.report import markdown, worst_cells

BUNDLE = Path(__file__).resolve().parents[1] / "bundles" / "trajectory-core"
RESULT = json.loads((HERE / "evaluation" / "evaluation.json").read_text("utf-8"))


def test_the_report_is_made_of_the_figures_in_the_bundle() -> None:
    assert (HERE / "evaluation" / "README.md").read_text("utf-8") == markdown(RESULT)
    assert json.loads((BUNDLE / "evaluation.json").read_text("utf-8")) == RESULT
    assert (BUNDLE / "CARD.md").read_text("utf-8") == (HERE / "CARD.md").read_text("utf-8")


def test_flags_of_the_vocabulary_follow_from_the_figures() -> None:
    vocabulary = json.loads((BUNDLE / "vocabulary.json").read_text("utf-8"))
    calibrated, identified = calibrated_outcomes(RESULT["cells"]), identified_drugs(RESULT["effects"])
    assert {o["name"]: o["calibrated"] for o in vocabulary["outcomes"]} == calibrated == RESULT["calibrated"]
    effects = {i["entry"]: i["effect"] == "identified" for i in vocabulary["interventions"]}
    assert effects == identified == RESULT["identified"]


def cells_with(**changed: float) -> list[dict]:
    base = {"eo": 1.0, "slope": 1.0, "events": 500.0}
    return [
        {"outcome": o.name, "years": years, "group": "all"} | base | (changed if o.name == "mi" else {})
        for o in OUTCOMES
        for years in GATE_YEARS
    ]


@pytest.mark.parametrize(
    ("changed", "passes"),
    [({}, True), ({"eo": 1.06}, False), ({"eo": 0.94}, False), ({"slope": 0.85}, False), ({"events": 99.0}, False)],
)
def test_an_outcome_is_calibrated_only_within_the_gates_and_with_enough_events(changed: dict, passes: bool) -> None:
    assert calibrated_outcomes(cells_with(**changed))["mi"] is passes


@pytest.mark.parametrize(
    ("model", "true", "null", "passes"),
    [(0.70, 0.72, False, True), (0.90, 0.72, False, False), (1.03, 1.01, True, True), (0.90, 0.99, True, False)],
)
def test_an_effect_is_recovered_within_its_error(model: float, true: float, null: bool, passes: bool) -> None:
    effect = {"modelRatio": model, "trueRatio": true, "trueRatioError": 0.0, "null": null}
    assert recovered(effect) is passes


def test_the_worst_cells_are_the_worst() -> None:
    cells = cells_with(eo=1.3)
    found = worst_cells({"cells": cells, "gates": {"enoughEvents": 100}}, 2)
    assert [cell["outcome"] for cell in found] == ["mi", "mi"]
