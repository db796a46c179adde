"""Test sets: a landmark cohort of a world, its records as the product reads them, and what the true hazards say of it.

Worlds and seeds come from outside; a set is kept in a folder, since it does not depend on any model.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from codetable.vocabulary import Vocabulary
from population.cohort import Cohort, Plan, simulate_cohort
from population.hidden import redraw
from population.meds import meds_table
from population.oracle import Oracle, People
from population.simulate import Watch, World
from trajectory.meds import read_shard
from trajectory.outcomes import HORIZON_YEARS, outcomes_of
from trajectory.sequences import Sequences, build_sequences
from trajectory.worlds import oracle_of

WASHOUT = 1.0
ENTRY_AGE, HISTORY_YEARS = (40.0, 75.0), 5.0
CHUNK = 200
EFFECT_YEARS = 5.0
STRATA, LEAST_IN_STRATUM = 10, 40


@dataclass(frozen=True)
class Size:
    """Persons of a landmark cohort, futures of each, persons and futures of an effect."""

    persons: int = 4_000
    repeats: int = 24
    effect_persons: int = 240
    effect_repeats: int = 24


@dataclass(frozen=True)
class Estimate:
    """Control-variate estimates per person, horizon and outcome, of two halves of the samples: [n, J, O] each."""

    first: np.ndarray
    second: np.ndarray

    @property
    def risk(self) -> np.ndarray:
        """Mean of both halves."""
        return 0.5 * (self.first + self.second)


@dataclass(frozen=True)
class TestSet:
    """A cohort of one world at its landmark. `alive`: positions of those alive then; `truth` and the effects are about
    them; `sequences` are the records of everybody, ending at the landmark."""

    world: str
    seed: int
    vocabulary: Vocabulary
    sequences: Sequences
    oracle_nll: np.ndarray
    alive: np.ndarray
    truth: Estimate
    effects: dict[str, np.ndarray]
    eligible: dict[str, np.ndarray]


def estimate(count: np.ndarray, compensator: np.ndarray, repeats: int) -> Estimate:
    """mean(N - c (N - A)) of either half of the samples of every person. c is fitted on the other half, per horizon and
    outcome, among persons of like hazard there: it falls as the risk grows, and what it is fitted on it must not judge.
    Unbiased, and therefore not kept within 0 and 1."""
    shape = (-1, repeats, *count.shape[1:])
    n, d = count.reshape(shape), (count - compensator).reshape(shape)
    half = repeats // 2
    parts = [(n[:, :half], d[:, :half]), (n[:, half:], d[:, half:])]
    values = []
    for own, other in (parts, parts[::-1]):
        values.append(own[0].mean(1) - coefficients(*other) * own[1].mean(1))
    return Estimate(*values)


def coefficients(n: np.ndarray, d: np.ndarray) -> np.ndarray:
    """c = Cov(N, N - A) / Var(N - A) within persons, [persons, J, O]; one value for each tenth of the persons by A."""
    hazard = (n - d).mean(1)
    strata = int(np.clip(len(n) // LEAST_IN_STRATUM, 1, STRATA))
    stratum = hazard.argsort(0, kind="stable").argsort(0) * strata // len(n)
    centred_n, centred_d = n - n.mean(1, keepdims=True), d - d.mean(1, keepdims=True)
    covariance, variance = (centred_n * centred_d).sum(1), (centred_d**2).sum(1)
    c = np.zeros_like(hazard)
    for number in range(strata):
        inside = stratum == number
        total = np.where(inside, variance, 0.0).sum(0)
        share = np.where(total > 0, np.where(inside, covariance, 0.0).sum(0) / np.where(total > 0, total, 1.0), 0.0)
        c = np.where(inside, share, c)
    return c


def outcome_columns(vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """[K, O] of 0/1 and which outcomes are recurrent [O]."""
    outcomes = outcomes_of(vocabulary)
    columns = np.zeros((len(vocabulary.events), len(outcomes)))
    for number, outcome in enumerate(outcomes):
        columns[[vocabulary.event_index[name] for name in outcome.events], number] = 1.0
    return columns, np.array([outcome.recurrent for outcome in outcomes])


def _roll(oracle: Oracle, people: People, watch: Watch, years: float, seed: list[int], off=None) -> None:
    simulation = World(oracle, np.random.default_rng(seed))
    simulation.run(people, people.age + years, off=off, observers=(watch,))


def _futures(oracle: Oracle, people: People, classes: np.ndarray, repeats: int, seed: list[int]) -> People:
    """Every person `repeats` times. What no record names is drawn given the record: the oracle knows no more."""
    rows = np.repeat(np.arange(len(people.age)), repeats)
    taken = people.take(rows)
    redraw(oracle, taken, classes[rows], np.random.default_rng([*seed, 9]))
    return taken


def _risk_chunk(world: str, people: People, classes, repeats: int, seed: list[int]) -> tuple[np.ndarray, np.ndarray]:
    oracle = oracle_of(world)
    columns, recurrent = outcome_columns(oracle.vocabulary)
    rows = _futures(oracle, people, classes, repeats, seed)
    watch = Watch(np.array(HORIZON_YEARS), columns, recurrent, rows.age.copy())
    _roll(oracle, rows, watch, max(HORIZON_YEARS), seed)
    return watch.count.astype(np.float32), watch.compensator.astype(np.float32)


def true_risks(world: str, cohort: Cohort, alive: np.ndarray, repeats: int, seed: int, jobs: int) -> Estimate:
    """Risks under the true hazards, labs and visits of the future included."""
    begins = range(0, len(alive), CHUNK)
    people = [cohort.people.take(alive[begin : begin + CHUNK]) for begin in begins]
    classes = [cohort.classes[alive[begin : begin + CHUNK]] for begin in begins]
    n = len(people)
    with ProcessPoolExecutor(jobs) as pool:
        seeds = [[seed, 2, begin] for begin in begins]
        parts = list(pool.map(_risk_chunk, [world] * n, people, classes, [repeats] * n, seeds))
    count, compensator = (np.concatenate(column).astype(np.float64) for column in zip(*parts, strict=True))
    return estimate(count, compensator, repeats)


def eligible_rows(oracle: Oracle, people: People, alive: np.ndarray, drug: str, most: int) -> np.ndarray:
    """Positions in `alive` of those with an indication for a drug that they do not take."""
    entry = oracle.vocabulary.table.by_name()[drug]
    wanted = [oracle.label[name] for name in entry.indications]
    bag = people.bag[alive]
    return np.flatnonzero((bag[:, wanted].max(axis=1) > 0) & (bag[:, oracle.label[drug]] == 0))[:most]


def held_off(vocabulary: Vocabulary, drug: str, *, taken: bool) -> np.ndarray:
    """Events off risk under do(): a drug that is taken is not stopped, one that is not is not started."""
    off = np.zeros(len(vocabulary.events), bool)
    off[vocabulary.event_index[f"{'stop' if taken else 'start'}-{drug}"]] = True
    return off


def _effect(world, people: People, classes, drug: str, names: list[str], repeats: int, seed: list[int]) -> np.ndarray:
    """Per event: five-year risk ratio of starting a drug for good, its standard error, events seen without it."""
    oracle = oracle_of(world)
    vocabulary = oracle.vocabulary
    columns = np.eye(len(vocabulary.events))[:, [vocabulary.event_index[name] for name in names]]
    arms = []
    for taken in (False, True):
        rows = _futures(oracle, people, classes, repeats, seed)
        rows.bag[:, oracle.label[drug]] = float(taken)
        watch = Watch(np.array([EFFECT_YEARS]), columns, np.zeros(len(names), bool), rows.age.copy())
        _roll(oracle, rows, watch, EFFECT_YEARS, [*seed, int(taken)], held_off(vocabulary, drug, taken=taken))
        arms.append(estimate(watch.count, watch.compensator, repeats))
    return np.array([(*ratio_of(arms, column), arms[0].risk[:, 0, column].sum() * repeats)
                     for column in range(len(names))])  # fmt: skip


def ratio_of(arms: list[Estimate], column: int) -> tuple[float, float]:
    """Risk ratio of two arms of the same persons and its standard error, by leaving out tenths of the persons."""
    without, with_drug = (arm.risk[:, 0, column] for arm in arms)
    ratio = with_drug.sum() / max(without.sum(), 1e-9)
    group = np.arange(len(without)) % 10
    left = np.array([with_drug[group != g].sum() / max(without[group != g].sum(), 1e-9) for g in range(10)])
    return float(ratio), float(np.sqrt(0.9 * ((left - left.mean()) ** 2).sum()))


def make_test_set(
    folder: Path, world: str, seed: int, size: Size, jobs: int, drugs: tuple[str, ...] | None = None
) -> TestSet:
    """Simulates a landmark cohort and its truth, or reads what was kept of the same request. `drugs`: whose effects
    are wanted; None: of all that have any."""
    oracle = oracle_of(world)
    plan = Plan(size.persons, entry_age=ENTRY_AGE, follow_up=(HISTORY_YEARS, HISTORY_YEARS), washout=WASHOUT)
    cohort = simulate_cohort(oracle, seed, plan)
    alive = np.flatnonzero(cohort.people.alive)
    folder.mkdir(parents=True, exist_ok=True)
    known = _drugs(oracle)
    wanted = {drug: own for drug, own in known.items() if drugs is None or drug in drugs}
    marks = "all" if drugs is None else str(len(wanted))
    stem = f"{world}-{seed}-{size.persons}-{size.repeats}-{size.effect_persons}-{marks}"
    records = folder / f"{stem}.parquet"
    pq.write_table(meds_table(cohort, oracle.vocabulary, oracle.world.recording), records, compression="zstd")
    sequences = build_sequences(
        read_shard(records, oracle.vocabulary), oracle.vocabulary, np.random.default_rng(0), washout=WASHOUT,
        masked=False,
    )  # fmt: skip
    kept = folder / f"{stem}.npz"
    eligible = {d: eligible_rows(oracle, cohort.people, alive, d, size.effect_persons) for d in wanted}
    if not kept.exists():
        truth = true_risks(world, cohort, alive, size.repeats, seed, jobs)
        found = _true_effects(world, cohort, alive, wanted, eligible, size, seed, jobs)
        np.savez(kept, first=truth.first, second=truth.second, **{f"effect|{d}": v for d, v in found.items()})
    with np.load(kept) as stored:
        truth = Estimate(stored["first"], stored["second"])
        found = {d: stored[f"effect|{d}"] for d in wanted if f"effect|{d}" in stored.files}
    return TestSet(
        world, seed, oracle.vocabulary, sequences, cohort.oracle_nll, alive, truth, found,
        {d: eligible[d] for d in found},
    )  # fmt: skip


def _drugs(oracle: Oracle) -> dict[str, list[str]]:
    return {drug: list(effects) for drug, effects in oracle.world.drug_effects.items() if effects}


def _true_effects(world, cohort, alive, drugs, eligible, size: Size, seed: int, jobs: int) -> dict[str, np.ndarray]:
    wanted = [drug for drug in drugs if len(eligible[drug]) >= 20]
    people = [cohort.people.take(alive[eligible[drug]]) for drug in wanted]
    classes = [cohort.classes[alive[eligible[drug]]] for drug in wanted]
    seeds = [[seed, 3, number] for number in range(len(wanted))]
    n = len(wanted)
    with ProcessPoolExecutor(jobs) as pool:
        names = [drugs[drug] for drug in wanted]
        parts = pool.map(_effect, [world] * n, people, classes, wanted, names, [size.effect_repeats] * n, seeds)
        return dict(zip(wanted, parts, strict=True))
