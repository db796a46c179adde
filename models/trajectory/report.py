"""The evaluation as Markdown, for people. Everything in it follows from evaluation.json."""

from __future__ import annotations

from trajectory.gates import FAIL, GATE_YEARS, OPEN, PASS, cell_name, key, worst

GATE_TITLES = {
    "excess-nll": "Likelihood of records over that of the true hazards: −0.5 % to 1 %",
    "beats-additive": "The network beats the additive model (ties within 0.2 % where the additive form is true)",
    "eo": "Expected over observed, 0.95–1.05",
    "slope": "Calibration slope, 0.9–1.1",
    "auroc": "AUROC within 0.01 of the oracle's",
    "unexplained": "1 − R² of the logit, at most 0.10",
    "coverage": "The 90 % interval holds the true risk, 86–94 %, by tenth of the risk",
    "martingale": "Futures are drawn from the hazards: events over integrated hazards − 1, within ±2 %",
    "effect": "Known risk ratios, absolute error at most 0.05",
    "null": "Nulls within 0.95–1.05",
    "wrong-signs": "Wrong signs below 2 %",
}
NOT_SHOWN = """The worlds were made by the authors of the model. `thresholds` and `frailty` differ from what the model
assumes, and `second-site` from what it was trained on, but all of them are inventions: no figure here says how well
the model does on patients. In `feedback` treatment depends on a value that the effect itself moves: what the model says
of a drug there is an association, and its failures are listed as failures. The statistician's doubts are in the model
card."""


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _figure(value: list[float] | None, digits: int = 3) -> str:
    if value is None:
        return "–"
    middle, low, high = value
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _limits(limits: list) -> str:
    low, high = limits
    return f"{low:g} to {high:g}" if high is not None else f"above {low:g}"


def _summary(result: dict) -> str:
    rows = []
    for gate, title in GATE_TITLES.items():
        for world in result["worlds"]:
            own = [line for line in result["gates"] if line["gate"] == gate and line["world"] == world]
            if not own:
                continue
            counts = [str(sum(line["verdict"] == name for line in own)) for name in (PASS, FAIL, OPEN)]
            bad = worst(own, gate)
            shown = f"{bad['cell']}: {_figure(bad['figure'])}" if bad else "–"
            rows.append([title, world, *counts, shown])
    return _table(["gate", "world", "pass", "fail", "not assessed", "worst cell"], rows)


def _failures(result: dict) -> str:
    rows = [
        [line["gate"], line["world"], line["cell"], _figure(line["figure"]), _limits(line["limits"])]
        for line in sorted(result["gates"], key=key)
        if line["verdict"] == FAIL
    ]
    return _table(["gate", "world", "cell", "figure (90 % interval)", "limits"], rows) if rows else "None."


def _cells(cells: list[dict], *, everybody: bool) -> str:
    rows = [
        [c["outcome"], f"{c['years']:g}", c["group"], f"{c['events']:.0f}", _figure(c.get("eo")),
         _figure(c.get("slope")), f"{c['auroc']:.3f}" if "auroc" in c else "–", _figure(c.get("aurocLoss")),
         _figure(c.get("unexplained"))]
        for c in cells
        if (c["group"] == "all") is everybody
    ]  # fmt: skip
    header = ["outcome", "years", "group", "expected events", "E/O", "slope", "AUROC", "below the oracle", "1 − R²"]
    return _table(header, rows)


def _baselines(body: dict) -> str:
    own = [cell for cell in body["cells"] if cell["group"] == "all" and cell["years"] in GATE_YEARS and "auroc" in cell]
    tables = {"this bundle": own} | body["baselines"]
    rows = []
    for cell in own:
        for name, cells in tables.items():
            found = next((c for c in cells if cell_name(c) == cell_name(cell)), None)
            if found is not None and "auroc" in found:
                rows.append([cell["outcome"], f"{cell['years']:g}", name, _figure(found["eo"]), _figure(found["slope"]),
                             f"{found['auroc']:.3f}", _figure(found.get("unexplained"))])  # fmt: skip
    return _table(["outcome", "years", "model", "E/O", "slope", "AUROC", "1 − R²"], rows)


def _effects(effects: list[dict]) -> str:
    rows = [
        [e["drug"], e["event"], str(e["events"]), "1 (null)" if e["null"] else _figure(e["true"]), _figure(e["model"])]
        for e in effects
    ]
    return _table(["drug", "event", "events", "true risk ratio", "model"], rows)


def _coverage(coverage: list[dict]) -> str:
    rows = [[str(c["decile"]), f"{c['risk']:.4f}", _figure(c["coverage"]), f"{c['width']:.2f}"] for c in coverage]
    return _table(["tenth", "mean risk", "coverage", "width on the logit scale"], rows)


def _world(name: str, body: dict) -> list[str]:
    parts = [
        f"## {name}: {body['title']}",
        f"Seed {body['seed']}; {body['persons']} persons of 45 to 80 with five recorded years, {body['alive']} alive "
        f"at the landmark. Negative log-likelihood per person: model {body['nll']}, true hazards {body['oracleNll']}, "
        f"excess {_figure([100 * v for v in body['excessNll']], 2)} %.",
    ]
    if "rivals" in body:
        gain, network, additive = (
            _figure([100 * v for v in body["rivals"][n]], 2) for n in ("gain", "network", "additive")
        )
        parts.append(f"Trained on this world: the network exceeds the oracle by {network} %, the additive model by "
                     f"{additive} %; gain {gain} %.")  # fmt: skip
    parts += [
        f"![calibration](calibration-{name}.svg) ![coverage](coverage-{name}.svg)",
        "### Outcomes and horizons", _cells(body["cells"], everybody=True),
    ]  # fmt: skip
    if "baselines" in body:
        parts += ["### Baselines in the same table", _baselines(body)]
    parts += ["### By sex and age", _cells(body["cells"], everybody=False), "### Coverage", _coverage(body["coverage"])]
    if body["effects"]:
        parts += ["### Effects of drugs (five years, started and kept)", _effects(body["effects"])]
    return parts


def markdown(result: dict) -> str:
    """The whole report."""
    size = result["size"]
    parts = [
        "# Evaluation of trajectory-core",
        "Written by `python -m trajectory.evaluate`; the figures are in `evaluation.json`, judged by "
        "`python -m trajectory.gates`.",
        f"Bundle `{result['bundle']}`, {result['members']} member{'s' if result['members'] != 1 else ''}, kappa "
        f"{result['kappa']}. The seeds of the worlds derive from the digest of the bundle"
        f"{' and a salt' if result['salt'] else ''}. Per world {size['persons']} persons with {size['futures']} true "
        f"futures each, {size['futuresPerMember']} futures by each member. Every figure has its 90 % interval; a gate "
        "passes when the whole interval is within its limits, and is not assessed below 100 expected events. "
        f"Thresholds: sha256 `{result['thresholdsSha256']}`.",
        "## Gates", _summary(result), "## Failures", _failures(result),
    ]  # fmt: skip
    for name, body in result["worlds"].items():
        parts += _world(name, body)
    parts += ["## What this does not show", NOT_SHOWN]
    return "\n\n".join(parts) + "\n"
