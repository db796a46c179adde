"""What a simpler model says of the same persons: age-sex rate, Cox, landmark logistic regression, gradient boosting.

Each is fitted per outcome and horizon to drawn outcomes of a landmark cohort of the matched world that nothing else
uses. The additive hazard model, the fifth baseline, is trained beside the members and asked like a bundle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from codetable.vocabulary import Vocabulary
from population.cohort import Plan, simulate_cohort
from population.simulate import EventLog, World
from trajectory.outcomes import HORIZON_YEARS, outcomes_of
from trajectory.truth import ENTRY_AGE, HISTORY_YEARS, WASHOUT
from trajectory.worlds import oracle_of

COX_STEPS, COX_RIDGE = 12, 5.0
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


def cox(train: Landmark, o: int, years: float, use: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Proportional hazards with a ridge, deaths censored, risk = 1 - exp(-baseline * exp(score))."""
    x, scale = _scaled(train.features[use], features)
    time = np.minimum(train.time[use, o], train.end[use])
    event = train.time[use, o] <= np.minimum(train.end[use], years)
    time = np.minimum(time, years)
    order = np.argsort(-time, kind="stable")
    x, event = x[order], event[order]
    beta = np.zeros(x.shape[1])
    for _ in range(COX_STEPS):
        weight = np.exp(np.clip(x @ beta, -20, 20))
        at_risk = np.cumsum(weight)
        mean = np.cumsum(weight[:, None] * x, axis=0) / at_risk[:, None]
        gradient = (x - mean)[event].sum(axis=0) - COX_RIDGE * beta
        # the information of each event, with the pooled covariance standing in for that of its own risk set
        pooled = (x * (weight / weight.sum())[:, None]).T @ x - np.outer(mean[-1], mean[-1])
        beta += np.linalg.solve(event.sum() * pooled + COX_RIDGE * np.eye(len(beta)), gradient)
    weight = np.exp(np.clip(x @ beta, -20, 20))
    baseline = (event / np.cumsum(weight)).sum()
    return 1.0 - np.exp(-baseline * np.exp(np.clip(scale @ beta, -20, 20)))


def _scaled(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keep = train.std(axis=0) > 0.02
    mean, sd = train[:, keep].mean(axis=0), train[:, keep].std(axis=0)
    return (train[:, keep] - mean) / sd, (test[:, keep] - mean) / sd


def logistic(train: Landmark, o: int, years: float, use: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Ridge logistic regression."""
    x, scale = _scaled(train.features[use], features)
    model = LogisticRegression(C=0.02, max_iter=300).fit(x, train.time[use, o] <= years)
    return model.predict_proba(scale)[:, 1]


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
