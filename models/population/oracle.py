"""The true hazards lambda_k(t | history) of the world, as functions that tests and evaluations call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from codetable.load import load_code_table
from codetable.vocabulary import Vocabulary, build_vocabulary
from population import world

AGE_CAP_YEARS = 100.0


@dataclass
class People:
    """Persons as arrays over n rows: the bag (float32 0/1), age in years, personal set points of measurements, the age
    of the next visit, and until which age each recency of the world lasts. `alive` is bool."""

    bag: np.ndarray
    age: np.ndarray
    set_points: np.ndarray
    next_visit: np.ndarray
    recent_until: np.ndarray
    alive: np.ndarray

    def take(self, rows: np.ndarray) -> People:
        """A copy of some rows, in order; rows may repeat."""
        fields = (self.bag, self.age, self.set_points, self.next_visit, self.recent_until, self.alive)
        return People(*(array[rows].copy() for array in fields))


class Oracle:
    """Log hazards of the world over a vocabulary."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = vocabulary or build_vocabulary(load_code_table())
        size, events = self.vocabulary.size, self.vocabulary.events
        self.label = {name: number for number, name in enumerate(self.vocabulary.labels)}
        self.alpha, self.beta = np.zeros(len(events)), np.zeros(len(events))
        self.wide = np.zeros((size, len(events)), np.float32)
        for name, hazard in self._hazards().items():
            k = self.vocabulary.event_index[name]
            self.alpha[k], self.beta[k] = np.log(hazard.rate), hazard.gompertz
            for label, effect in hazard.effects.items():
                self.wide[self.label[label], k] += effect
        self._add_drug_effects()
        self.recency = np.zeros((len(world.RECENCIES), len(events)))
        self.recency_years = np.array([r.years for r in world.RECENCIES])
        self.recency_trigger = np.array([self.vocabulary.event_index[r.trigger] for r in world.RECENCIES])
        for row, recency in enumerate(world.RECENCIES):
            for name, effect in recency.effects.items():
                self.recency[row, self.vocabulary.event_index[name]] = effect
        self._masks()

    def _hazards(self) -> dict[str, world.Hazard]:
        hazards = {**world.CONDITIONS, **world.DEATHS}
        for drug, hazard in world.DRUG_STARTS.items():
            hazards[f"start-{drug}"] = hazard
            hazards[f"stop-{drug}"] = world.Hazard(world.DRUG_STOP_RATE, 0.0, {})
        missing = {event.name for event in self.vocabulary.events} ^ set(hazards)
        if missing:
            raise ValueError(f"world and code table disagree on the events {sorted(missing)}; define them in both")
        return hazards

    def _add_drug_effects(self) -> None:
        for drug, effects in world.DRUG_EFFECTS.items():
            for name, effect in effects.items():
                self.wide[self.label[drug], self.vocabulary.event_index[name]] += effect

    def _masks(self) -> None:
        shape = (len(self.vocabulary.events), self.vocabulary.size)
        self._requires, self._excludes = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self.sets, self.clears = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for event in self.vocabulary.events:
            self._requires[event.index, list(event.requires)] = 1
            self._excludes[event.index, list(event.excludes)] = 1
            self.sets[event.index, list(event.set)] = 1
            self.clears[event.index, list(event.clear)] = 1
        self.terminal = np.array([event.terminal for event in self.vocabulary.events])

    def at_risk(self, bag: np.ndarray) -> np.ndarray:
        """Who is at risk of what: bag [n, V] -> [n, K] of bool."""
        return ((1.0 - bag) @ self._requires.T + bag @ self._excludes.T) < 0.5

    def log_hazards(self, people: People) -> np.ndarray:
        """log lambda_k per year at the present age, given everything before it: [n, K]; risk is not applied."""
        years = np.minimum(people.age, AGE_CAP_YEARS) - 60.0
        recent = (people.recent_until > people.age[:, None] + 1e-9).astype(np.float64)
        return self.alpha + self.beta * years[:, None] + people.bag @ self.wide + recent @ self.recency

    def slopes(self, people: People) -> np.ndarray:
        """d log lambda_k / dt inside a segment, per year: [n, K]."""
        return self.beta * (people.age < AGE_CAP_YEARS)[:, None]


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
