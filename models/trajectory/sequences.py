"""Records -> sequences of points, by the rules of CONTRACT.md, ready for training.

After a random landmark of each person, context (measurements, procedures: what carries no hazard) is left out, since
rollouts never generate it. The landmark itself is a point, as the index is when the model is used.

The bag of a point is not stored: `delta` says what changes at it. All persons are folded side by side, one record of
each at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from codetable.vocabulary import Vocabulary
from trajectory.meds import BIN, ONCE, STOP, IndexTables, Records, index_tables
from trajectory.tokenise import DAYS_PER_YEAR

LANDMARK_YEARS = 12.0
NO_DAY = -1


@dataclass(frozen=True)
class Sequences:
    """Points of all persons: person starts [n+1]; per point age, dt since the previous point, segment length, loss
    start inside the segment (years); CSR of lit indices, of changes of the bag (index, +1 or -1) and of the events at
    the segment's end."""

    starts: np.ndarray
    age: np.ndarray
    dt: np.ndarray
    length: np.ndarray
    loss_from: np.ndarray
    now_starts: np.ndarray
    now: np.ndarray
    delta_starts: np.ndarray
    delta: np.ndarray
    sign: np.ndarray
    event_starts: np.ndarray
    events: np.ndarray

    @property
    def persons(self) -> int:
        """How many there are."""
        return len(self.starts) - 1

    def take(self, persons: np.ndarray) -> Sequences:
        """The sequences of some persons, in order."""
        points, _ = csr_rows(self.starts, persons)
        counts = (self.starts[persons + 1] - self.starts[persons]).cumsum()
        found = {"starts": np.concatenate([[0], counts])}
        for name in ("age", "dt", "length", "loss_from"):
            found[name] = getattr(self, name)[points]
        for starts, values in (("now_starts", ("now",)), ("delta_starts", ("delta", "sign")),
                               ("event_starts", ("events",))):  # fmt: skip
            own = getattr(self, starts)
            rows, _ = csr_rows(own, points)
            found[starts] = np.concatenate([[0], (own[points + 1] - own[points]).cumsum()])
            found |= {name: getattr(self, name)[rows] for name in values}
        return Sequences(**found)


STARTS = {"starts": "age", "now_starts": "now", "delta_starts": "delta", "event_starts": "events"}


def joined(parts: list[Sequences]) -> Sequences:
    """Sequences of several shards, one after another."""
    found = {}
    for field in fields(Sequences):
        arrays = [getattr(part, field.name) for part in parts]
        if field.name in STARTS:
            sizes = np.cumsum([0] + [len(getattr(part, STARTS[field.name])) for part in parts])
            arrays = [array[:-1] + size for array, size in zip(arrays, sizes[:-1], strict=True)] + [sizes[-1:]]
        found[field.name] = np.concatenate(arrays)
    return Sequences(**found)


def save_sequences(folder: Path, sequences: Sequences) -> None:
    """One .npy file per array, so that several processes can map them."""
    folder.mkdir(parents=True, exist_ok=True)
    for field in fields(Sequences):
        np.save(folder / f"{field.name}.npy", getattr(sequences, field.name))


def load_sequences(folder: Path) -> Sequences:
    """Maps what `save_sequences` wrote."""
    return Sequences(**{f.name: np.load(folder / f"{f.name}.npy", mmap_mode="r") for f in fields(Sequences)})


def csr_rows(starts: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the value array of CSR rows, one after another, and the row (0..) that each belongs to."""
    counts = starts[rows + 1] - starts[rows]
    owner = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return starts[rows][owner] + offsets, owner


class _Trail:
    """What folding leaves behind, in columns of (person, point, value)."""

    def __init__(self) -> None:
        self._parts: list[tuple[np.ndarray, ...]] = []

    def add(self, person: np.ndarray, point: np.ndarray, *values: np.ndarray) -> None:
        """Appends rows."""
        if len(person):
            self._parts.append((person, point, *values))

    def columns(self, width: int) -> tuple[np.ndarray, ...]:
        """All rows by (person, point), in the order of adding."""
        if not self._parts:
            return tuple(np.zeros(0, np.int64) for _ in range(width))
        found = [np.concatenate(parts) for parts in zip(*self._parts, strict=True)]
        order = np.lexsort((found[1], found[0]))
        return tuple(column[order] for column in found)


class _Folder:
    """Folds the records of all persons into instants."""

    def __init__(self, tables: IndexTables, records: Records, landmark: np.ndarray) -> None:
        self._tables, self._records, self._landmark = tables, records, landmark
        n, size = len(records.observed_to), len(tables.kind)
        self._held = np.zeros((n, size), bool)
        self._bin = np.full((n, size), -1, np.int16)
        self._point, self._day = np.full(n, -1), np.full(n, NO_DAY)
        self._marked = np.zeros(n, bool)
        self.points, self.now, self.delta, self.events = _Trail(), _Trail(), _Trail(), _Trail()
        known = np.flatnonzero(records.sex_index >= 0)
        self._held[known, records.sex_index[known]] = True

    def fold(self) -> None:
        """Walks through all records, then through the landmarks that come after the last one."""
        counts = np.diff(self._records.starts)
        order = np.argsort(-counts, kind="stable")
        active = np.searchsorted(-counts[order], -np.arange(counts.max(initial=0)), side="left")
        for rank, many in enumerate(active):
            self._step(np.sort(order[:many]), rank)
        left = np.flatnonzero(~self._marked & (self._landmark <= self._records.observed_to))
        self._mark(left)

    def _mark(self, who: np.ndarray) -> None:
        self._new_point(who, self._landmark[who])
        self._marked[who], self._day[who] = True, NO_DAY

    def _new_point(self, who: np.ndarray, age: np.ndarray) -> None:
        first = who[self._point[who] < 0]
        self._point[who] += 1
        self.points.add(who, self._point[who], age)
        sex = self._records.sex_index[first]
        known = sex >= 0
        self.delta.add(first[known], np.zeros(known.sum(), np.int64), sex[known], np.ones(known.sum(), np.int64))

    def _step(self, who: np.ndarray, rank: int) -> None:
        """The record number `rank` of each of these persons."""
        row = self._records.starts[who] + rank
        age, index, event = self._records.age[row], self._records.index[row], self._records.event[row]
        self._mark(who[~self._marked[who] & (age > self._landmark[who])])
        use = self._says_something(who, age, index, event)
        who, age, index, event = who[use], age[use], index[use], event[use]
        day = (age * DAYS_PER_YEAR + 1e-6).astype(np.int64)
        fresh = (day != self._day[who]) | (self._day[who] == NO_DAY) | (self._point[who] < 0)
        self._new_point(who[fresh], age[fresh])
        self.points.add(who[~fresh], self._point[who[~fresh]], age[~fresh])
        self._day[who] = day
        lit = index >= 0
        self.now.add(who[lit], self._point[who[lit]], index[lit])
        self._change_bag(who[lit], index[lit])
        happened = event >= 0
        self.events.add(who[happened], self._point[who[happened]], event[happened])

    def _says_something(self, who, age, index, event) -> np.ndarray:
        kind = self._tables.kind[np.maximum(index, 0)]
        low = self._tables.low[np.maximum(index, 0)]
        context = (index >= 0) & (event < 0) & (age > self._landmark[who])
        idle_stop = (index >= 0) & (kind == STOP) & ~self._held[who, low]
        repeated = (index >= 0) & (kind == ONCE) & self._held[who, np.maximum(index, 0)]
        return ~(context | idle_stop | repeated)

    def _change_bag(self, who: np.ndarray, index: np.ndarray) -> None:
        kind, low = self._tables.kind[index], self._tables.low[index]
        stops = kind == STOP
        self._clear(who[stops], low[stops])
        bins = np.flatnonzero(kind == BIN)
        before = self._bin[who[bins], low[bins]]
        moved = bins[(before >= 0) & (before != index[bins])]
        self._clear(who[moved], self._bin[who[moved], low[moved]].astype(np.int64))
        self._bin[who[bins], low[bins]] = index[bins]
        sets = np.flatnonzero(~stops & ~self._held[who, index])
        self._held[who[sets], index[sets]] = True
        self.delta.add(who[sets], self._point[who[sets]], index[sets], np.ones(len(sets), np.int64))

    def _clear(self, who: np.ndarray, index: np.ndarray) -> None:
        self._held[who, index] = False
        self.delta.add(who, self._point[who], index, np.full(len(who), -1))


def build_sequences(
    records: Records, vocabulary: Vocabulary, random: np.random.Generator, *, washout: float, masked: bool = True
) -> Sequences:
    """Points of everybody. `masked`: leave context out after a landmark; else the landmark is the end.

    The landmark is drawn without regard to how long somebody was observed: one between entry and the end would lie
    closer to death in those who die, and teach that death follows a landmark.
    """
    low, high = records.observed_from, records.observed_to
    landmark = low + random.uniform(0.0, LANDMARK_YEARS, len(low)) if masked else high
    folder = _Folder(index_tables(vocabulary), records, landmark)
    folder.fold()
    return _with_ticks(folder, records, washout)


def _points_of(folder: _Folder) -> tuple[np.ndarray, np.ndarray]:
    """Person and age of each point; several records of a day leave the age of the last."""
    person, point, age = folder.points.columns(3)
    last = np.append((person[1:] != person[:-1]) | (point[1:] != point[:-1]), True) if len(person) else []
    return person[last], age[last]


def _rows(starts: np.ndarray, person: np.ndarray, point: np.ndarray, *values: np.ndarray) -> tuple[np.ndarray, ...]:
    return (starts[person] + point, *values)


def _with_ticks(folder: _Folder, records: Records, washout: float) -> Sequences:
    person, age = _points_of(folder)
    n = len(records.observed_to)
    first_point = np.searchsorted(person, np.arange(n + 1))
    last = np.append(person[1:] != person[:-1], True)
    until = np.where(last, records.observed_to[person], np.append(age[1:], 0.0))
    gap = np.maximum(until - age, 0.0)
    pieces = np.maximum(np.ceil(gap - 1e-9).astype(np.int64), 1)
    first_piece = np.cumsum(pieces) - pieces
    owner = np.repeat(np.arange(len(age)), pieces)
    step = np.arange(len(owner)) - first_piece[owner]
    point_age = age[owner] + step
    length = np.minimum(1.0, np.maximum(age[owner] + gap[owner] - point_age, 0.0))
    first = np.append(True, person[owner][1:] != person[owner][:-1])
    dt = np.where(first, 0.0, np.append(0.0, length[:-1]))
    now_row, now = _rows(first_point, *folder.now.columns(3))
    delta_row, delta, sign = _rows(first_point, *folder.delta.columns(4))
    event_row, event = _rows(first_point, *folder.events.columns(3))
    now_starts, now = _csr(len(owner), *_unique(first_piece[now_row], now))
    delta_starts, delta, sign = _csr(len(owner), first_piece[delta_row], delta, sign)
    # an event closes the segment before its point; what the first point of a person brings is history
    closing = event_row > first_point[person[event_row]]
    event_starts, event = _csr(len(owner), *_unique(first_piece[event_row[closing]] - 1, event[closing]))
    loss_from = np.clip(records.observed_from[person[owner]] + washout - point_age, 0.0, length)
    starts = np.searchsorted(person[owner], np.arange(n + 1))
    return Sequences(
        starts, point_age, dt, length, loss_from, now_starts, now.astype(np.int32), delta_starts,
        delta.astype(np.int32), sign.astype(np.int8), event_starts, event.astype(np.int32),
    )  # fmt: skip


def _unique(row: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same thing twice at one point counts once."""
    order = np.lexsort((value, row))
    row, value = row[order], value[order]
    new = np.append(True, (row[1:] != row[:-1]) | (value[1:] != value[:-1])) if len(row) else np.zeros(0, bool)
    return row[new], value[new]


def _csr(n: int, row: np.ndarray, *values: np.ndarray) -> tuple[np.ndarray, ...]:
    """Values by row (stable), with starts [n+1]."""
    order = np.argsort(row, kind="stable")
    return (np.searchsorted(row[order], np.arange(n + 1)), *(value[order] for value in values))
