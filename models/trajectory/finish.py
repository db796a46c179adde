"""The last step of training: what is known of the errors of the members, and the bundle.

kappa and logitSd are fitted on development worlds, which neither training nor the test worlds share. Without our own
world there is no truth: kappa is then a stated guess, and no outcome or effect gets a flag.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from codetable.vocabulary import Vocabulary
from trajectory.bundle import UNFITTED_KAPPA, Calibration
from trajectory.ensemble import Answers, Ensemble, ask, fitted_kappa, half_widths, logit_error
from trajectory.export import Content, vocabulary_and_sizes, write_bundle
from trajectory.gates import EFFECT_ERROR, ENOUGH_EVENTS, EO, GATE_YEARS, NULLS, SLOPE
from trajectory.graph import build_graph
from trajectory.outcomes import HORIZON_YEARS, outcomes_of
from trajectory.parameters import load_weights
from trajectory.recipe import Recipe
from trajectory.scores import calibration_slope, logit
from trajectory.truth import Size, TestSet, make_test_set
from trajectory.worlds import DEVELOPMENT, DEVELOPMENT_SEED, MATCHED, oracle_of

LEAST_LOGIT_SD = 0.05
FIVE_YEARS = HORIZON_YEARS.index(5.0)


def applicable(vocabulary: Vocabulary, bag: np.ndarray, outcome: int) -> np.ndarray:
    """Persons in whom at least one event of the outcome is still at risk."""
    result = np.zeros(len(bag), bool)
    for name in outcomes_of(vocabulary)[outcome].events:
        event = vocabulary.events[vocabulary.event_index[name]]
        result |= ~(bag[:, list(event.excludes)] > 0).any(axis=1)
    return result


def logit_errors(test: TestSet, answers: Answers) -> dict[str, float]:
    """Per outcome: root mean square at five years of logit(model) - logit(truth), less the noise of the truth."""
    found = {}
    for o, outcome in enumerate(outcomes_of(test.vocabulary)):
        if outcome.recurrent:
            continue
        use = applicable(test.vocabulary, answers.rows.bag, o)
        first, second = (getattr(test.truth, half)[use, FIVE_YEARS, o] for half in ("first", "second"))
        error = logit_error(answers.risks.risk[use, FIVE_YEARS, o], 0.5 * (first + second))
        noise = 0.25 * np.mean((logit(first) - logit(second)) ** 2)
        found[outcome.name] = round(float(np.sqrt(max(np.mean(error**2) - noise, LEAST_LOGIT_SD**2))), 4)
    return found


def kappa_of(sets: list[tuple[TestSet, Answers]], logit_sd: dict[str, float]) -> float:
    """One factor for all outcomes, so that nine of ten five-year intervals of the development worlds hold the truth."""
    errors, halves = [], []
    for test, answers in sets:
        outcomes = outcomes_of(test.vocabulary)
        half = half_widths(answers.risks, np.array([logit_sd.get(outcome.name, 0.0) for outcome in outcomes]))
        for o, outcome in enumerate(outcomes):
            if outcome.recurrent:
                continue
            use = applicable(test.vocabulary, answers.rows.bag, o)
            errors.append(logit_error(answers.risks.risk[use, FIVE_YEARS, o], test.truth.risk[use, FIVE_YEARS, o]))
            halves.append(half[use, FIVE_YEARS, o])
    return round(fitted_kappa(np.concatenate(errors), np.concatenate(halves)), 3)


def calibrated(test: TestSet, answers: Answers) -> dict[str, bool]:
    """Outcomes whose E/O and slope over everybody are within the gates at five and ten years, with events enough."""
    found = {}
    for o, outcome in enumerate(outcomes_of(test.vocabulary)):
        use = applicable(test.vocabulary, answers.rows.bag, o)
        verdicts = []
        for years in GATE_YEARS:
            j = HORIZON_YEARS.index(years)
            risk, truth = answers.risks.risk[use, j, o], test.truth.risk[use, j, o]
            if truth.sum() < ENOUGH_EVENTS:
                continue
            good = EO[0] <= risk.sum() / truth.sum() <= EO[1]
            if not outcome.recurrent:
                good = good and SLOPE[0] <= calibration_slope(risk, truth) <= SLOPE[1]
            verdicts.append(bool(good))
        found[outcome.name] = bool(verdicts) and all(verdicts)
    return found


def identified(test: TestSet, answers: Answers, names: dict[str, list[str]], nulls: dict[str, set[str]]):
    """Drugs whose assessed effects and nulls were all recovered. Identified in the synthetic world, nowhere else."""
    found = {drug: False for drug in names}
    for drug, (without, taken) in answers.effects.items():
        verdicts = []
        for column, name in enumerate(names[drug]):
            ratio, error, events = test.effects[drug][column]
            if events < ENOUGH_EVENTS:
                continue
            model = taken[..., column].mean(0).sum() / max(without[..., column].mean(0).sum(), 1e-9)
            limit = NULLS[1] - 1.0 if name in nulls[drug] else EFFECT_ERROR
            centre = 1.0 if name in nulls[drug] else ratio
            verdicts.append(abs(model - centre) <= limit + 1.645 * error)
        found[drug] = bool(verdicts) and all(verdicts)
    return found


def finish(run: Path, recipe: Recipe, alpha: np.ndarray, training: dict, persons: int) -> str:
    """Fits kappa and logitSd when `persons` > 0, and writes run/bundle. Returns the bundle's digest."""
    _, sizes = vocabulary_and_sizes()
    members = [load_weights(run / "members" / name / "weights.npz") for name in recipe.names()[: recipe.members]]
    graphs = tuple(build_graph(weights, sizes).SerializeToString(deterministic=True) for weights in members)
    calibration = Calibration(alpha, source="tuning split of the MEDS folder", kappa=UNFITTED_KAPPA)
    evaluation: dict = {"apiVersion": "twinward.io/evaluation/v2", "status": "no world with a known truth was given"}
    if persons:
        ensemble = Ensemble(graphs, sizes, alpha)
        calibration, evaluation = develop(run, ensemble, persons)
    return write_bundle(run / "bundle", Content(members, calibration, evaluation, training))


def develop(run: Path, ensemble: Ensemble, persons: int) -> tuple[Calibration, dict]:
    """Calibration and flags from the development worlds."""
    effects = oracle_of(MATCHED).world.drug_effects
    names = {drug: list(own) for drug, own in effects.items() if own}
    nulls = {drug: {event for event, effect in own.items() if effect == 0.0} for drug, own in effects.items()}
    jobs, sets = os.cpu_count() or 1, []
    for number, world in enumerate(DEVELOPMENT):
        size = Size(persons=persons)
        drugs = None if world == MATCHED else ()
        test = make_test_set(run / "development", world, DEVELOPMENT_SEED + number, size, jobs, drugs)
        print(f"development world {world}: truth of {len(test.alive)} persons is known", flush=True)
        sets.append((test, ask(ensemble, test, names if world == MATCHED else {}, 16, 16, jobs)))
    matched = next((test, answers) for test, answers in sets if test.world == MATCHED)
    logit_sd = logit_errors(*matched)
    kappa = kappa_of(sets, logit_sd)
    calibration = Calibration(
        ensemble.alpha, kappa, logit_sd, f"tuning split; kappa on development worlds {', '.join(DEVELOPMENT)}",
        truth="synthetic",
    )  # fmt: skip
    evaluation = {
        "apiVersion": "twinward.io/evaluation/v2", "status": "synthetic",
        "worlds": {world: DEVELOPMENT_SEED + number for number, world in enumerate(DEVELOPMENT)}, "persons": persons,
        "calibrated": calibrated(*matched), "identified": identified(*matched, names, nulls), "logitSd": logit_sd,
        "kappa": kappa,
        "note": "Figures that flags and intervals were fitted on. Test worlds: models/trajectory/evaluation.",
    }  # fmt: skip
    return calibration, evaluation
