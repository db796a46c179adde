"""Oracles and small cohorts of the worlds for tests, made once."""

from __future__ import annotations

from functools import cache

import numpy as np

from population.cohort import Cohort, Plan, simulate_cohort
from population.oracle import Oracle, People
from population.simulate import World
from population.worlds import WORLDS

NEW = [name for name in WORLDS if name != "first"]


@cache
def oracle(name: str) -> Oracle:
    """The oracle of a world."""
    return Oracle.of(name)


@cache
def cohort(name: str, persons: int = 600) -> Cohort:
    """Persons of a world."""
    return simulate_cohort(oracle(name), 5, Plan(persons))


def person(world: Oracle, age: float, *labels: str) -> People:
    """One person of an age in whom nothing holds but the labels."""
    people = World(world, np.random.default_rng(0)).newborns(1, age)
    people.bag[:] = 0
    people.bag[0, [world.label[label] for label in labels]] = 1
    return people
