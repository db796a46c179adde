"""Runs the world forward: next event of every person by exact waiting times, with visits that measure and vaccinate.

A step of a row ends at its next event, its next visit, the end of a recency, an age at which slopes change, the border
of its loss window or its end, whichever is first; within a step all hazards are Gompertz curves, so nothing is
approximated.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from population.measure import VisitPanel
from population.oracle import Oracle, People, integrated, waiting
from population.progress import Progress


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
    borders = False
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
    borders = True
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
        own = np.broadcast_to(slope, rate.shape)[fired, k]
        self.total[rows[fired]] -= np.log(rate[fired, k]) + own * dt[fired]


class World:
    """The oracle in motion. `random` is a numpy Generator; equal seeds give equal worlds, bit for bit."""

    def __init__(self, oracle: Oracle, random: np.random.Generator) -> None:
        self.oracle, self.random = oracle, random
        visits = oracle.world.visits
        self.panel = VisitPanel(
            oracle.vocabulary, oracle.world.measurements, raised=visits.raised, orders=visits.orders
        )
        self._ranges = [self.panel.bin_range(column) for column in range(len(oracle.world.measurements))]
        self._chronic = [oracle.label[name] for name in visits.chronic]
        self._follow_ups: dict[int, list[tuple[int, float]]] = {}
        for follow in oracle.world.follow_ups:
            k = oracle.vocabulary.event_index[follow.event]
            self._follow_ups.setdefault(k, []).append((oracle.label[follow.procedure], follow.chance))

    def newborns(self, n: int, age: float = 20.0) -> People:
        """n adults of `age` with a sex, a smoking status, what holds for life, a hidden class, and nothing else."""
        label, random, start = self.oracle.label, self.random, self.oracle.world.start
        bag = np.zeros((n, self.oracle.vocabulary.size), np.float32)
        male = random.random(n) < start.male
        bag[np.arange(n), np.where(male, label["sex-male"], label["sex-female"])] = 1
        share = np.where(male, *start.smoking)
        drawn = random.random(n)
        former = (drawn >= share) & (drawn < share + start.former)
        status = np.where(former, label["smoking:former"], label["smoking:never"])
        bag[np.arange(n), np.where(drawn < share, label["smoking:current"], status)] = 1
        people = People(
            bag=bag, age=np.full(n, age), set_points=random.standard_normal((n, len(self._ranges))),
            next_visit=age + random.exponential(1.5, n), alive=np.ones(n, bool),
            recent_until=np.zeros((n, len(self.oracle.recency_years))), frailty=np.zeros(n, np.int64),
            measured=np.zeros((n, len(self._ranges))), residual=np.zeros((n, len(self._ranges))),
            visit_range=np.full((n, 2), age),
        )  # fmt: skip
        for name, share in start.flags.items():
            bag[:, label[name]] = random.random(n) < share
        hidden = self.oracle.world.frailty
        if hidden is not None:
            people.frailty = np.searchsorted(np.cumsum(hidden.shares)[:-1], random.random(n), side="right")
        return people

    def run(self, people: People, until: np.ndarray, *, log: EventLog | None = None, off: np.ndarray | None = None,
            observers: tuple = (), visits: bool = True) -> None:  # fmt: skip
        """Moves everybody to age `until` or death, in place. `off` [K]: events that are off risk."""
        live = np.flatnonzero(people.alive & (people.age < until - 1e-9))
        progress = Progress(self.oracle, people, self._ranges)
        while len(live):
            self._step(people, progress, live, until, log, off, observers, visits=visits)
            live = live[people.alive[live] & (people.age[live] < until[live] - 1e-9)]

    def _step(self, people, progress, live, until, log, off, observers, *, visits) -> None:
        age = people.age[live]
        level, slope = self._hazards(people, progress, live)
        at_risk = progress.blocked[live] == 0
        if off is not None:
            at_risk &= ~off
        rate = np.exp(level, out=level)
        rate *= at_risk
        stop, is_visit = self._stop(people, live, until[live], observers, visits=visits)
        event, first = self._next(rate, slope, stop)
        dt = np.where(event >= 0, first, stop)
        for observer in observers:
            observer.observe(live, age, dt, rate, slope, event)
        people.age[live] = age + dt
        self._happen(people, progress, live, event, log)
        self._visit(people, progress, live[is_visit & (event < 0)], log)

    def _hazards(self, people, progress, live) -> tuple[np.ndarray, np.ndarray]:
        """log lambda [n, K] now and its slope [n, K] or [1, K]; as Oracle.log_hazards, from what a run has kept."""
        oracle, age = self.oracle, people.age[live]
        between = oracle.interval(age)
        if (between == between[0]).all():
            between = between[:1]
        slope = oracle.beta[between]
        level = progress.level[live]
        level += oracle.alpha[between] + slope * (age - 60.0)[:, None]
        recent = people.recent_until[live] > age[:, None] + 1e-9
        for number in np.flatnonzero(recent.any(axis=0)):
            level[recent[:, number]] += oracle.recency[number]
        if oracle.rules:
            bag = people.bag[live]
            for rule in oracle.rules:
                level[rule.holds(bag)] += rule.effects
        return level, slope

    def _next(self, rate, slope, stop) -> tuple[np.ndarray, np.ndarray]:
        """The event that comes before `stop` and when, or -1. Clocks far above the integrated hazard are not solved."""
        clock = self.random.standard_exponential(rate.shape)
        longest = stop * np.exp(np.maximum(slope.max(axis=1), 0.0) * stop)
        row, k = np.nonzero(clock <= rate * longest[:, None])
        wait = np.full(rate.shape, np.inf)
        own = slope[0, k] if len(slope) == 1 else slope[row, k]
        wait[row, k] = waiting(clock[row, k], rate[row, k], own)
        event = wait.argmin(axis=1)
        first = wait[np.arange(len(stop)), event]
        return np.where(first <= stop, event, -1), first

    def _stop(self, people, live, until, observers, *, visits) -> tuple[np.ndarray, np.ndarray]:
        age = people.age[live]
        visit = people.next_visit[live] - age if visits else np.full(len(live), np.inf)
        knots = np.append(self.oracle.knots, np.inf)
        stop = np.minimum(until - age, knots[self.oracle.interval(age)] - age)
        ends = people.recent_until[live] - age[:, None]
        stop = np.minimum(stop, np.where(ends > 1e-9, ends, np.inf).min(axis=1))
        for observer in observers:
            border = getattr(observer, "start_age", None)
            if border is not None and observer.borders:
                border = border[live] - age
                stop = np.minimum(stop, np.where(border > 1e-9, border, np.inf))
        return np.maximum(np.minimum(stop, visit), 0.0), visit <= stop

    def _happen(self, people, progress, live, event, log) -> None:
        fired = event >= 0
        row, k = live[fired], event[fired]
        oracle = self.oracle
        lit = oracle.lit[k]
        starts = oracle.sets[k] >= 0
        progress.light(row[starts], oracle.sets[k[starts]])
        stops = oracle.clears[k] >= 0
        progress.clear(row[stops], oracle.clears[k[stops]])
        for number, trigger in enumerate(oracle.recency_trigger):
            hit = row[k == trigger]
            people.recent_until[hit, number] = people.age[hit] + oracle.recency_years[number]
        people.alive[row[oracle.terminal[k]]] = False
        if log is not None:
            log.add(row, people.age[row], lit, k, np.full(len(row), np.nan))
        if self._follow_ups:
            self._follow(people, progress, row, k, log)

    def _follow(self, people, progress, row, k, log) -> None:
        for one in np.intersect1d(k, list(self._follow_ups)):
            hit = row[k == one]
            for index, chance in self._follow_ups[int(one)]:
                done = hit[self.random.random(len(hit)) < chance]
                progress.light(done, np.full(len(done), index))
                self._record(log, people, done, np.full(len(done), index), np.full(len(done), np.nan))

    def _visit(self, people, progress, row, log, *, complete: bool = False) -> None:
        if not len(row):
            return
        bag, random, width = people.bag[row], self.random, len(self._ranges)
        noise = random.standard_normal((len(row), width))
        values = self.panel.values(bag, people.age[row], people.set_points[row], noise)
        taken = self.panel.ordered(bag, random.random((len(row), width))) | complete
        people.measured[row] += taken
        people.residual[row] += taken * self.panel.deviation(people.set_points[row], noise)
        bins = self.panel.bins(values)
        for column in range(width):
            hit = np.flatnonzero(taken[:, column])
            progress.measure(row[hit], column, bins[hit, column])
            self._record(log, people, row[hit], bins[hit, column], values[hit, column])
        self._habits(people, progress, row, log, complete)
        visits = self.oracle.world.visits
        chronic = bag[:, self._chronic].sum(axis=1)
        pace = np.where(chronic >= 3, visits.pace[2], np.where(chronic >= 1, visits.pace[1], visits.pace[0]))
        people.next_visit[row] = people.age[row] + pace * random.uniform(*visits.spread, len(row))
        people.visit_range[row] = people.age[row, None] + pace[:, None] * np.array(visits.spread)

    def _habits(self, people, progress, row, log, complete) -> None:
        label, random, start = self.oracle.label, self.random, self.oracle.world.start
        current = people.bag[row, label["smoking:current"]] > 0
        quits = row[current & (random.random(len(row)) < start.quits)]
        progress.clear(quits, np.full(len(quits), label["smoking:current"]))
        progress.light(quits, np.full(len(quits), label["smoking:former"]))
        asked = np.union1d(quits, row[(random.random(len(row)) < start.asked) | complete])
        for name in ("never", "former", "current"):
            index = label[f"smoking:{name}"]
            who = asked[people.bag[asked, index] > 0]
            self._record(log, people, who, np.full(len(who), index), np.full(len(who), np.nan))
        for procedure in self.oracle.world.procedures:
            able = (people.age[row] >= procedure.age) & (random.random(len(row)) < procedure.chance)
            needs = procedure.needs
            who = row[able if needs is None else able & (people.bag[row, label[needs]] > 0)]
            index = np.full(len(who), label[procedure.name])
            progress.light(who, index)
            self._record(log, people, who, index, np.full(len(who), np.nan))

    def _record(self, log, people: People, row, index, value) -> None:
        if log is not None:
            log.add(row, people.age[row], index, np.full(len(row), -1), value)

    def intake(self, people: People, log: EventLog) -> None:
        """The visit at entry into observation: everything is measured, and older measurements are forgotten."""
        for low, high in self._ranges:
            people.bag[:, low:high] = 0
        people.measured[:], people.residual[:] = 0.0, 0.0
        live = np.flatnonzero(people.alive)
        for name in self.oracle.world.start.flags:
            who = live[people.bag[live, self.oracle.label[name]] > 0]
            self._record(log, people, who, np.full(len(who), self.oracle.label[name]), np.full(len(who), np.nan))
        self._visit(people, Progress(self.oracle, people, self._ranges), live, log, complete=True)
