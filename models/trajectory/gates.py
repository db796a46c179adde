"""The gates of the evaluation, as a pure function of its figures. Needs nothing but the committed JSON:

    python -m trajectory.gates [evaluation/evaluation.json]      exits 1 when a gate fails that is not a known failure

A gate passes when the whole 90 % interval of its figure is within the limits, fails otherwise, and is "not assessed"
(never a pass) below 100 events. Known failures are listed in known-failures.txt, one `gate world cell` a line: they
stay failures in the report, and a line that no longer fails must go.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "evaluation"
ENOUGH_EVENTS = 100
ENOUGH_DRAWS = 50_000
"""Events of futures below which the noise of the draws alone would too often fail the gate."""
EO, SLOPE, AUROC_LOSS, UNEXPLAINED = (0.95, 1.05), (0.9, 1.1), 0.01, 0.10
EXCESS_NLL, COVERAGE = (-0.005, 0.01), (0.86, 0.94)
EFFECT_ERROR, NULLS, WRONG_SIGNS = 0.05, (0.95, 1.05), 0.02
TIE, MARTINGALE = 0.002, (-0.02, 0.02)
GATE_YEARS = (5.0, 10.0)
PASS, FAIL, OPEN = "pass", "fail", "not assessed"
MATCHED, CONFOUNDED = ("matched", "first"), "feedback"
Verdict = dict[str, object]


def thresholds() -> dict[str, object]:
    """Every number that a verdict depends on."""
    return {
        "enoughEvents": ENOUGH_EVENTS, "enoughDraws": ENOUGH_DRAWS, "eo": EO, "slope": SLOPE,
        "aurocLoss": AUROC_LOSS, "unexplained": UNEXPLAINED, "excessNll": EXCESS_NLL, "coverage": COVERAGE,
        "effectError": EFFECT_ERROR, "nulls": NULLS,
        "wrongSigns": WRONG_SIGNS, "tie": TIE, "martingale": MARTINGALE, "years": GATE_YEARS,
    }  # fmt: skip


def thresholds_digest() -> str:
    """sha256 of the thresholds: a report says which it was judged by."""
    return hashlib.sha256(json.dumps(thresholds(), sort_keys=True).encode()).hexdigest()


def within(figure: list[float], low: float, high: float) -> bool:
    """Whether the whole interval is inside."""
    return low <= figure[1] and figure[2] <= high


def verdict(
    gate: str, world: str, cell: str, figure: list[float], limits: tuple[float, float], *, enough=True
) -> Verdict:
    """One line: the figure with its interval, the limits, and what follows."""
    outcome = (PASS if within(figure, *limits) else FAIL) if enough else OPEN
    return {"gate": gate, "world": world, "cell": cell, "figure": figure, "limits": list(limits), "verdict": outcome}


def cell_name(cell: dict) -> str:
    """outcome/years/group."""
    return f"{cell['outcome']}/{cell['years']:g}/{cell['group'].replace(' ', '-')}"


CELL_GATES = (
    ("eo", "eo", EO), ("slope", "slope", SLOPE), ("auroc", "aurocLoss", (-1.0, AUROC_LOSS)),
    ("unexplained", "unexplained", (-1.0, UNEXPLAINED)),
)  # fmt: skip


def cell_verdicts(world: str, cells: list[dict]) -> list[Verdict]:
    """E/O, slope, AUROC against the oracle and unexplained logit variance of every cell at the gate's horizons."""
    found = []
    for cell in cells:
        enough = cell["events"] >= ENOUGH_EVENTS
        if cell["years"] in GATE_YEARS:
            found += [
                verdict(gate, world, cell_name(cell), cell[name], limits, enough=enough)
                for gate, name, limits in CELL_GATES
                if name in cell
            ]
    return found


def effect_verdicts(world: str, effects: list[dict]) -> list[Verdict]:
    """Every known ratio and null, and the share of wrong signs among effects that are told from none."""
    found = []
    for effect in effects:
        cell, enough = f"{effect['drug']}/{effect['event']}", effect["events"] >= ENOUGH_EVENTS
        if effect["null"]:
            found.append(verdict("null", world, cell, effect["model"], NULLS, enough=enough))
        else:
            limits = (-EFFECT_ERROR, EFFECT_ERROR)
            found.append(verdict("effect", world, cell, effect["error"], limits, enough=enough))
    real = [e for e in effects if not e["null"] and e["events"] >= ENOUGH_EVENTS and abs(e["true"][0] - 1) > 0.02]
    if real:
        wrong = sum((e["true"][0] - 1) * (e["model"][0] - 1) < 0 for e in real) / len(real)
        found.append(verdict("wrong-signs", world, "all", [wrong, wrong, wrong], (0.0, WRONG_SIGNS)))
    return found


def coverage_verdicts(world: str, coverage: list[dict]) -> list[Verdict]:
    """Coverage of the 90 % intervals by decile of risk, at five years over all outcomes."""
    return [verdict("coverage", world, f"decile-{c['decile']}", c["coverage"], COVERAGE) for c in coverage]


def balance_verdicts(world: str, balance: list[dict]) -> list[Verdict]:
    """Events of the futures over their integrated hazards, less one: 0 when futures are drawn from the hazards."""
    return [
        verdict("martingale", world, f"{cell['outcome']}/{cell['years']:g}", cell["ratio"], MARTINGALE,
                enough=cell["events"] >= ENOUGH_DRAWS)
        for cell in balance
    ]  # fmt: skip


def rival_verdicts(world: str, body: dict) -> list[Verdict]:
    """Negative log-likelihood of the additive model less that of the GRU, both fitted to this world, in parts of the
    oracle's: the GRU must win where the additive form is wrong, and not lose more than a tie where it is right."""
    rivals = body.get("rivals")
    if not rivals:
        return []
    limits = (-TIE, float("inf")) if world in MATCHED else (0.0, float("inf"))
    found = verdict("beats-additive", world, "all", rivals["gain"], limits)
    return [found | {"limits": [limits[0], None]}]


def world_verdicts(world: str, body: dict) -> list[Verdict]:
    """All gates of one world."""
    likelihood = verdict("excess-nll", world, "all", body["excessNll"], EXCESS_NLL)
    return [
        likelihood, *rival_verdicts(world, body), *cell_verdicts(world, body["cells"]),
        *coverage_verdicts(world, body["coverage"]), *balance_verdicts(world, body.get("balance", [])),
        *effect_verdicts(world, body.get("effects", [])),
    ]  # fmt: skip


def verdicts(result: dict) -> list[Verdict]:
    """Every gate of an evaluation."""
    return [line for world, body in result["worlds"].items() for line in world_verdicts(world, body)]


def key(line: Verdict) -> str:
    """`gate world cell`."""
    return f"{line['gate']} {line['world']} {line['cell']}"


def failures(result: dict) -> set[str]:
    """Keys of the gates that fail."""
    return {key(line) for line in verdicts(result) if line["verdict"] == FAIL}


def known_failures(folder: Path) -> set[str]:
    """Lines of known-failures.txt that are no comment."""
    path = folder / "known-failures.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def worst(lines: list[Verdict], gate: str) -> Verdict | None:
    """The line of a gate whose interval is farthest outside its limits (or nearest to them)."""
    own = [line for line in lines if line["gate"] == gate and line["verdict"] != OPEN]

    def excess(line: Verdict) -> float:
        low, high = line["limits"]
        _, bottom, top = line["figure"]
        return max(low - bottom, top - high if high is not None else float("-inf"))

    return max(own, key=excess, default=None)


def main() -> int:
    """Command line."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER / "evaluation.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    lines = verdicts(result)
    counts = {name: sum(line["verdict"] == name for line in lines) for name in (PASS, FAIL, OPEN)}
    found, known = failures(result), known_failures(path.parent)
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    for name in sorted(found - known):
        print(f"fails: {name}")
    for name in sorted(known - found):
        print(f"no longer fails, take it out of known-failures.txt: {name}")
    return 1 if found ^ known else 0


if __name__ == "__main__":
    sys.exit(main())
