"""What a simpler model says of the same persons: age-sex rate, Cox, landmark logistic regression, gradient boosting.

Each is fitted per outcome and horizon to drawn outcomes of a landmark cohort of the matched world that nothing else
uses. The additive hazard model, the fifth baseline, is trained beside the members and asked like a bundle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from codetable.vocabulary import Vocabulary
from population.cohort import Plan, simulate_cohort
from population.simulate import EventLog, World
from trajectory.outcomes import HORIZON_YEARS, outcomes_of
from trajectory.truth import ENTRY_AGE, HISTORY_YEARS, WASHOUT
from trajectory.worlds import oracle_of

RIDGES = (10.0, 60.0, 300.0, 1500.0)
FEWEST_EVENTS = 60


@dataclass(frozen=True)
class Landmark:
    """Features [n, F], age and sex of persons at their landmark; years to the first event of each outcome [n, O], and
    years until death or the end: a baseline sees what the record at the landmark says, and one draw of the future."""

    features: np.ndarray
    age: np.ndarray
    male: np.ndarray
    bag: np.ndarray
    time: np.ndarray
    end: np.ndarray


def features_of(bag: np.ndarray, age: np.ndarray) -> np.ndarray:
    """The bag, age in decades around 60, and its square."""
    decades = (age[:, None] - 60.0) / 10.0
    return np.concatenate([bag, decades, decades**2], axis=1)


def landmark_cohort(world: str, seed: int, persons: int) -> Landmark:
    """Persons with five recorded years and ten years of what came after."""
    oracle = oracle_of(world)
    plan = Plan(persons, entry_age=ENTRY_AGE, follow_up=(HISTORY_YEARS, HISTORY_YEARS), washout=WASHOUT)
    cohort = simulate_cohort(oracle, seed, plan)
    people = cohort.people.take(np.flatnonzero(cohort.people.alive))
    bag, age = people.bag.copy(), people.age.copy()
    log, years = EventLog(), max(HORIZON_YEARS)
    World(oracle, np.random.default_rng([seed, 4])).run(people, age + years, log=log)
    outcomes = outcomes_of(oracle.vocabulary)
    row, when, _, event, _ = log.columns()
    time = np.full((len(age), len(outcomes)), np.inf)
    for o, outcome in enumerate(outcomes):
        own = np.isin(event, [oracle.vocabulary.event_index[name] for name in outcome.events])
        np.minimum.at(time[:, o], row[own], when[own] - age[row[own]])
    male = bag[:, oracle.label["sex-male"]] > 0
    end = np.where(people.alive, years, people.age - age)
    return Landmark(features_of(bag, age), age, male, bag, time, end)


def age_sex_rate(
    train: Landmark, o: int, years: float, use: np.ndarray, age: np.ndarray, male: np.ndarray
) -> np.ndarray:
    """Share with the outcome by sex and band of five years."""

    def group(ages: np.ndarray, sex: np.ndarray) -> np.ndarray:
        return np.clip((ages // 5).astype(int), 8, 17) * 2 + sex

    own = group(train.age[use], train.male[use])
    hit = (train.time[use, o] <= years).astype(float)
    total, hits = np.bincount(own, minlength=40), np.bincount(own, hit, minlength=40)
    share = (hits + 2 * hit.mean()) / (total + 2)
    return share[group(age, male)]


def _cox_loss(beta: np.ndarray, x: np.ndarray, event: np.ndarray, ridge: float) -> tuple[float, np.ndarray]:
    """Negative partial log-likelihood (Breslow) with a ridge, and its gradient; rows by descending time."""
    score = np.clip(x @ beta, -30.0, 30.0)
    weight = np.exp(score)
    at_risk = np.cumsum(weight)
    mean = np.cumsum(weight[:, None] * x, axis=0)[event] / at_risk[event, None]
    loss = (np.log(at_risk[event]) - score[event]).sum() + 0.5 * ridge * beta @ beta
    return float(loss), (mean - x[event]).sum(axis=0) + ridge * beta


def _cox_fit(x: np.ndarray, time: np.ndarray, event: np.ndarray, ridge: float) -> tuple[np.ndarray, float]:
    """Coefficients, and the integrated baseline hazard over all of the time."""
    order = np.argsort(-time, kind="stable")
    own = (x[order], np.flatnonzero(event[order]), ridge)
    beta = minimize(_cox_loss, np.zeros(x.shape[1]), own, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    weight = np.exp(np.clip(x @ beta, -30.0, 30.0))[order]
    return beta, float((1.0 / np.cumsum(weight))[own[1]].sum())


def cox(train: Landmark, o: int, years: float, use: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Proportional hazards, deaths censored, risk = 1 - exp(-baseline * exp(score)). The ridge is chosen on a fifth of
    the persons by what it says of their outcome."""
    x, test = _scaled(train.features[use], features)
    event = train.time[use, o] <= np.minimum(train.end[use], years)
    time = np.minimum(np.minimum(train.time[use, o], train.end[use]), years)

    def risk(rows: np.ndarray, asked: np.ndarray, ridge: float) -> np.ndarray:
        beta, baseline = _cox_fit(x[rows], time[rows], event[rows], ridge)
        return 1.0 - np.exp(-baseline * np.exp(np.clip(asked @ beta, -30.0, 30.0)))

    return risk(np.arange(len(x)), test, _chosen(risk, x, event))


def _chosen(risk: Callable[..., np.ndarray], x: np.ndarray, hit: np.ndarray) -> float:
    """The ridge whose forecast for every fifth person is best."""
    held = np.arange(len(x)) % 5 == 0
    rows = np.flatnonzero(~held)

    def loss(ridge: float) -> float:
        p = np.clip(risk(rows, x[held], ridge), 1e-6, 1.0 - 1e-6)
        return -float(np.where(hit[held], np.log(p), np.log1p(-p)).sum())

    return min(RIDGES, key=loss)


def _scaled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keep = train.std(axis=0) > 0.02
    mean, sd = train[:, keep].mean(axis=0), train[:, keep].std(axis=0)
    return (train[:, keep] - mean) / sd, (test[:, keep] - mean) / sd


def logistic(train: Landmark, o: int, years: float, use: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Logistic regression; its ridge is chosen as that of Cox."""
    x, test = _scaled(train.features[use], features)
    hit = train.time[use, o] <= years

    def risk(rows: np.ndarray, asked: np.ndarray, ridge: float) -> np.ndarray:
        model = LogisticRegression(C=1.0 / ridge, max_iter=300).fit(x[rows], hit[rows])
        return model.predict_proba(asked)[:, 1]

    return risk(np.arange(len(x)), test, _chosen(risk, x, hit))


def boosting(train: Landmark, o: int, years: float, use: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Gradient-boosted trees, stopped on a tenth of the persons."""
    model = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=200, max_leaf_nodes=8, min_samples_leaf=60, l2_regularization=5.0,
        early_stopping=True, validation_fraction=0.1, random_state=1,
    )  # fmt: skip
    return model.fit(train.features[use], train.time[use, o] <= years).predict_proba(features)[:, 1]


def baseline_risks(
    train: Landmark, vocabulary: Vocabulary, at_risk: list[np.ndarray], bag: np.ndarray, age: np.ndarray, years: tuple
) -> dict[str, np.ndarray]:
    """Risks [n, years, O] of each baseline; NaN where there were too few events to fit. `at_risk`: who of the training
    cohort may have each outcome."""
    outcomes, features = outcomes_of(vocabulary), features_of(bag, age)
    male = bag[:, vocabulary.indices["sex-male"][0]] > 0
    names = ("age-sex rate", "Cox", "landmark logistic", "gradient boosting")
    found = {name: np.full((len(age), len(years), len(outcomes)), np.nan) for name in names}
    for o, outcome in enumerate(outcomes):
        for j, horizon in enumerate(years):
            use = at_risk[o]
            if outcome.recurrent or (train.time[use, o] <= horizon).sum() < FEWEST_EVENTS:
                continue
            found["age-sex rate"][:, j, o] = age_sex_rate(train, o, horizon, use, age, male)
            for name, fitted in (("Cox", cox), ("landmark logistic", logistic), ("gradient boosting", boosting)):
                found[name][:, j, o] = fitted(train, o, horizon, use, features)
        print(f"baselines: {outcome.name}", flush=True)
    return found
