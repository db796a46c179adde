"""What a world looks like when it has run: rates, shares of persons, and how dense the records are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from population.cohort import Plan, simulate_blocks
from population.oracle import Oracle


@dataclass(frozen=True)
class Description:
    """Per event [K]: `count` inside the observation, and `ever`: share of persons in whom its entry holds at the end
    (NaN for deaths and stops). `years` are person-years, `values` measured numbers, `dead` the share that died."""

    names: list[str]
    count: np.ndarray
    ever: np.ndarray
    persons: int
    years: float
    values: int
    dead: float


def describe(oracle: Oracle, seed: int, plan: Plan) -> Description:
    """Runs the world and counts."""
    events = oracle.vocabulary.events
    count, held, years, values, dead = np.zeros(len(events)), np.zeros(oracle.vocabulary.size), 0.0, 0, 0
    for cohort in simulate_blocks(oracle, seed, plan):
        row, age, _, event, value = cohort.log
        inside = (event >= 0) & (age >= cohort.entry[row])
        count += np.bincount(event[inside], minlength=len(events))
        held += (cohort.people.bag > 0).sum(axis=0)
        years += float((cohort.end - cohort.entry).sum())
        values += int((~np.isnan(value)).sum())
        dead += int((~cohort.people.alive).sum())
    ever = np.array([held[event.set[0]] / plan.n if event.set else np.nan for event in events])
    return Description([event.name for event in events], count, ever, plan.n, years, values, dead / plan.n)


def table(found: Description) -> str:
    """As text, most frequent events first."""
    lines = [
        f"{found.persons} persons, {found.years:.0f} person-years, {found.dead:.1%} died, "
        f"{found.count.sum() / found.years:.2f} events and {found.values / found.years:.1f} values a year",
        f"{'event':<36}{'count':>9}{'per 1,000 years':>18}{'holds at the end':>18}",
    ]
    for k in np.argsort(-found.count, kind="stable"):
        ever = "" if np.isnan(found.ever[k]) else f"{found.ever[k]:.1%}"
        rate = 1000 * found.count[k] / found.years
        lines.append(f"{found.names[k]:<36}{int(found.count[k]):>9}{rate:>18.2f}{ever:>18}")
    return "\n".join(lines)
