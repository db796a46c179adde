"""The true hazards lambda_k(t | history) of a world, as functions that tests and evaluations call.

`Oracle()` is the first world; `Oracle.of("matched")` and the other names of `population.worlds.WORLDS` are the others.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from codetable.vocabulary import Vocabulary
from population.definition import Definition, Interaction
from population.worlds import definition, vocabulary_of

AGE_CAP_YEARS = 100.0


@dataclass
class People:
    """Persons as arrays over n rows: the bag (float32 0/1), age in years, personal set points of measurements, the age
    of the next visit (drawn between the ages `visit_range` [n, 2]), and until which age each recency of the world
    lasts. `alive` is bool; `frailty` is the hidden class, 0 where the world has none. `measured` [n, M] counts the
    values in the record, `residual` [n, M] sums what they deviate from what the bag explains: all that a record says
    about the set points."""

    bag: np.ndarray
    age: np.ndarray
    set_points: np.ndarray
    next_visit: np.ndarray
    recent_until: np.ndarray
    alive: np.ndarray
    frailty: np.ndarray
    measured: np.ndarray
    residual: np.ndarray
    visit_range: np.ndarray

    def take(self, rows: np.ndarray) -> People:
        """A copy of some rows, in order; rows may repeat."""
        return People(*(getattr(self, field.name)[rows].copy() for field in fields(self)))


@dataclass(frozen=True)
class Rule:
    """An interaction over bag indices, with its effects [K]."""

    together: tuple[int, ...]
    of: tuple[int, ...]
    at_least: int
    effects: np.ndarray

    def holds(self, bag: np.ndarray) -> np.ndarray:
        """Whether it holds for each row of the bag: [n] of bool."""
        found = np.ones(len(bag), bool)
        for index in self.together:
            found &= bag[:, index] > 0
        if self.of:
            count = np.zeros(len(bag))
            for index in self.of:
                count += bag[:, index]
            found &= count >= self.at_least - 0.5
        return found


class Oracle:
    """Log hazards of a world over a vocabulary."""

    def __init__(self, vocabulary: Vocabulary | None = None, world: Definition | None = None) -> None:
        self.world = world or definition("first")
        self.vocabulary = vocabulary or vocabulary_of(self.world.name)
        self.label = {name: number for number, name in enumerate(self.vocabulary.labels)}
        missing = {event.name for event in self.vocabulary.events} ^ set(self.world.hazards)
        if missing:
            raise ValueError(f"world and code table disagree on the events {sorted(missing)}; define them in both")
        self._ages()
        self._effects()
        self._recencies()
        self._masks()
        self.rules = tuple(self._rule(interaction) for interaction in self.world.interactions)
        self.class_effects = self._classes()

    @classmethod
    def of(cls, name: str) -> Oracle:
        """The oracle of a world by name, such as "matched"."""
        return cls(vocabulary_of(name), definition(name))

    def _row(self, named: dict[str, float]) -> np.ndarray:
        """Effects by event as [K]."""
        row = np.zeros(len(self.vocabulary.events))
        for name, effect in named.items():
            row[self.vocabulary.event_index[name]] = effect
        return row

    def _ages(self) -> None:
        """`knots`: ages at which slopes change; `alpha`, `beta` [knots + 1, K] between them, around the age of 60."""
        index = self.vocabulary.event_index
        alpha, beta = np.zeros(len(index)), np.zeros(len(index))
        for name, hazard in self.world.hazards.items():
            alpha[index[name]], beta[index[name]] = np.log(hazard.rate), hazard.gompertz
        self.knots = np.array(sorted({bend.age for bend in self.world.bends} | {AGE_CAP_YEARS}))
        levels, slopes = [alpha], [beta]
        for knot in self.knots:
            level, slope = levels[-1].copy(), slopes[-1].copy()
            for bend in self.world.bends:
                if bend.age == knot:
                    k = index[bend.event]
                    level[k] += bend.jump - bend.slope * (knot - 60.0)
                    slope[k] += bend.slope
            if knot == AGE_CAP_YEARS:
                level, slope = level + slope * (knot - 60.0), np.zeros_like(slope)
            levels.append(level)
            slopes.append(slope)
        self.alpha, self.beta = np.array(levels), np.array(slopes)

    def _effects(self) -> None:
        """`wide` [2, V, K]: log hazard ratios by label, of persons outside and inside a trial."""
        wide = np.zeros((2, self.vocabulary.size, len(self.vocabulary.events)))
        for name, hazard in self.world.hazards.items():
            for label, effect in hazard.effects.items():
                wide[:, self.label[label], self.vocabulary.event_index[name]] += effect
        for name, own in self.world.confounders.items():
            for label, effect in own.items():
                wide[0, self.label[label], self.vocabulary.event_index[name]] += effect
        for drug, own in self.world.drug_effects.items():
            wide[:, self.label[drug]] += self._row(own)
        self.wide = wide
        self.trial = None if self.world.trial is None else self.label[self.world.trial]

    def _recencies(self) -> None:
        recencies = self.world.recencies
        self.recency = np.array([self._row(recency.effects) for recency in recencies])
        self.recency_years = np.array([recency.years for recency in recencies])
        self.recency_trigger = np.array([self.vocabulary.event_index[recency.trigger] for recency in recencies])

    def _masks(self) -> None:
        events = self.vocabulary.events
        self.required = np.array([len(event.requires) for event in events], np.int16)
        self.block = np.zeros((self.vocabulary.size, len(events)), np.int16)
        for event in events:
            self.block[list(event.requires), event.index] -= 1
            self.block[list(event.excludes), event.index] += 1
        self.terminal = np.array([event.terminal for event in events])
        self.lit, self.sets, self.clears = (
            np.array([one[0] if one else -1 for one in own])
            for own in ([e.now for e in events], [e.set for e in events], [e.clear for e in events])
        )

    def _rule(self, interaction: Interaction) -> Rule:
        together = tuple(self.label[label] for label in interaction.together)
        of = tuple(self.label[label] for label in interaction.of)
        return Rule(together, of, interaction.at_least, self._row(interaction.effects))

    def _classes(self) -> np.ndarray:
        """[C, K]: shift of the log-hazards of each hidden class; one row of zeros where there are none."""
        hidden = self.world.frailty
        if hidden is None:
            return np.zeros((1, len(self.vocabulary.events)))
        return np.array([self._row(dict.fromkeys(hidden.events, effect)) for effect in hidden.effects])

    def at_risk(self, bag: np.ndarray) -> np.ndarray:
        """Who is at risk of what: bag [n, V] -> [n, K] of bool."""
        return (self.required + bag.astype(np.int16) @ self.block) == 0

    def interval(self, age: np.ndarray) -> np.ndarray:
        """Between which knots each age lies: [n], a row of `alpha` and `beta`."""
        return np.searchsorted(self.knots, age + 1e-9, side="right")

    def in_trial(self, bag: np.ndarray) -> np.ndarray:
        """0 or 1 per row: which table of `wide` applies."""
        return np.zeros(len(bag), np.int64) if self.trial is None else (bag[:, self.trial] > 0).astype(np.int64)

    def bag_effects(self, bag: np.ndarray) -> np.ndarray:
        """Sum of the effects of what the bag holds, interactions left out: [n, K]. One order of adding: equal bits."""
        total, trial = np.zeros((len(bag), self.wide.shape[2])), self.in_trial(bag)
        for index in np.flatnonzero(bag.any(axis=0) & (self.wide != 0).any(axis=(0, 2))):
            rows = np.flatnonzero(bag[:, index] > 0)
            total[rows] += self.wide[trial[rows], index]
        return total

    def log_hazards(self, people: People) -> np.ndarray:
        """log lambda_k per year at the present age, given everything before it: [n, K]; risk is not applied."""
        recent = (people.recent_until > people.age[:, None] + 1e-9).astype(np.float64)
        between = self.interval(people.age)
        level = self.alpha[between] + self.beta[between] * (people.age - 60.0)[:, None]
        level += self.bag_effects(people.bag) + recent @ self.recency + self.class_effects[people.frailty]
        for rule in self.rules:
            level += np.where(rule.holds(people.bag)[:, None], rule.effects, 0.0)
        return level

    def slopes(self, people: People) -> np.ndarray:
        """d log lambda_k / dt until the next knot, per year: [n, K]."""
        return self.beta[self.interval(people.age)]


def integrated(rate: np.ndarray, slope: np.ndarray, duration: np.ndarray) -> np.ndarray:
    """Integral of rate * exp(slope * u) over u in [0, duration]; shapes broadcast."""
    x = slope * duration
    small = np.abs(x) < 1e-8
    safe = np.where(small, 1.0, x)
    return rate * duration * np.where(small, 1.0 + x / 2, np.expm1(safe) / safe)


def waiting(clock: np.ndarray, rate: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Time until the integrated hazard reaches the clock; infinity when it never does. rate may be 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = clock / rate
        z = slope * ratio
        bent = np.where(z > -1.0, np.log1p(np.maximum(z, -1.0 + 1e-300)) / np.where(slope == 0, 1.0, slope), np.inf)
        return np.where(rate <= 0, np.inf, np.where(np.abs(z) < 1e-8, ratio, bent))
