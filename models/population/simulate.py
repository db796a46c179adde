"""Runs the world forward: next event of every person by exact waiting times, with visits that measure and vaccinate.

A step of a row ends at its next event, its next visit, the end of a recency, the border of its loss window or its
end, whichever is first; within a step all hazards are Gompertz curves, so nothing is approximated.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from population.measure import MEASUREMENTS, VISIT_PROCEDURES, VisitPanel
from population.oracle import AGE_CAP_YEARS, Oracle, People, integrated, waiting


@dataclass
class EventLog:
    """What was recorded, in columns: row, age in years, index lit (-1: death), event (-1: context), value."""

    chunks: list[tuple[np.ndarray, ...]] = field(default_factory=list)

    def add(self, row: np.ndarray, age: np.ndarray, index: np.ndarray, event: np.ndarray, value: np.ndarray) -> None:
        """Appends records."""
        if len(row):
            self.chunks.append((row, age, index, event, value))

    def columns(self) -> tuple[np.ndarray, ...]:
        """All records by (row, age)."""
        if not self.chunks:
            return tuple(np.zeros(0, kind) for kind in (np.int64, np.float64, np.int64, np.int64, np.float64))
        joined = [np.concatenate(parts) for parts in zip(*self.chunks, strict=True)]
        order = np.lexsort((joined[2], joined[1], joined[0]))
        return tuple(column[order] for column in joined)


@dataclass
class Watch:
    """Counts and compensators of outcomes from a start age: horizons [J] in years, out_map [K, O], [n, J, O] sums."""

    horizons: np.ndarray
    out_map: np.ndarray
    recurrent: np.ndarray
    start_age: np.ndarray
    count: np.ndarray = field(init=False)
    compensator: np.ndarray = field(init=False)
    alive: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        shape = (len(self.start_age), len(self.horizons), self.out_map.shape[1])
        self.count, self.compensator = np.zeros(shape), np.zeros(shape)
        self.alive = np.ones((shape[0], shape[2]))

    def observe(self, rows, age, dt, rate, slope, event) -> None:
        """One step of `rows` that began at `age`, lasted `dt` and ended in `event` (-1: none)."""
        elapsed = age - self.start_age[rows]
        for j, horizon in enumerate(self.horizons):
            duration = np.clip(horizon - elapsed, 0.0, dt)
            step = integrated(rate, slope, duration[:, None]) @ self.out_map
            self.compensator[rows, j] += step * self.alive[rows]
        fired = event >= 0
        hit = self.out_map[event[fired]] * self.alive[rows[fired]]
        within = (elapsed + dt)[fired, None] <= self.horizons[None, :]
        self.count[rows[fired]] += within[:, :, None] * hit[:, None, :]
        self.alive[rows[fired]] *= 1.0 - hit * ~self.recurrent


@dataclass
class Likelihood:
    """Negative log-likelihood of the true hazards per row, from `start_age` on."""

    start_age: np.ndarray
    total: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.total = np.zeros(len(self.start_age))

    def observe(self, rows, age, dt, rate, slope, event) -> None:
        """Adds a step; steps never straddle `start_age`."""
        counted = age >= self.start_age[rows] - 1e-9
        spent = integrated(rate, slope, dt[:, None]).sum(axis=1)
        fired = np.flatnonzero((event >= 0) & counted)
        self.total[rows[counted]] += spent[counted]
        k = event[fired]
        self.total[rows[fired]] -= np.log(rate[fired, k]) + slope[fired, k] * dt[fired]


class World:
    """The oracle in motion. `random` is a numpy Generator; equal seeds give equal worlds."""

    def __init__(self, oracle: Oracle, random: np.random.Generator) -> None:
        self.oracle, self.random = oracle, random
        self.panel = VisitPanel(oracle.vocabulary)

    def newborns(self, n: int, age: float = 20.0) -> People:
        """n adults of `age` with a sex and a smoking status and nothing else."""
        label, random = self.oracle.label, self.random
        bag = np.zeros((n, self.oracle.vocabulary.size), np.float32)
        male = random.random(n) < 0.49
        bag[np.arange(n), np.where(male, label["sex-male"], label["sex-female"])] = 1
        smoker = random.random(n) < np.where(male, 0.42, 0.34)
        bag[np.arange(n), np.where(smoker, label["smoking:current"], label["smoking:never"])] = 1
        return People(
            bag=bag, age=np.full(n, age), set_points=random.standard_normal((n, len(MEASUREMENTS))),
            next_visit=age + random.exponential(1.5, n), alive=np.ones(n, bool),
            recent_until=np.zeros((n, len(self.oracle.recency_years))),
        )  # fmt: skip

    def run(self, people: People, until: np.ndarray, *, log: EventLog | None = None, off: np.ndarray | None = None,
            observers: tuple = ()) -> None:  # fmt: skip
        """Moves everybody to age `until` or death, in place. `off` [K]: events that are off risk."""
        live = np.flatnonzero(people.alive & (people.age < until - 1e-9))
        while len(live):
            self._step(people, live, until, log, off, observers)
            live = live[people.alive[live] & (people.age[live] < until[live] - 1e-9)]

    def _step(self, people, live, until, log, off, observers) -> None:
        rows = people.take(live)
        slope = self.oracle.slopes(rows)
        at_risk = self.oracle.at_risk(rows.bag)
        if off is not None:
            at_risk &= ~off
        rate = np.where(at_risk, np.exp(self.oracle.log_hazards(rows)), 0.0)
        stop, is_visit = self._stop(rows, live, until[live], observers)
        wait = waiting(self.random.standard_exponential(rate.shape), rate, slope)
        event = wait.argmin(axis=1)
        first = wait[np.arange(len(live)), event]
        event = np.where(first <= stop, event, -1)
        dt = np.minimum(first, stop)
        for observer in observers:
            observer.observe(live, rows.age, dt, rate, slope, event)
        people.age[live] = rows.age + dt
        self._happen(people, live, event, log)
        self._visit(people, live[is_visit & (event < 0)], log)

    def _stop(self, rows: People, live, until, observers) -> tuple[np.ndarray, np.ndarray]:
        visit = rows.next_visit - rows.age
        stop = np.minimum(until - rows.age, np.where(rows.age < AGE_CAP_YEARS, AGE_CAP_YEARS - rows.age, np.inf))
        ends = rows.recent_until - rows.age[:, None]
        stop = np.minimum(stop, np.where(ends > 1e-9, ends, np.inf).min(axis=1))
        for observer in observers:
            if isinstance(observer, Likelihood):
                border = observer.start_age[live] - rows.age
                stop = np.minimum(stop, np.where(border > 1e-9, border, np.inf))
        return np.maximum(np.minimum(stop, visit), 0.0), visit <= stop

    def _happen(self, people: People, live, event, log) -> None:
        fired = event >= 0
        row, k = live[fired], event[fired]
        oracle = self.oracle
        people.bag[row] = np.maximum(people.bag[row] * (1.0 - oracle.clears[k]), oracle.sets[k])
        for number, trigger in enumerate(oracle.recency_trigger):
            hit = row[k == trigger]
            people.recent_until[hit, number] = people.age[hit] + oracle.recency_years[number]
        people.alive[row[oracle.terminal[k]]] = False
        if log is not None:
            lit = np.array([event.now[0] if event.now else -1 for event in oracle.vocabulary.events])
            log.add(row, people.age[row], lit[k], k, np.full(len(row), np.nan))

    def _visit(self, people: People, row: np.ndarray, log: EventLog | None, *, complete: bool = False) -> None:
        if not len(row):
            return
        bag, random, width = people.bag[row], self.random, len(MEASUREMENTS)
        noise = random.standard_normal((len(row), width))
        values = self.panel.values(bag, people.age[row], people.set_points[row], noise)
        taken = self.panel.ordered(bag, random.random((len(row), width))) | complete
        bins = self.panel.bins(values)
        for column in range(width):
            hit = np.flatnonzero(taken[:, column])
            low, high = self.panel.bin_range(column)
            people.bag[row[hit], low:high] = 0
            people.bag[row[hit], bins[hit, column]] = 1
            self._record(log, people, row[hit], bins[hit, column], values[hit, column])
        self._habits(people, row, log, complete)
        chronic = bag[:, self._chronic()].sum(axis=1)
        pace = np.where(chronic >= 3, 0.45, np.where(chronic >= 1, 0.8, 1.5))
        people.next_visit[row] = people.age[row] + pace * random.uniform(0.5, 1.5, len(row))

    def _chronic(self) -> list[int]:
        names = (
            "hypertension",
            "type2-diabetes",
            "ckd",
            "heart-failure",
            "atrial-fibrillation",
            "copd",
            "mi",
            "stroke",
        )
        return [self.oracle.label[name] for name in names]

    def _habits(self, people: People, row: np.ndarray, log: EventLog | None, complete: bool) -> None:
        label, random = self.oracle.label, self.random
        current = people.bag[row, label["smoking:current"]] > 0
        quits = row[current & (random.random(len(row)) < 0.035)]
        people.bag[quits, label["smoking:current"]] = 0
        people.bag[quits, label["smoking:former"]] = 1
        asked = np.union1d(quits, row[(random.random(len(row)) < 0.4) | complete])
        for name in ("never", "former", "current"):
            index = label[f"smoking:{name}"]
            who = asked[people.bag[asked, index] > 0]
            self._record(log, people, who, np.full(len(who), index), np.full(len(who), np.nan))
        for name, chance, needs, age in VISIT_PROCEDURES:
            able = (people.age[row] >= age) & (random.random(len(row)) < chance)
            who = row[able if needs is None else able & (people.bag[row, label[needs]] > 0)]
            people.bag[who, label[name]] = 1
            self._record(log, people, who, np.full(len(who), label[name]), np.full(len(who), np.nan))

    def _record(self, log, people: People, row, index, value) -> None:
        if log is not None:
            log.add(row, people.age[row], index, np.full(len(row), -1), value)

    def intake(self, people: People, log: EventLog) -> None:
        """The visit at entry into observation: everything is measured, and older measurements are forgotten."""
        for column in range(len(MEASUREMENTS)):
            low, high = self.panel.bin_range(column)
            people.bag[:, low:high] = 0
        self._visit(people, np.flatnonzero(people.alive), log, complete=True)
