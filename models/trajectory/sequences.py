"""MEDS records -> sequences of points, by the rules of CONTRACT.md, ready for training.

After a random landmark of each person, context (measurements, procedures: what carries no hazard) is left out, since
rollouts never generate it. The landmark itself is a point, as the index is when the model is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from codetable.vocabulary import Vocabulary
from population.meds import BIRTH, DEATH, FROM, MICROSECONDS_PER_YEAR, TO
from trajectory.tokenise import DAYS_PER_YEAR

STOP, BIN, SET, ONCE = 0, 1, 2, 3
LANDMARK_YEARS = 12.0
BIRTH_CODE, FROM_CODE, TO_CODE, MALE_CODE, FEMALE_CODE, UNKNOWN = -1, -2, -3, -4, -5, -6


@dataclass(frozen=True)
class IndexTables:
    """Per vocabulary index: what its token does to the bag, the first and end index of its entry, its event or -1."""

    kind: np.ndarray
    low: np.ndarray
    high: np.ndarray
    event: np.ndarray


@dataclass(frozen=True)
class Records:
    """Flat records by subject: row starts [n+1], age in years, index lit or -1 for a death, event or -1."""

    starts: np.ndarray
    age: np.ndarray
    index: np.ndarray
    event: np.ndarray
    observed_from: np.ndarray
    observed_to: np.ndarray
    sex_index: np.ndarray


@dataclass(frozen=True)
class Sequences:
    """Points of all persons: person starts [n+1]; per point age, dt since the previous point, segment length, loss
    start inside the segment (years), row of `bags`, CSR of lit indices and of the events at the segment's end."""

    starts: np.ndarray
    age: np.ndarray
    dt: np.ndarray
    length: np.ndarray
    loss_from: np.ndarray
    bag_row: np.ndarray
    bags: np.ndarray
    now_starts: np.ndarray
    now: np.ndarray
    event_starts: np.ndarray
    events: np.ndarray


def index_tables(vocabulary: Vocabulary) -> IndexTables:
    """Rules of the bag by index."""
    size = vocabulary.size
    kind, event = np.full(size, SET), np.full(size, -1)
    low, high = np.arange(size), np.arange(size) + 1
    for entry in vocabulary.table.entries:
        own = list(vocabulary.indices[entry.name])
        if not own:
            continue
        low[own], high[own] = own[0], own[-1] + 1
        if entry.effect == "bin":
            kind[own] = BIN
        elif entry.kind == "drug":
            kind[own[0]], kind[own[1]] = ONCE, STOP
        elif entry.hazard == "once":
            kind[own] = ONCE
    for spec in vocabulary.events:
        if spec.now:
            event[spec.now[0]] = spec.index
    return IndexTables(kind, low, high, event)


def _code_indices(vocabulary: Vocabulary, codes: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Vocabulary index (first bin of a measurement) or a negative mark, and the death event, of each MEDS code."""
    by_code = vocabulary.table.by_code()
    marks = {BIRTH: BIRTH_CODE, FROM: FROM_CODE, TO: TO_CODE, "GENDER//male": MALE_CODE, "GENDER//female": FEMALE_CODE}
    index, death = np.full(len(codes), UNKNOWN), np.full(len(codes), -1)
    for number, text in enumerate(codes):
        if text.startswith(DEATH):
            death[number] = vocabulary.event_index[text.removeprefix(DEATH)]
            continue
        system, _, rest = text.partition("|")
        code, _, suffix = rest.partition("//")
        entries = by_code.get((system, code))
        if entries is None:
            index[number] = marks.get(text, UNKNOWN)
            continue
        own = vocabulary.indices[entries[0].name]
        position = 1 if suffix == "STOP" else 0
        if entries[0].concepts:
            wanted = tuple(suffix.split("|", 1))
            position = next((p for p, (_, c) in enumerate(entries[0].concepts) if wanted in c), 0)
        index[number] = own[position]
    return index, death


def read_meds(path: Path, vocabulary: Vocabulary) -> Records:
    """Reads a MEDS file. Unknown codes are left out; a measurement's bin comes from its numeric value."""
    table = pq.read_table(path)
    coded = table["code"].combine_chunks().dictionary_encode()
    by_code, death = _code_indices(vocabulary, coded.dictionary.to_pylist())
    code = coded.indices.to_numpy(zero_copy_only=False)
    subject = table["subject_id"].to_numpy()
    time = table["time"].to_numpy().astype("datetime64[us]").astype(np.int64)
    value = table["numeric_value"].to_numpy(zero_copy_only=False)
    index, event = by_code[code], death[code]
    for entry in vocabulary.table.entries:
        if entry.bins:
            rows = np.flatnonzero(index == vocabulary.indices[entry.name][0])
            index[rows] += np.searchsorted(np.array(entry.bins, np.float32), value[rows], side="right")
    _, row = np.unique(subject, return_inverse=True)
    n = int(row.max()) + 1
    birth = np.zeros(n, np.int64)
    birth[row[index == BIRTH_CODE]] = time[index == BIRTH_CODE]
    age = (time - birth[row]) / MICROSECONDS_PER_YEAR

    def of_mark(mark: int) -> np.ndarray:
        result = np.zeros(n)
        result[row[index == mark]] = age[index == mark]
        return result

    male = np.zeros(n, bool)
    male[row[index == MALE_CODE]] = True
    observed = of_mark(FROM_CODE), of_mark(TO_CODE)
    use = (index >= 0) | (event >= 0)
    row, age, index, event = row[use], age[use], index[use], event[use]
    index = np.where(event >= 0, -1, index)
    own_event = index_tables(vocabulary).event
    event = np.where(event >= 0, event, own_event[np.maximum(index, 0)])
    rank = np.where(index < 0, 9, index_tables(vocabulary).kind[np.maximum(index, 0)])
    order = np.lexsort((index, rank, age, row))
    sex = np.where(male, vocabulary.indices["sex-male"][0], vocabulary.indices["sex-female"][0])
    return Records(
        np.searchsorted(row[order], np.arange(n + 1)), age[order], index[order], event[order], *observed, sex
    )


class _Folder:
    """Folds the records of one person after another into instants."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._tables, self._size = index_tables(vocabulary), vocabulary.size
        self.person: list[int] = []
        self.age: list[float] = []
        self.bags: list[np.ndarray] = []
        self.now: list[list[int]] = []
        self.events: list[list[int]] = []

    def fold(self, person: int, records: Records, landmark: float) -> None:
        """Appends the instants of a person: the bag after each, what was lit, which events happened."""
        kind, low, high = self._tables.kind, self._tables.low, self._tables.high
        bag, last_day, marked = np.zeros(self._size, np.uint8), None, False
        bag[records.sex_index[person]] = 1
        for i in range(records.starts[person], records.starts[person + 1]):
            age, index, event = records.age[i], records.index[i], records.event[i]
            if not marked and age > landmark:
                self._point(person, landmark, bag, [], [])
                marked, last_day = True, None
            if index >= 0:
                if event < 0 and age > landmark:
                    continue
                if (kind[index] == STOP and not bag[low[index]]) or (kind[index] == ONCE and bag[index]):
                    continue
                if kind[index] in (STOP, BIN):
                    bag[low[index] : high[index]] = 0
                if kind[index] != STOP:
                    bag[index] = 1
            day = int(age * DAYS_PER_YEAR + 1e-6)
            lit, happened = [int(index)] if index >= 0 else [], [int(event)] if event >= 0 else []
            if day == last_day:
                self.age[-1], self.bags[-1] = age, bag.copy()
                self.now[-1] += lit
                self.events[-1] += happened
            else:
                self._point(person, age, bag, lit, happened)
            last_day = day
        if not marked and landmark <= records.observed_to[person]:
            self._point(person, landmark, bag, [], [])

    def _point(self, person: int, age: float, bag: np.ndarray, now: list[int], events: list[int]) -> None:
        self.person.append(person)
        self.age.append(age)
        self.bags.append(bag.copy())
        self.now.append(now)
        self.events.append(events)


def _csr(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    starts = np.concatenate([[0], np.cumsum([len(own) for own in lists])])
    return starts.astype(np.int64), np.array([value for own in lists for value in own], np.int64)


def build_sequences(
    records: Records, vocabulary: Vocabulary, random: np.random.Generator, *, washout: float, masked: bool = True
) -> Sequences:
    """Points of everybody. `masked`: leave context out after a landmark; else the landmark is the end.

    The landmark is drawn without regard to how long somebody was observed: one between entry and the end would lie
    closer to death in those who die, and teach that death follows a landmark.
    """
    low, high = records.observed_from, records.observed_to
    landmark = low + random.uniform(0.0, LANDMARK_YEARS, len(low)) if masked else high
    folder = _Folder(vocabulary)
    for person in range(len(low)):
        folder.fold(person, records, float(landmark[person]))
    return _with_ticks(folder, records, washout)


def _with_ticks(folder: _Folder, records: Records, washout: float) -> Sequences:
    person, age = np.array(folder.person), np.array(folder.age)
    last = np.append(person[1:] != person[:-1], True)
    until = np.where(last, records.observed_to[person], np.append(age[1:], 0.0))
    gap = np.maximum(until - age, 0.0)
    pieces = np.maximum(np.ceil(gap - 1e-9).astype(np.int64), 1)
    owner = np.repeat(np.arange(len(age)), pieces)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    point_age = age[owner] + step
    length = np.minimum(1.0, np.maximum(age[owner] + gap[owner] - point_age, 0.0))
    first = np.append(True, person[owner][1:] != person[owner][:-1])
    dt = np.where(first, 0.0, np.append(0.0, length[:-1]))
    now_starts, now = _csr([own if s == 0 else [] for own, s in zip((folder.now[o] for o in owner), step, strict=True)])
    closing = (step == pieces[owner] - 1) & ~last[owner]
    ends = [folder.events[o + 1] if c else [] for o, c in zip(owner, closing, strict=True)]
    event_starts, events = _csr(ends)
    loss_from = np.clip(records.observed_from[person[owner]] + washout - point_age, 0.0, length)
    starts = np.searchsorted(person[owner], np.arange(len(records.observed_to) + 1))
    return Sequences(
        starts, point_age, dt, length, loss_from, owner, np.stack(folder.bags), now_starts, now, event_starts, events
    )
