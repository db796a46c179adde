"""Evaluates exported weights against the oracle and writes evaluation/{evaluation.json, README.md}.

    python -m trajectory.evaluate --weights runs/trajectory/weights.npz

The landmark cohort is drawn from seeds that training never saw. Truth is probabilities of the world, not draws of
them, so a cell of few expected events is noisy in the truth alone; below 100 it is "not assessed" and never a pass.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from codetable.vocabulary import Vocabulary
from population import world
from population.meds import write_meds
from population.oracle import Oracle
from trajectory.bundle import write_json
from trajectory.export import vocabulary_and_sizes
from trajectory.forecast import fold_cohort, forecast, holding_off, take, with_drug
from trajectory.graph import build_graph
from trajectory.outcomes import HORIZON_YEARS, OUTCOMES
from trajectory.parameters import load_weights
from trajectory.report import markdown
from trajectory.rollout import Question, Rows, Step
from trajectory.scores import cell, logit, logit_r_squared
from trajectory.sequences import build_sequences, read_meds
from trajectory.truth import (
    EFFECT_REPEATS,
    EFFECT_YEARS,
    LANDMARK_PLAN,
    REPEATS,
    Estimate,
    eligible,
    held_off,
    landmark_cohort,
    load_or_make,
    outcome_columns,
)

HERE = Path(__file__).resolve().parent
RUNS = HERE.parent / "runs" / "trajectory"
MODEL_SEED = 31
ENOUGH_EVENTS = 100
EO_LIMITS, SLOPE_LIMITS = (0.95, 1.05), (0.9, 1.1)
EFFECT_ERROR, NULL_LIMITS = 0.05, (0.95, 1.05)
GATE_YEARS = (5.0, 10.0)


def within(value: float, limits: tuple[float, float]) -> bool:
    """Whether a value is between its limits, ends included."""
    return limits[0] <= value <= limits[1]


def outcome_cells(vocabulary: Vocabulary, rows: Rows, model: Estimate, truth: Estimate) -> list[dict]:
    """A cell per outcome and horizon over everybody at risk, and one per sex and age band at the gate's horizons."""
    male = rows.bag[:, vocabulary.indices["sex-male"][0]] > 0
    groups = {"all": np.ones(len(male), bool)}
    for sex, mask in (("female", ~male), ("male", male)):
        groups[f"{sex} under 65"], groups[f"{sex} from 65"] = mask & (rows.age < 65), mask & (rows.age >= 65)
    cells = []
    for o, outcome in enumerate(OUTCOMES):
        at_risk = applicable(vocabulary, rows, o)
        for j, years in enumerate(HORIZON_YEARS):
            for group, mask in groups.items():
                if group != "all" and years not in GATE_YEARS:
                    continue
                use = mask & at_risk
                scores = [estimate[use, j, o] for estimate in (model.risk, truth.first, truth.second)]
                body = cell(*scores, recurrent=outcome.recurrent)
                if group == "all" and not outcome.recurrent:
                    body["logitR2"] = round(logit_r_squared(*scores), 4)
                cells.append({"outcome": outcome.name, "years": years, "group": group} | body)
    return cells


def applicable(vocabulary: Vocabulary, rows: Rows, outcome: int) -> np.ndarray:
    """Persons in whom at least one event of the outcome is still at risk."""
    result = np.zeros(len(rows.age), bool)
    for name in OUTCOMES[outcome].events:
        event = vocabulary.events[vocabulary.event_index[name]]
        result |= ~(rows.bag[:, list(event.excludes)] > 0).any(axis=1)
    return result


def calibrated_outcomes(cells: list[dict]) -> dict[str, bool]:
    """Outcomes whose cells over everybody pass E/O and slope at the gate's horizons, with events enough to say so."""
    passed = {}
    for outcome in OUTCOMES:
        own = [c for c in cells if c["outcome"] == outcome.name and c["group"] == "all" and c["years"] in GATE_YEARS]
        enough = [c for c in own if c["events"] >= ENOUGH_EVENTS]
        slopes = all(within(c["slope"], SLOPE_LIMITS) for c in enough if "slope" in c)
        passed[outcome.name] = bool(enough) and slopes and all(within(c["eo"], EO_LIMITS) for c in enough)
    return passed


def drug_effects(step: Step, oracle: Oracle, cohort, alive, rows: Rows, alpha, truth: dict) -> list[dict]:
    """Five-year risk ratios of starting a drug for good, model against truth, in those with an indication."""
    vocabulary, found = oracle.vocabulary, []
    position = {int(row): number for number, row in enumerate(alive)}
    for drug, effects in world.DRUG_EFFECTS.items():
        chosen = np.array([position[int(row)] for row in eligible(oracle, cohort, alive, drug)])
        columns = np.eye(len(vocabulary.events), dtype=np.float32)[:, [vocabulary.event_index[n] for n in effects]]
        base = Question(np.array([EFFECT_YEARS]), columns, np.zeros(len(effects), bool), alpha)
        start = take(rows, chosen)
        arms = []
        for taken in (False, True):
            question = holding_off(base, held_off(oracle, drug, taken=taken))
            arm = with_drug(vocabulary, start, drug) if taken else start
            arms.append(forecast(step, vocabulary, arm, question, EFFECT_REPEATS, MODEL_SEED).risk[:, 0].sum(axis=0))
        for number, (name, log_ratio) in enumerate(effects.items()):
            ratio, error, events = truth[f"{drug}|{name}"]
            model = float(arms[1][number] / max(arms[0][number], 1e-9))
            found.append({
                "drug": drug, "event": name, "null": log_ratio == 0.0, "trueRatio": round(float(ratio), 4),
                "trueRatioError": round(float(error), 4), "modelRatio": round(model, 4), "events": round(float(events)),
                "assessed": bool(events >= ENOUGH_EVENTS),
            })  # fmt: skip
    return found


def identified_drugs(effects: list[dict]) -> dict[str, bool]:
    """Drugs whose assessed effects and nulls were all recovered. Identified in the synthetic world, nowhere else."""
    passed = {}
    for drug in world.DRUG_EFFECTS:
        own = [e for e in effects if e["drug"] == drug and e["assessed"]]
        passed[drug] = bool(own) and all(recovered(e) for e in own)
    return passed


def recovered(effect: dict) -> bool:
    """Whether the model's ratio is near the truth, allowing for the noise of the truth (1.645 standard errors)."""
    slack = EFFECT_ERROR + 1.645 * effect["trueRatioError"]
    centre = 1.0 if effect["null"] else effect["trueRatio"]
    return abs(effect["modelRatio"] - centre) <= slack


def logit_errors(vocabulary: Vocabulary, rows: Rows, model: Estimate, truth: Estimate) -> dict[str, float]:
    """Per outcome: standard deviation at five years of logit(model) - logit(truth), less the noise of the truth."""
    j, result = HORIZON_YEARS.index(5.0), {}
    for o, outcome in enumerate(OUTCOMES):
        use = applicable(vocabulary, rows, o)
        if outcome.recurrent:
            continue
        first, second = logit(truth.first[use, j, o]), logit(truth.second[use, j, o])
        error = logit(model.risk[use, j, o]) - logit(truth.risk[use, j, o])
        noise = 0.25 * np.mean((first - second) ** 2)
        result[outcome.name] = round(float(np.sqrt(max(np.mean(error**2) - noise, 0.0025))), 4)
    return result


def evaluate(weights_path: Path) -> dict:
    """All figures of the evaluation."""
    vocabulary, sizes = vocabulary_and_sizes()
    weights = load_weights(weights_path)
    alpha = weights.pop("calibration_alpha").astype(np.float64)
    step = Step(build_graph(weights, sizes).SerializeToString(), sizes)
    oracle = Oracle(vocabulary)
    cohort, alive = landmark_cohort(oracle)
    truth, effects_truth = load_or_make(RUNS / "truth.npz", oracle, cohort, alive)
    path = RUNS / "landmark.parquet"
    write_meds(path, cohort, vocabulary)
    records = read_meds(path, vocabulary)
    random = np.random.default_rng(0)
    sequences = build_sequences(records, vocabulary, random, washout=LANDMARK_PLAN.washout, masked=False)
    everybody, nll = fold_cohort(step, vocabulary, sequences, alpha)
    rows = take(everybody, alive)
    columns, recurrent = outcome_columns(oracle)
    question = Question(np.array(HORIZON_YEARS), columns.astype(np.float32), recurrent, alpha)
    model = forecast(step, vocabulary, rows, question, REPEATS, MODEL_SEED)
    cells = outcome_cells(vocabulary, rows, model, truth)
    effects = drug_effects(step, oracle, cohort, alive, rows, alpha, effects_truth)
    excess = float(nll.mean() / cohort.oracle_nll.mean() - 1.0)
    return {
        "apiVersion": "twinward.io/evaluation/v1", "status": "synthetic", "persons": len(nll), "alive": len(alive),
        "gates": {
            "eo": EO_LIMITS, "slope": SLOPE_LIMITS, "effectError": EFFECT_ERROR, "nulls": NULL_LIMITS,
            "enoughEvents": ENOUGH_EVENTS, "years": GATE_YEARS,
        },
        "nll": {"model": round(float(nll.mean()), 4), "oracle": round(float(cohort.oracle_nll.mean()), 4),
                "excess": round(excess, 5)},
        "cells": cells, "effects": effects, "calibrated": calibrated_outcomes(cells),
        "identified": identified_drugs(effects), "logitSd": logit_errors(vocabulary, rows, model, truth),
    }  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=RUNS / "weights.npz")
    begun = time.monotonic()
    result = evaluate(parser.parse_args().weights)
    out = HERE / "evaluation"
    out.mkdir(exist_ok=True)
    write_json(out / "evaluation.json", result, indent=1)
    (out / "README.md").write_text(markdown(result), encoding="utf-8", newline="\n")
    print(f"evaluated in {time.monotonic() - begun:.0f} s: excess NLL {result['nll']['excess']:.2%}")


if __name__ == "__main__":
    main()
