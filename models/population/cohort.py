"""Persons with a record: problem list before entry, observation from entry to censoring or death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from population import world
from population.oracle import Oracle, People
from population.simulate import EventLog, Likelihood, World

START_AGE = 20.0


@dataclass(frozen=True)
class Cohort:
    """Persons alive at entry. Ages in years: `end` is death or `planned_end`. Rows of the log are positions here;
    `oracle_nll` is the negative log-likelihood of the true hazards after the washout."""

    people: People
    entry: np.ndarray
    end: np.ndarray
    planned_end: np.ndarray
    male: np.ndarray
    log: tuple[np.ndarray, ...]
    oracle_nll: np.ndarray


@dataclass(frozen=True)
class Plan:
    """How to draw a cohort: n persons, ages at entry, years of follow-up, loss washout in years."""

    n: int
    entry_age: tuple[float, float] = (30.0, 80.0)
    follow_up: tuple[float, float] = (4.0, 14.0)
    washout: float = 1.0


def simulate_cohort(oracle: Oracle, seed: int, plan: Plan) -> Cohort:
    """Lives from 20; those who die before entry are replaced by others (left truncation), so n persons come back."""
    batches: list[Cohort] = []
    found, attempt = 0, 0
    while found < plan.n:
        batch = _batch(oracle, np.random.default_rng([seed, attempt]), plan, int((plan.n - found) * 1.35) + 50)
        found, attempt = found + len(batch.entry), attempt + 1
        batches.append(batch)
    return _first(_joined(batches), plan.n)


def _batch(oracle: Oracle, random: np.random.Generator, plan: Plan, n: int) -> Cohort:
    simulation = World(oracle, random)
    people = simulation.newborns(n, START_AGE)
    entry = random.uniform(*plan.entry_age, n)
    before = EventLog()
    off = np.zeros(len(oracle.vocabulary.events), bool)
    off[[oracle.vocabulary.event_index[name] for name in world.UNRECORDED_BEFORE_ENTRY]] = True
    simulation.run(people, entry, log=before, off=off)
    alive = np.flatnonzero(people.alive)
    people, entry = people.take(alive), entry[alive]
    log = EventLog([_problem_list(before.columns(), alive)])
    people.next_visit = np.maximum(people.next_visit, entry)
    simulation.intake(people, log)
    end = entry + random.uniform(*plan.follow_up, len(entry))
    likelihood = Likelihood(entry + plan.washout)
    simulation.run(people, end, log=log, observers=(likelihood,))
    male = people.bag[:, oracle.label["sex-male"]] > 0
    return Cohort(people, entry, np.where(people.alive, end, people.age), end, male, log.columns(), likelihood.total)


def _problem_list(columns: tuple[np.ndarray, ...], kept: np.ndarray) -> tuple[np.ndarray, ...]:
    """Conditions and drugs before entry (no visits), with rows renumbered to the survivors."""
    position = np.full(int(max(kept.max(initial=0), columns[0].max(initial=0))) + 1, -1)
    position[kept] = np.arange(len(kept))
    use = (columns[3] >= 0) & (position[columns[0]] >= 0)
    return (position[columns[0][use]], *(column[use] for column in columns[1:]))


def _joined(batches: list[Cohort]) -> Cohort:
    offsets = np.cumsum([0] + [len(batch.entry) for batch in batches])
    logs = [(batch.log[0] + offset, *batch.log[1:]) for batch, offset in zip(batches, offsets[:-1], strict=True)]
    people = [batch.people for batch in batches]
    names = ("bag", "age", "set_points", "next_visit", "recent_until", "alive")
    return Cohort(
        People(*(np.concatenate([getattr(p, name) for p in people]) for name in names)),
        *(np.concatenate([getattr(b, name) for b in batches]) for name in ("entry", "end", "planned_end", "male")),
        tuple(np.concatenate(parts) for parts in zip(*logs, strict=True)),
        np.concatenate([batch.oracle_nll for batch in batches]),
    )


def _first(cohort: Cohort, n: int) -> Cohort:
    use = cohort.log[0] < n
    return Cohort(
        cohort.people.take(np.arange(n)), cohort.entry[:n], cohort.end[:n], cohort.planned_end[:n],
        cohort.male[:n], tuple(column[use] for column in cohort.log), cohort.oracle_nll[:n],
    )  # fmt: skip
