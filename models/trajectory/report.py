"""The evaluation as Markdown, for people."""

from __future__ import annotations

SEED_NOTE = "Written by `python -m trajectory.evaluate`; the figures are in `evaluation.json`."


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _number(value: float | None, digits: int = 3) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _outcomes(result: dict) -> str:
    rows = []
    for c in result["cells"]:
        if c["group"] != "all":
            continue
        figures = [_number(c.get(name)) for name in ("eo", "slope", "auroc", "oracleAuroc", "logitR2")]
        rows.append([c["outcome"], f"{c['years']:g}", f"{c['events']:.0f}", *figures])
    return _table(["outcome", "years", "expected events", "E/O", "slope", "AUROC", "oracle AUROC", "logit R²"], rows)


def worst_cells(result: dict, count: int = 8) -> list[dict]:
    """Cells with enough events whose E/O is farthest from 1."""
    enough = [c for c in result["cells"] if c["events"] >= result["gates"]["enoughEvents"]]
    return sorted(enough, key=lambda c: -abs(c["eo"] - 1.0))[:count]


def _worst(result: dict) -> str:
    rows = [
        [c["outcome"], f"{c['years']:g}", c["group"], f"{c['events']:.0f}", _number(c["eo"]), _number(c.get("slope"))]
        for c in worst_cells(result)
    ]
    return _table(["outcome", "years", "group", "expected events", "E/O", "slope"], rows)


def _effect_error(effect: dict) -> float:
    return abs(effect["modelRatio"] - (1.0 if effect["null"] else effect["trueRatio"]))


def _effects(result: dict) -> str:
    rows = []
    for e in result["effects"]:
        error = _number(_effect_error(e)) if e["assessed"] else "not assessed"
        true = "1 (null)" if e["null"] else f"{e['trueRatio']:.3f} ± {e['trueRatioError']:.3f}"
        rows.append([e["drug"], e["event"], f"{e['events']}", true, _number(e["modelRatio"]), error])
    return _table(["drug", "event", "events", "true risk ratio", "model", "absolute error"], rows)


def _summary(result: dict) -> str:
    assessed = [e for e in result["effects"] if e["assessed"]]
    real, nulls = [e for e in assessed if not e["null"]], [e for e in assessed if e["null"]]
    wrong = [e for e in real if (e["trueRatio"] - 1.0) * (e["modelRatio"] - 1.0) < 0]
    low, high = result["gates"]["nulls"]
    inside = sum(low <= e["modelRatio"] <= high for e in nulls)
    passed = [name for name, ok in result["calibrated"].items() if ok]
    failed = [name for name, ok in result["calibrated"].items() if not ok]
    nll = result["nll"]
    mean = sum(_effect_error(e) for e in real) / max(1, len(real))
    return "\n".join([
        f"- Negative log-likelihood per person: model {nll['model']}, true hazards {nll['oracle']}, excess "
        f"{nll['excess']:.2%} (gate: 1 %).",
        f"- Calibrated at 5 and 10 years (E/O 0.95–1.05, slope 0.9–1.1, at least 100 expected events): "
        f"{', '.join(passed) or 'none'}. Not: {', '.join(failed) or 'none'}.",
        f"- Effects assessed: {len(real)}, mean absolute error of the risk ratio {mean:.3f} (gate: each 0.05), wrong "
        f"sign {len(wrong)}. Nulls assessed: {len(nulls)}, within {low}–{high}: {inside}.",
    ])  # fmt: skip


def markdown(result: dict) -> str:
    """The whole report."""
    parts = [
        "# Evaluation of trajectory-core", SEED_NOTE,
        f"{result['persons']} persons of 45 to 80 with five recorded years, {result['alive']} alive at the landmark, "
        "from seeds that training never saw. Truth is the probability under the true hazards, which know what the "
        "record does not (personal set points of measurements, future visits).",
        "## In short", _summary(result), "## Outcomes and horizons", _outcomes(result),
        "## Worst cells by sex and age", _worst(result), "## Effects of drugs (five years, started and kept)",
        _effects(result), "## What this does not show",
        "The world was made by the authors of the model and shares its form: Gompertz ages and log-additive effects. "
        "It has no unmeasured confounding, no coding habits and no missing visits. Nothing here says how well the "
        "model does on real patients: it has to be refitted and calibrated on local data first.",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"
