"""All members of a bundle together: likelihood of records, risks with their intervals, effects of drugs."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from codetable.vocabulary import Vocabulary
from trajectory.forecast import Balance, Forecast, fold_cohort, forecast, holding_off, take, with_drug
from trajectory.outcomes import HORIZON_YEARS
from trajectory.parameters import Sizes
from trajectory.rollout import Clocks, Question, Rows, Step
from trajectory.scores import logit
from trajectory.truth import EFFECT_YEARS, TestSet, held_off, outcome_columns

NORMAL = 1.6448536269514722
T95 = (6.3138, 2.92, 2.3534, 2.1318, 2.015, 1.9432, 1.8946, 1.8595, 1.8331, 1.8125)
"""95 % quantiles of Student's t for 1, 2 … degrees of freedom."""


@dataclass(frozen=True)
class Ensemble:
    """Graphs of the members, calibration of events [K], kappa, logitSd by outcome, digest (empty: no bundle)."""

    graphs: tuple[bytes, ...]
    sizes: Sizes
    alpha: np.ndarray
    kappa: float = 1.0
    logit_sd: dict[str, float] | None = None
    digest: str = ""


def read_bundle(folder: Path) -> tuple[Ensemble, dict]:
    """A bundle and its vocabulary.json. Raises ValueError when a file is not the one that the manifest names."""
    data = (folder / "manifest.json").read_bytes()
    manifest = json.loads(data)
    for entry in manifest["files"]:
        if hashlib.sha256((folder / entry["path"]).read_bytes()).hexdigest() != entry["sha256"]:
            raise ValueError(f"{entry['path']}: sha256 differs from the manifest; export the bundle again")
    vocabulary = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    calibration = json.loads((folder / "calibration.json").read_text("utf-8"))
    graph = manifest["graph"]
    paths = sorted((e["member"], e["path"]) for e in manifest["files"] if e["role"] == "graph")
    return Ensemble(
        graphs=tuple((folder / path).read_bytes() for _, path in paths),
        sizes=Sizes(graph["vocab"], graph["events"], graph["hidden"][1], graph["horizons"], graph["outcomes"]),
        alpha=np.array([calibration["alpha"][event["name"]] for event in vocabulary["events"]]),
        kappa=calibration["kappa"], logit_sd=calibration["logitSd"], digest=hashlib.sha256(data).hexdigest(),
    ), vocabulary  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """What an ensemble says of a test set: risks of those alive, likelihood of the records of all members [M, n],
    bag, age and sex of those alive, per drug its risks without and with: two [M, n_drug, events] each, and the balance
    of the futures, members averaged."""

    risks: Forecast
    nll: np.ndarray
    rows: Rows
    effects: dict[str, tuple[np.ndarray, np.ndarray]]
    balance: Balance


def ask_member(graph: bytes, sizes: Sizes, alpha: np.ndarray, test: TestSet, names: dict[str, list[str]], repeats: int,
            effect_repeats: int, seed: int, clocks: type[Clocks] = Clocks) -> tuple:  # fmt: skip
    """Everything that one member says of a test set; seeds differ by member, arms of a drug share them."""
    vocabulary = test.vocabulary
    step = Step(graph, sizes)
    everybody, nll = fold_cohort(step, vocabulary, test.sequences, alpha)
    rows = take(everybody, test.alive)
    columns, recurrent = outcome_columns(vocabulary)
    question = Question(np.array(HORIZON_YEARS), columns.astype(np.float32), recurrent, alpha)
    risks, balance = forecast(step, vocabulary, rows, question, repeats, seed, clocks)
    effects = {drug: _drug(step, vocabulary, rows, test.eligible[drug], drug, own, alpha, effect_repeats, seed)
               for drug, own in names.items()}  # fmt: skip
    return risks, nll, rows, effects, balance


def _drug(step, vocabulary: Vocabulary, rows: Rows, eligible, drug: str, names: list[str], alpha, repeats: int,
          seed: int) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    columns = np.eye(len(vocabulary.events), dtype=np.float32)[:, [vocabulary.event_index[name] for name in names]]
    arms = []
    for taken in (False, True):
        start, parts = take(rows, eligible), []
        arm = with_drug(vocabulary, start, drug) if taken else start
        for begin in range(0, len(names), step.sizes.outcomes):
            own = columns[:, begin : begin + step.sizes.outcomes]
            question = Question(np.array([EFFECT_YEARS]), own, np.zeros(own.shape[1], bool), alpha)
            question = holding_off(question, held_off(vocabulary, drug, taken=taken))
            parts.append(forecast(step, vocabulary, arm, question, repeats, seed)[0].risk[:, 0])
        arms.append(np.concatenate(parts, axis=1))
    return arms[0], arms[1]


def ask(ensemble: Ensemble, test: TestSet, names: dict[str, list[str]], repeats: int, effect_repeats: int,
        jobs: int) -> Answers:  # fmt: skip
    """Asks every member, `jobs` at a time. `names`: events of the effects by drug."""
    m = len(ensemble.graphs)
    known = {drug: own for drug, own in names.items() if drug in test.eligible}
    fixed = [[value] * m for value in (ensemble.sizes, ensemble.alpha, test, known, repeats, effect_repeats)]
    with ProcessPoolExecutor(jobs) as pool:
        parts = list(pool.map(ask_member, ensemble.graphs, *fixed, [31 + number for number in range(m)]))
    risks = Forecast(np.stack([p[0].first for p in parts]), np.stack([p[0].second for p in parts]))
    effects = {drug: tuple(np.stack([p[3][drug][arm] for p in parts]) for arm in (0, 1)) for drug in known}
    balance = Balance(*(np.mean([getattr(p[4], name) for p in parts], axis=0) for name in ("count", "compensator")))
    return Answers(risks, np.stack([p[1] for p in parts]), parts[0][2], effects, balance)


def half_widths(risks: Forecast, logit_sd: np.ndarray) -> np.ndarray:
    """Half of the 90 % interval on the logit scale before kappa: [n, J, O], by the rule of CONTRACT.md. `logit_sd`
    [O]: 0 where unknown."""
    noise, between = risks.spread()
    m = len(risks.first)
    single = NORMAL * np.sqrt(noise + logit_sd**2)
    if m == 1:
        return single
    return np.maximum(T95[m - 2] * np.sqrt(noise + between), np.where(logit_sd > 0, single, 0.0))


def fitted_kappa(error: np.ndarray, half: np.ndarray) -> float:
    """Smallest factor, and at least 1, that makes 90 % of the intervals hold the truth."""
    return float(max(1.0, np.quantile(np.abs(error) / np.maximum(half, 1e-9), 0.9)))


def logit_error(risk: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """logit(risk) - logit(truth)."""
    return logit(risk) - logit(truth)
