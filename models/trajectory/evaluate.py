"""Evaluates a bundle on worlds whose seeds derive from its digest, and writes evaluation/{evaluation.json, README.md,
*.svg}. One command, resumable: the truth of each world is kept in the scratch folder.

    python -m trajectory.evaluate                                     the committed bundle, every world it can speak to
    python -m trajectory.evaluate --run runs/core                     a bundle just trained, with its baselines
    python -m trajectory.evaluate --salt mine --out /tmp/report       a reviewer's own worlds

Truth is probabilities of the world, not draws of them. Every figure has a 90 % interval; `trajectory.gates` judges.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from codetable.vocabulary import Vocabulary
from population.worlds import vocabulary_of
from trajectory import gates, plots
from trajectory.bundle import write_json
from trajectory.cells import NORMAL, coverage_cells, groups_of, jackknife, score_cell
from trajectory.ensemble import Answers, Ensemble, ask, half_widths, read_bundle
from trajectory.export import DEFAULT_OUT, vocabulary_of_bundle
from trajectory.finish import FIVE_YEARS, applicable
from trajectory.outcomes import HORIZON_YEARS, outcomes_of
from trajectory.recipe import ADDITIVE, RUNS
from trajectory.report import markdown
from trajectory.rivals import gain_over_additive
from trajectory.truth import Size, TestSet, make_test_set
from trajectory.worlds import MATCHED, MISSPECIFIED, TITLES, oracle_of, seed_of

WORLDS = (MATCHED, "second-site", *MISSPECIFIED, "feedback", "first")
EFFECT_WORLDS = (MATCHED, "feedback", "first")
"""Where effects are known and asked for: recovered in the first, confounded in the second."""
BASELINE_SALT = "baselines"
REPORT = Size(persons=3_000, repeats=16, effect_persons=240, effect_repeats=16)
"""What the committed report was asked for."""


@dataclass(frozen=True)
class Request:
    """What is asked for: sizes, futures per member, processes, salt, scratch folder, and the run with the rivals."""

    size: Size
    baseline_persons: int
    repeats: int
    jobs: int
    salt: str
    scratch: Path
    run: Path | None


def worlds_of(vocabulary: Vocabulary, wanted: tuple[str, ...]) -> list[str]:
    """Worlds that speak the vocabulary of the bundle."""
    return [world for world in wanted if vocabulary_of(world).labels == vocabulary.labels]


def outcome_cells(test: TestSet, answers: Answers) -> list[dict]:
    """A cell per outcome and horizon over everybody at risk, and per sex and age band at the gates' horizons."""
    vocabulary, rows = test.vocabulary, answers.rows
    male = rows.bag[:, vocabulary.indices["sex-male"][0]] > 0
    cells = []
    for o, outcome in enumerate(outcomes_of(vocabulary)):
        at_risk = applicable(vocabulary, rows.bag, o)
        for j, years in enumerate(HORIZON_YEARS):
            for group, mask in groups_of(rows.age, male).items():
                if group != "all" and years not in gates.GATE_YEARS:
                    continue
                use = mask & at_risk
                scores = [each[use, j, o] for each in (answers.risks.risk, test.truth.first, test.truth.second)]
                body = score_cell(*scores, recurrent=outcome.recurrent, full=group == "all")
                cells.append({"outcome": outcome.name, "years": years, "group": group} | body)
    return cells


def coverage(test: TestSet, answers: Answers, ensemble: Ensemble) -> list[dict]:
    """Coverage by decile of risk at five years, over all outcomes that are risks."""
    outcomes = outcomes_of(test.vocabulary)
    known = ensemble.logit_sd or {}
    half = ensemble.kappa * half_widths(answers.risks, np.array([known.get(o.name, 0.0) for o in outcomes]))
    columns: list[list[np.ndarray]] = [[], [], [], []]
    for o, outcome in enumerate(outcomes):
        if outcome.recurrent:
            continue
        use = applicable(test.vocabulary, answers.rows.bag, o)
        parts = (answers.risks.risk, half, test.truth.first, test.truth.second)
        for column, part in zip(columns, parts, strict=True):
            column.append(part[use, FIVE_YEARS, o])
    return coverage_cells(*(np.concatenate(column) for column in columns))


def balance_cells(test: TestSet, answers: Answers, futures: int) -> list[dict]:
    """Per outcome and gate's horizon: events in the futures over what the hazards of these add up to, less one."""
    found, balance = [], answers.balance
    for o, outcome in enumerate(outcomes_of(test.vocabulary)):
        for years in gates.GATE_YEARS:
            n, a = (column[:, HORIZON_YEARS.index(years), o] for column in (balance.count, balance.compensator))
            ratio = jackknife(lambda rows, n=n, a=a: n[rows].sum() / max(a[rows].sum(), 1e-9) - 1.0, len(n))
            events = round(float(n.sum() * futures))
            found.append({"outcome": outcome.name, "years": years, "events": events, "ratio": list(ratio)})
    return found


def effect_figures(
    test: TestSet, answers: Answers, nulls: dict[str, set[str]], names: dict[str, list[str]]
) -> list[dict]:
    """Five-year risk ratios of starting a drug for good, model against truth, in those with an indication."""
    found = []
    for drug, (without, taken) in answers.effects.items():
        for column, name in enumerate(names[drug]):
            ratio, error, events = test.effects[drug][column]
            low, high = (arm[..., column].mean(axis=0) for arm in (without, taken))
            model = jackknife(lambda rows, a=low, b=high: b[rows].sum() / max(a[rows].sum(), 1e-9), len(low))
            spread = np.hypot(NORMAL * error, (model[2] - model[1]) / 2)
            gap = model[0] - ratio
            found.append({
                "drug": drug, "event": name, "null": name in nulls[drug], "events": round(float(events)),
                "true": [round(float(v), 4) for v in (ratio, ratio - NORMAL * error, ratio + NORMAL * error)],
                "model": list(model), "error": [round(float(v), 4) for v in (gap, gap - spread, gap + spread)],
            })  # fmt: skip
    return found


def excess_nll(test: TestSet, answers: Answers) -> list[float]:
    """Negative log-likelihood of the records over that of the true hazards, less one. Members are averaged."""
    own, oracle = answers.nll.mean(axis=0), test.oracle_nll
    return list(jackknife(lambda rows: own[rows].mean() / oracle[rows].mean() - 1.0, len(own)))


def evaluate_world(ensemble: Ensemble, world: str, request: Request) -> tuple[dict, TestSet, Answers]:
    """All figures of one world."""
    effects = oracle_of(world).world.drug_effects
    names = {drug: list(own) for drug, own in effects.items() if own}
    nulls = {drug: {event for event, effect in own.items() if effect == 0.0} for drug, own in effects.items()}
    seed = seed_of(ensemble.digest, world, request.salt)
    drugs = None if world in EFFECT_WORLDS else ()
    test = make_test_set(request.scratch, world, seed, request.size, request.jobs, drugs)
    answers = ask(ensemble, test, names, request.repeats, request.repeats, request.jobs)
    body = {
        "title": TITLES[world], "seed": seed, "persons": len(test.oracle_nll), "alive": len(test.alive),
        "nll": round(float(answers.nll.mean()), 4), "oracleNll": round(float(test.oracle_nll.mean()), 4),
        "excessNll": excess_nll(test, answers), "cells": outcome_cells(test, answers),
        "coverage": coverage(test, answers, ensemble),
        "balance": balance_cells(test, answers, request.repeats * len(ensemble.graphs)),
        "effects": effect_figures(test, answers, nulls, names),
    }  # fmt: skip
    return body, test, answers


def baseline_cells(ensemble: Ensemble, test: TestSet, answers: Answers, request: Request) -> dict[str, list[dict]]:
    """Cells of the baselines over everybody, at the gates' horizons."""
    from trajectory.baselines import baseline_risks, landmark_cohort

    vocabulary, years = test.vocabulary, gates.GATE_YEARS
    seed = seed_of(ensemble.digest, test.world, BASELINE_SALT + request.salt)
    train = landmark_cohort(test.world, seed, request.baseline_persons)
    outcomes = outcomes_of(vocabulary)
    at_risk = [applicable(vocabulary, train.bag, o) for o in range(len(outcomes))]
    risks = baseline_risks(train, vocabulary, at_risk, answers.rows.bag, answers.rows.age, years)
    additive = additive_risks(test, request)
    if additive is not None:
        risks["additive hazards"] = additive[:, [HORIZON_YEARS.index(y) for y in years]]
    found = {}
    for name, risk in risks.items():
        found[name] = []
        for o, outcome in enumerate(outcomes):
            use = applicable(vocabulary, answers.rows.bag, o)
            for j, horizon in enumerate(years):
                if outcome.recurrent or np.isnan(risk[use, j, o]).any():
                    continue
                truth = [half[use, HORIZON_YEARS.index(horizon), o] for half in (test.truth.first, test.truth.second)]
                cell = score_cell(risk[use, j, o], *truth, recurrent=False, full=True)
                found[name].append({"outcome": outcome.name, "years": horizon, "group": "all"} | cell)
    return found


def additive_risks(test: TestSet, request: Request) -> np.ndarray | None:
    """Risks by the additive model of the run, when there is one."""
    from trajectory.export import vocabulary_and_sizes
    from trajectory.graph import build_graph
    from trajectory.parameters import load_weights

    path = request.run / "members" / ADDITIVE / "weights.npz" if request.run else None
    if path is None or not path.exists():
        return None
    _, sizes = vocabulary_and_sizes()
    graph = build_graph(load_weights(path), sizes).SerializeToString()
    single = Ensemble((graph,), sizes, np.zeros(sizes.events))
    return ask(single, test, {}, 2 * request.repeats, 2, request.jobs).risks.risk


def evaluate(bundle: Path, request: Request, wanted: tuple[str, ...]) -> tuple[dict, dict[str, tuple]]:
    """All figures of the report, and the risks behind its plots."""
    ensemble, _ = read_bundle(bundle)
    vocabulary, _ = vocabulary_of_bundle(bundle)
    bodies, points = {}, {}
    for world in worlds_of(vocabulary, wanted):
        begun = time.monotonic()
        bodies[world], test, answers = evaluate_world(ensemble, world, request)
        points[world] = (answers.risks.risk, test.truth.risk)
        if world in (MATCHED, "first") and request.baseline_persons:
            bodies[world]["baselines"] = baseline_cells(ensemble, test, answers, request)
        rivals = gain_over_additive(request.run, world, test, request.jobs) if request.run else None
        if rivals is not None:
            bodies[world]["rivals"] = rivals
        print(f"{world}: {time.monotonic() - begun:.0f} s, excess {bodies[world]['excessNll'][0]:.2%}", flush=True)
    result = {
        "apiVersion": "twinward.io/evaluation/v2", "status": "synthetic", "bundle": ensemble.digest,
        "members": len(ensemble.graphs), "kappa": ensemble.kappa, "salt": request.salt,
        "thresholds": gates.thresholds(), "thresholdsSha256": gates.thresholds_digest(),
        "size": {"persons": request.size.persons, "futures": request.size.repeats,
                 "futuresPerMember": request.repeats, "effectPersons": request.size.effect_persons},
        "worlds": bodies,
    }  # fmt: skip
    return result | {"gates": gates.verdicts(result)}, points


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, help="default: RUN/bundle, or the committed one")
    parser.add_argument("--run", type=Path, help="folder of trajectory.train, for the additive baseline and the rivals")
    parser.add_argument("--out", type=Path, default=gates.FOLDER)
    parser.add_argument("--scratch", type=Path, default=RUNS / "evaluation")
    parser.add_argument("--worlds", nargs="+", choices=WORLDS, default=WORLDS)
    parser.add_argument("--persons", type=int, default=REPORT.persons)
    parser.add_argument("--futures", type=int, default=REPORT.repeats, help="true futures of each person")
    parser.add_argument("--repeats", type=int, default=12, help="futures of each person by each member")
    parser.add_argument("--effect-persons", type=int, default=REPORT.effect_persons)
    parser.add_argument("--baseline-persons", type=int, default=12_000, help="0: no baselines")
    parser.add_argument("--salt", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    a = parser.parse_args()
    bundle = a.bundle or (a.run / "bundle" if a.run else DEFAULT_OUT)
    size = Size(a.persons, a.futures, a.effect_persons, a.futures)
    request = Request(size, a.baseline_persons, a.repeats, a.jobs, a.salt, a.scratch, a.run)
    result, points = evaluate(bundle, request, tuple(a.worlds))
    a.out.mkdir(parents=True, exist_ok=True)
    write_json(a.out / "evaluation.json", result)
    (a.out / "README.md").write_text(markdown(result), encoding="utf-8", newline="\n")
    for world, (risk, truth) in points.items():
        names = [outcome.name for outcome in outcomes_of(vocabulary_of(world))]
        path = a.out / f"calibration-{world}.svg"
        plots.write_calibration(path, TITLES[world], risk[:, FIVE_YEARS], truth[:, FIVE_YEARS], names)
        plots.write_coverage(a.out / f"coverage-{world}.svg", TITLES[world], result["worlds"][world]["coverage"])
    failed = [line for line in result["gates"] if line["verdict"] == gates.FAIL]
    print(f"{len(failed)} of {len(result['gates'])} gates fail; {a.out / 'README.md'} lists them")


if __name__ == "__main__":
    main()
