"""Persons with a record: problem list before entry, observation from entry to censoring or death.

A `Cohort` is the one event list; `population.meds` and `population.fhir` are views of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from population.classes import ClassPosterior
from population.oracle import Oracle, People
from population.simulate import EventLog, Likelihood, World

START_AGE = 20.0
BLOCK = 2000
"""Persons that are drawn together from one stream of random numbers."""


@dataclass(frozen=True)
class Cohort:
    """Persons alive at entry. Ages in years: `end` is death or `planned_end`. Rows of the log are positions here;
    `oracle_nll` is the negative log-likelihood of the true hazards after the washout, given the record before it (in a
    world with hidden classes: averaged over them). `classes` [n, C]: probability of each hidden class at the end,
    given everything up to it."""

    people: People
    entry: np.ndarray
    end: np.ndarray
    planned_end: np.ndarray
    male: np.ndarray
    log: tuple[np.ndarray, ...]
    oracle_nll: np.ndarray
    classes: np.ndarray


@dataclass(frozen=True)
class Plan:
    """How to draw a cohort: n persons, ages at entry, years of follow-up, loss washout in years."""

    n: int
    entry_age: tuple[float, float] = (30.0, 80.0)
    follow_up: tuple[float, float] = (4.0, 14.0)
    washout: float = 1.0


def simulate_cohort(oracle: Oracle, seed: int, plan: Plan) -> Cohort:
    """Lives from 20; those who die before entry are replaced by others (left truncation), so n persons come back."""
    return _drawn(oracle, (seed,), plan)


def simulate_blocks(oracle: Oracle, seed: int, plan: Plan, block: int = BLOCK) -> Iterator[Cohort]:
    """The same for many persons: cohorts of at most `block`, each from its own stream, so that any process may draw
    any of them and all together are the same."""
    for number in range(blocks_of(plan.n, block)):
        yield simulate_block(oracle, seed, plan, number, block)


def blocks_of(n: int, block: int = BLOCK) -> int:
    """How many blocks n persons fill."""
    return -(-n // block)


def simulate_block(oracle: Oracle, seed: int, plan: Plan, number: int, block: int = BLOCK) -> Cohort:
    """Block `number` (0..) of `simulate_blocks`."""
    size = min(block, plan.n - number * block)
    return _drawn(oracle, (seed, 1 + number), Plan(size, plan.entry_age, plan.follow_up, plan.washout))


def _drawn(oracle: Oracle, seed: tuple[int, ...], plan: Plan) -> Cohort:
    batches: list[Cohort] = []
    found, attempt = 0, 0
    while found < plan.n:
        random = np.random.default_rng([*seed, attempt])
        batch = _batch(oracle, random, plan, int((plan.n - found) * 1.35) + 50)
        found, attempt = found + len(batch.entry), attempt + 1
        batches.append(batch)
    return _first(_joined(batches), plan.n)


def _batch(oracle: Oracle, random: np.random.Generator, plan: Plan, n: int) -> Cohort:
    simulation = World(oracle, random)
    people = simulation.newborns(n, START_AGE)
    entry = random.uniform(*plan.entry_age, n)
    before = EventLog()
    off = np.zeros(len(oracle.vocabulary.events), bool)
    off[[oracle.vocabulary.event_index[name] for name in oracle.world.unrecorded]] = True
    posterior = ClassPosterior(oracle, people.frailty)
    watching = (posterior,) if posterior.hidden else ()
    simulation.run(people, entry, log=before, off=off, visits=oracle.world.visits_before_entry, observers=watching)
    alive = np.flatnonzero(people.alive)
    people, entry = people.take(alive), entry[alive]
    log = EventLog([_problem_list(before.columns(), alive)])
    people.next_visit = np.maximum(people.next_visit, entry)
    simulation.intake(people, log)
    end = entry + random.uniform(*plan.follow_up, len(entry))
    likelihood, posterior = Likelihood(entry + plan.washout), posterior.take(alive, entry + plan.washout)
    simulation.run(people, end, log=log, observers=(posterior if posterior.hidden else likelihood,))
    male = people.bag[:, oracle.label["sex-male"]] > 0
    kept = _lose(log.columns(), oracle, random)
    nll = posterior.negative_log_likelihood() if posterior.hidden else likelihood.total
    stop = np.where(people.alive, end, people.age)
    return Cohort(people, entry, stop, end, male, kept, nll, posterior.probabilities())


def _lose(columns: tuple[np.ndarray, ...], oracle: Oracle, random: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Leaves out the share of records that a site loses; deaths are known elsewhere and stay."""
    share = oracle.world.recording.missing
    if share == 0.0:
        return columns
    kept = (random.random(len(columns[0])) >= share) | (columns[2] < 0)
    left = tuple(column[kept] for column in columns)
    known = ~_orphan_stops(left, oracle)
    return tuple(column[known] for column in left)


def _orphan_stops(columns: tuple[np.ndarray, ...], oracle: Oracle) -> np.ndarray:
    """Stops of drugs whose start was lost: nobody knows of a course that could end."""
    row, age, _, event, _ = columns
    stops = (event >= 0) & (oracle.clears[event] >= 0)
    drug = np.where(event < 0, -1, np.where(stops, oracle.clears[event], oracle.sets[event]))
    order = np.lexsort((np.arange(len(row)), age, drug, row))
    before = np.append(-1, order[:-1])
    follows = (row[order] == row[before]) & (drug[order] == drug[before]) & ~stops[before]
    orphans = np.zeros(len(row), bool)
    orphans[order] = stops[order] & ~follows
    return orphans


def _problem_list(columns: tuple[np.ndarray, ...], kept: np.ndarray) -> tuple[np.ndarray, ...]:
    """Conditions, drugs and procedures before entry (no visits), with rows renumbered to the survivors."""
    position = np.full(int(max(kept.max(initial=0), columns[0].max(initial=0))) + 1, -1)
    position[kept] = np.arange(len(kept))
    use = (columns[3] >= 0) & (position[columns[0]] >= 0)
    return (position[columns[0][use]], *(column[use] for column in columns[1:]))


def _joined(batches: list[Cohort]) -> Cohort:
    offsets = np.cumsum([0] + [len(batch.entry) for batch in batches])
    logs = [(batch.log[0] + offset, *batch.log[1:]) for batch, offset in zip(batches, offsets[:-1], strict=True)]
    people = [batch.people for batch in batches]
    names = ("entry", "end", "planned_end", "male")
    return Cohort(
        People(*(np.concatenate([getattr(p, field.name) for p in people]) for field in fields(People))),
        *(np.concatenate([getattr(b, name) for b in batches]) for name in names),
        tuple(np.concatenate(parts) for parts in zip(*logs, strict=True)),
        np.concatenate([batch.oracle_nll for batch in batches]),
        np.concatenate([batch.classes for batch in batches]),
    )


def _first(cohort: Cohort, n: int) -> Cohort:
    use = cohort.log[0] < n
    return Cohort(
        cohort.people.take(np.arange(n)), cohort.entry[:n], cohort.end[:n], cohort.planned_end[:n], cohort.male[:n],
        tuple(column[use] for column in cohort.log), cohort.oracle_nll[:n], cohort.classes[:n],
    )  # fmt: skip
