"""The landmark cohort of the evaluation, and what the true hazards say about it: risks, and effects of drugs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from population import world
from population.cohort import Cohort, Plan, simulate_cohort
from population.oracle import Oracle, People
from population.simulate import Watch, World
from trajectory.outcomes import HORIZON_YEARS, OUTCOMES

COHORT_SEED, RISK_SEED, EFFECT_SEED = 2101, 2102, 2103
LANDMARK_PLAN = Plan(2000, entry_age=(40.0, 75.0), follow_up=(5.0, 5.0), washout=1.0)
REPEATS = 24
EFFECT_PERSONS, EFFECT_REPEATS, EFFECT_YEARS = 160, 20, 5.0


@dataclass(frozen=True)
class Estimate:
    """Control-variate estimates per person, horizon and outcome, of two halves of the samples: [n, J, O] each."""

    first: np.ndarray
    second: np.ndarray

    @property
    def risk(self) -> np.ndarray:
        """Mean of both halves."""
        return 0.5 * (self.first + self.second)


def estimate(count: np.ndarray, compensator: np.ndarray, repeats: int) -> Estimate:
    """mean(N - c (N - A)) with c = Cov(N, N - A) / Var(N - A) within persons, fitted per horizon and outcome."""
    shape = (-1, repeats, *count.shape[1:])
    n, d = count.reshape(shape), (count - compensator).reshape(shape)
    centred_n, centred_d = n - n.mean(1, keepdims=True), d - d.mean(1, keepdims=True)
    variance = (centred_d**2).sum((0, 1))
    c = np.where(variance > 0, (centred_n * centred_d).sum((0, 1)) / np.where(variance > 0, variance, 1.0), 0.0)
    value = n - c * d
    half = repeats // 2
    return Estimate(np.maximum(value[:, :half].mean(1), 0.0), np.maximum(value[:, half:].mean(1), 0.0))


def landmark_cohort(oracle: Oracle) -> tuple[Cohort, np.ndarray]:
    """Persons of 45 to 80 with five recorded years, and the rows of those who are alive at the landmark."""
    cohort = simulate_cohort(oracle, COHORT_SEED, LANDMARK_PLAN)
    return cohort, np.flatnonzero(cohort.people.alive)


def outcome_columns(oracle: Oracle) -> tuple[np.ndarray, np.ndarray]:
    """[K, O] of 0/1 and which outcomes are recurrent [O]."""
    columns = np.zeros((len(oracle.vocabulary.events), len(OUTCOMES)))
    for number, outcome in enumerate(OUTCOMES):
        columns[[oracle.vocabulary.event_index[name] for name in outcome.events], number] = 1.0
    return columns, np.array([outcome.recurrent for outcome in OUTCOMES])


def _roll(oracle: Oracle, people: People, watch: Watch, years: float, seed: tuple[int, ...], off=None) -> None:
    simulation = World(oracle, np.random.default_rng(list(seed)))
    simulation.run(people, people.age + years, off=off, observers=(watch,))


def true_risks(oracle: Oracle, cohort: Cohort, alive: np.ndarray) -> Estimate:
    """Risks under the true hazards, labs and visits of the future included."""
    columns, recurrent = outcome_columns(oracle)
    counts, compensators = [], []
    for begin in range(0, len(alive), 250):
        people = cohort.people.take(np.repeat(alive[begin : begin + 250], REPEATS))
        watch = Watch(np.array(HORIZON_YEARS), columns, recurrent, people.age.copy())
        _roll(oracle, people, watch, max(HORIZON_YEARS), (RISK_SEED, begin))
        counts.append(watch.count)
        compensators.append(watch.compensator)
    return estimate(np.concatenate(counts), np.concatenate(compensators), REPEATS)


def eligible(oracle: Oracle, cohort: Cohort, alive: np.ndarray, drug: str) -> np.ndarray:
    """Rows with an indication for a drug that they do not take, at most EFFECT_PERSONS."""
    entry = oracle.vocabulary.table.by_name()[drug]
    wanted = [oracle.label[name] for name in entry.indications]
    bag = cohort.people.bag[alive]
    rows = alive[(bag[:, wanted].max(axis=1) > 0) & (bag[:, oracle.label[drug]] == 0)]
    return rows[:EFFECT_PERSONS]


def held_off(oracle: Oracle, drug: str, *, taken: bool) -> np.ndarray:
    """Events off risk under do(): a drug that is taken is not stopped, one that is not is not started."""
    off = np.zeros(len(oracle.vocabulary.events), bool)
    off[oracle.vocabulary.event_index[f"{'stop' if taken else 'start'}-{drug}"]] = True
    return off


def true_effect(oracle: Oracle, cohort: Cohort, rows: np.ndarray, drug: str) -> dict[str, tuple[float, float, float]]:
    """Per event of DRUG_EFFECTS: five-year risk ratio, its standard error, and events expected without the drug."""
    names = list(world.DRUG_EFFECTS[drug])
    columns = np.eye(len(oracle.vocabulary.events))[:, [oracle.vocabulary.event_index[name] for name in names]]
    arms = []
    for taken in (False, True):
        people = cohort.people.take(np.repeat(rows, EFFECT_REPEATS))
        people.bag[:, oracle.label[drug]] = float(taken)
        watch = Watch(np.array([EFFECT_YEARS]), columns, np.zeros(len(names), bool), people.age.copy())
        off = held_off(oracle, drug, taken=taken)
        _roll(oracle, people, watch, EFFECT_YEARS, (EFFECT_SEED, int(taken), len(drug), ord(drug[0])), off)
        arms.append(estimate(watch.count, watch.compensator, EFFECT_REPEATS))
    return {name: _ratio(arms, column) for column, name in enumerate(names)}


def _ratio(arms: list[Estimate], column: int) -> tuple[float, float, float]:
    without, with_drug = (arm.risk[:, 0, column].sum() for arm in arms)
    halves = [[getattr(arm, half)[:, 0, column].sum() for arm in arms] for half in ("first", "second")]
    ratios = [b / max(a, 1e-9) for a, b in halves]
    return float(with_drug / max(without, 1e-9)), float(abs(ratios[0] - ratios[1]) / 2), float(without * EFFECT_REPEATS)


def load_or_make(path: Path, oracle: Oracle, cohort: Cohort, alive: np.ndarray) -> tuple[Estimate, dict]:
    """True risks and effects; kept in `path`, since they do not depend on the model."""
    if path.exists():
        with np.load(path, allow_pickle=False) as stored:
            effects = {key.removeprefix("effect|"): stored[key] for key in stored.files if key.startswith("effect|")}
            return Estimate(stored["first"], stored["second"]), effects
    risks = true_risks(oracle, cohort, alive)
    effects = {}
    for drug in world.DRUG_EFFECTS:
        found = true_effect(oracle, cohort, eligible(oracle, cohort, alive, drug), drug)
        effects |= {f"{drug}|{name}": np.array(values) for name, values in found.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, first=risks.first, second=risks.second, **{f"effect|{key}": value for key, value in effects.items()})
    return risks, effects
