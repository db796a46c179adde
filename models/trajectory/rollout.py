"""The host side of `hazard-step/1` in Python: folds histories and rolls futures with onnxruntime, many rows at once.

The evaluation and the golden cases use it. The order of operations is that of CONTRACT.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnxruntime

from codetable.vocabulary import Vocabulary
from trajectory.formula import AGE_CAP_YEARS, TICK_YEARS
from trajectory.parameters import Sizes
from trajectory.streams import exponentials

LARGE_CLOCK = 1e9


@dataclass(frozen=True)
class EventTables:
    """What an event does, as matrices over events x indices; float32 0/1."""

    now: np.ndarray
    set: np.ndarray
    clear: np.ndarray
    requires: np.ndarray
    excludes: np.ndarray
    terminal: np.ndarray
    streams: np.ndarray


def event_tables(vocabulary: Vocabulary) -> EventTables:
    """Matrices of the vocabulary's events."""

    def matrix(field_name: str) -> np.ndarray:
        result = np.zeros((len(vocabulary.events), vocabulary.size), np.float32)
        for event in vocabulary.events:
            result[event.index, list(getattr(event, field_name))] = 1.0
        return result

    return EventTables(
        now=matrix("now"), set=matrix("set"), clear=matrix("clear"),
        requires=matrix("requires"), excludes=matrix("excludes"),
        terminal=np.array([event.terminal for event in vocabulary.events]),
        streams=np.array([event.stream for event in vocabulary.events], np.uint64),
    )  # fmt: skip


def risk_mask(tables: EventTables, bag: np.ndarray) -> np.ndarray:
    """bag [b, V] -> [b, K] of 0/1: all required indices hold and no excluded one does."""
    missing = (1.0 - bag) @ tables.requires.T
    blocked = bag @ tables.excludes.T
    return ((missing + blocked) < 0.5).astype(np.float32)


@dataclass
class Rows:
    """State of rows before the step of their next point. Years; `h` [b, 2, H]; `time` is years since the index."""

    now: np.ndarray
    bag: np.ndarray
    age: np.ndarray
    dt: np.ndarray
    h: np.ndarray

    def repeat(self, times: int) -> Rows:
        """Every row `times` times, side by side."""
        return Rows(*(np.repeat(a, times, axis=0) for a in (self.now, self.bag, self.age, self.dt, self.h)))


@dataclass(frozen=True)
class Totals:
    """Per row, horizon and outcome: N (0/1, or a count) and A (integrated hazard); and the events of each row."""

    count: np.ndarray
    compensator: np.ndarray
    paths: list[list[tuple[int, float]]] = field(default_factory=list)


class Step:
    """One session of the step graph."""

    def __init__(self, model: bytes | str, sizes: Sizes, threads: int = 1) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.sizes = sizes

    def run(self, inputs: dict[str, np.ndarray], outputs: list[str] | None = None) -> dict[str, np.ndarray]:
        """Runs rows [b, ...]; returns outputs by name."""
        names = outputs or [output.name for output in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, inputs), strict=True))

    def fold(self, rows: Rows) -> np.ndarray:
        """State after the points of `rows`, without asking for a segment."""
        return self.run(self.inputs(rows), ["h_out"])["h_out"]

    def inputs(self, rows: Rows) -> dict[str, np.ndarray]:
        """Neutral inputs: nothing fires, nothing is asked for."""
        b, s = len(rows.age), self.sizes
        return {
            "now": rows.now, "bag": rows.bag, "h": rows.h,
            "age": rows.age.astype(np.float32)[:, None], "dt": rows.dt.astype(np.float32)[:, None],
            "risk": np.zeros((b, s.events), np.float32), "log_hr": np.zeros((b, s.events), np.float32),
            "clock": np.full((b, s.events), LARGE_CLOCK, np.float32), "t_stop": np.ones((b, 1), np.float32),
            "h_rem": np.zeros((b, s.horizons), np.float32), "out_alive": np.zeros((b, s.outcomes), np.float32),
            "out_map": np.zeros((s.events, s.outcomes), np.float32),
        }  # fmt: skip


@dataclass(frozen=True)
class Question:
    """Horizons [J] in years, outcome columns [K, O] of 0/1, whether each is recurrent, calibration [K]."""

    horizons: np.ndarray
    out_map: np.ndarray
    recurrent: np.ndarray
    log_hr: np.ndarray


class Clocks:
    """Residual unit-exponential clocks [b, K], drawn by (key, sample, event stream, occurrence)."""

    def __init__(self, tables: EventTables, keys: np.ndarray, samples: np.ndarray) -> None:
        """keys: [b, 2] words; samples: [b]."""
        self._tables, self._keys, self._samples = tables, keys.astype(np.uint64), samples.astype(np.uint64)
        self._occurrence = np.zeros((len(samples), len(tables.streams)), np.uint64)
        key = (self._keys[:, :1], self._keys[:, 1:])
        drawn = exponentials(
            key, *np.broadcast_arrays(self._samples[:, None], tables.streams[None, :]), self._occurrence
        )
        self.residual = drawn.astype(np.float32)

    def spend(self, rows: np.ndarray, cum: np.ndarray, event: np.ndarray) -> None:
        """Lowers the clocks of `rows` by `cum`; the winner of a row gets a fresh one."""
        self.residual[rows] = np.maximum(self.residual[rows] - cum, 0.0)
        won = event >= 0
        winner, k = rows[won], event[won]
        self._occurrence[winner, k] += np.uint64(1)
        key = (self._keys[winner, 0], self._keys[winner, 1])
        fresh = exponentials(key, self._samples[winner], self._tables.streams[k], self._occurrence[winner, k])
        self.residual[winner, k] = fresh.astype(np.float32)


def roll(
    step: Step, tables: EventTables, start: Rows, question: Question, clocks: Clocks, *, keep_paths: bool = False
) -> Totals:
    """Rolls every row to the last horizon or death. Rows that are done are dropped from the batch."""
    b, horizons = len(start.age), question.horizons
    columns = question.out_map.shape[1]
    count = np.zeros((b, len(horizons), columns))
    compensator = np.zeros_like(count)
    paths: list[list[tuple[int, float]]] = [[] for _ in range(b)]
    alive_outcome = np.ones((b, columns), np.float32)
    time, end, live = np.zeros(b), float(horizons.max()), np.arange(b)
    rows = Rows(start.now.copy(), start.bag.copy(), start.age.astype(np.float64), start.dt.copy(), start.h)
    while len(live):
        result = _advance(step, tables, rows, question, clocks.residual[live], alive_outcome[live], time[live])
        event, dt = result["event"], result["dt_out"][:, 0].astype(np.float64)
        compensator[live] += result["out_comp"][:, : len(horizons), :columns]
        clocks.spend(live, result["cum"], event)
        time[live] += dt
        fired = np.flatnonzero(event >= 0)
        hit = question.out_map[event[fired]] * alive_outcome[live[fired]]
        within = time[live[fired], None] <= horizons[None, :]
        count[live[fired]] += within[:, :, None] * hit[:, None, :]
        once = hit * ~question.recurrent[None, :]
        alive_outcome[live[fired]] *= 1.0 - once
        if keep_paths:
            for row in fired:
                paths[live[row]].append((int(event[row]), float(time[live[row]])))
        _apply(tables, rows, event, dt, result["h_out"])
        dead = (event >= 0) & tables.terminal[np.maximum(event, 0)]
        keep = ~dead & (time[live] < end - 1e-9)
        live = live[keep]
        rows = Rows(rows.now[keep], rows.bag[keep], rows.age[keep], rows.dt[keep], rows.h[keep])
    return Totals(count, compensator, paths)


def _advance(step, tables, rows, question, clock, alive_outcome, time) -> dict[str, np.ndarray]:
    inputs = step.inputs(rows)
    horizons = question.horizons
    t_stop = np.minimum(TICK_YEARS, horizons.max() - time)
    to_cap = AGE_CAP_YEARS - rows.age
    t_stop = np.where(to_cap > 1e-9, np.minimum(t_stop, to_cap), t_stop)
    columns = question.out_map.shape[1]
    inputs["risk"] = risk_mask(tables, rows.bag)
    inputs["log_hr"] = np.broadcast_to(question.log_hr.astype(np.float32), inputs["log_hr"].shape).copy()
    inputs["clock"] = clock.astype(np.float32)
    inputs["t_stop"] = t_stop.astype(np.float32)[:, None]
    inputs["h_rem"][:, : len(horizons)] = np.maximum(0.0, horizons[None, :] - time[:, None])
    inputs["out_map"][:, :columns] = question.out_map
    inputs["out_alive"][:, :columns] = alive_outcome
    return step.run(inputs, ["h_out", "event", "dt_out", "cum", "out_comp"])


def _apply(tables: EventTables, rows: Rows, event: np.ndarray, dt: np.ndarray, h: np.ndarray) -> None:
    """Moves rows to their next point: a tick lights nothing, an event does what its tables say."""
    fired = event >= 0
    k = np.maximum(event, 0)
    mask = fired[:, None].astype(np.float32)
    rows.now = tables.now[k] * mask
    rows.bag = np.maximum(rows.bag * (1.0 - tables.clear[k] * mask), tables.set[k] * mask)
    rows.age, rows.dt, rows.h = rows.age + dt, dt, h
