"""Reads a MEDS folder (Medical Event Data Standard): `data/**/*.parquet` and `metadata/`, one shard at a time.

Columns: subject_id, time (null for what has no time), code, numeric_value, and, when there, `unit` (UCUM). A code is
`system|code`, with `//START`, `//STOP` or `//RESOLVE` for what begins and ends, and `//system|code` for a coded value.
`MEDS_BIRTH`, `GENDER//…` and `MEDS_DEATH` (with `//<cause>`, or beside a coded value that names a cause) are facts;
`OBSERVED_FROM` and `OBSERVED_TO` bound the observation, else its first and last record do. Without a unit a value
counts as canonical; a value whose unit is not accepted, or that cannot be real, is left out. A single file is read as
a folder of one shard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codetable.load import Entry
from codetable.vocabulary import Vocabulary

MICROSECONDS_PER_YEAR = 365.25 * 86400e6
STOP, BIN, SET, ONCE = 0, 1, 2, 3
BIRTH, FROM, TO, DEATH = "MEDS_BIRTH", "OBSERVED_FROM", "OBSERVED_TO", "MEDS_DEATH"
DEATH_OF_UNKNOWN_CAUSE = "death-other"
BIRTH_MARK, FROM_MARK, TO_MARK, MALE_MARK, FEMALE_MARK, UNKNOWN, DEATH_MARK, CAUSE_MARK = -1, -2, -3, -4, -5, -6, -7, -8
RANK_OF_DEATH = 9
SPLITS = ("train", "tuning", "held_out")


@dataclass(frozen=True)
class IndexTables:
    """Per vocabulary index: what its token does to the bag, the first and end index of its entry, its event or -1."""

    kind: np.ndarray
    low: np.ndarray
    high: np.ndarray
    event: np.ndarray


@dataclass(frozen=True)
class Records:
    """Flat records by subject: row starts [n+1], age in years, index lit or -1 for a death, event or -1; per subject
    the bounds of its observation (ages), the index of its sex and its MEDS subject_id."""

    starts: np.ndarray
    age: np.ndarray
    index: np.ndarray
    event: np.ndarray
    observed_from: np.ndarray
    observed_to: np.ndarray
    sex_index: np.ndarray
    subject: np.ndarray


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


def shards(folder: Path) -> list[Path]:
    """Files of a MEDS folder in order. Raises FileNotFoundError when there is none."""
    found = [folder] if folder.is_file() else sorted((folder / "data").rglob("*.parquet"))
    if not found:
        raise FileNotFoundError(f"{folder}: no data/**/*.parquet; point at the root of a MEDS folder")
    return found


def data_digest(folder: Path) -> str:
    """sha256 over names and contents of the data files."""
    digest = hashlib.sha256()
    for path in shards(folder):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def splits_of(folder: Path, subject: np.ndarray) -> np.ndarray:
    """Split of each subject: 0 train, 1 tuning, 2 held out. From metadata/subject_splits.parquet, else one in ten of
    the subjects, by a hash of the id, is for tuning and the others are for training."""
    path = folder / "metadata" / "subject_splits.parquet"
    if folder.is_dir() and path.exists():
        table = pq.read_table(path).to_pydict()
        known = dict(zip(table["subject_id"], table["split"], strict=True))
        missing = sum(int(one) not in known for one in subject)
        if missing:
            raise ValueError(f"{path}: {missing} subjects of the data are not in it; write it again or remove it")
        return np.array([SPLITS.index(known[int(one)]) for one in subject])
    hashed = [hashlib.sha256(str(int(one)).encode()).digest()[0] for one in subject]
    return np.where(np.array(hashed) < 26, 1, 0)


@dataclass(frozen=True)
class _Code:
    """Where a MEDS code leads: (index, entry) pairs, or a mark, or a death."""

    targets: tuple[tuple[int, Entry], ...] = ()
    mark: int = UNKNOWN
    death: int = -1


MARKS = {BIRTH: BIRTH_MARK, FROM: FROM_MARK, TO: TO_MARK, "GENDER//male": MALE_MARK, "GENDER//female": FEMALE_MARK}


def _target(vocabulary: Vocabulary, entry: Entry, suffix: str) -> tuple[int, Entry] | None:
    """Index that a coded event lights (the first bin of a measurement), or None when it says nothing."""
    own = vocabulary.indices[entry.name]
    ends = suffix in ("STOP", "RESOLVE")
    if entry.kind == "drug":
        return own[1 if ends else 0], entry
    if ends or not own:
        return None
    if "|" in suffix:
        wanted = tuple(suffix.split("|", 1))
        return next(((own[p], entry) for p, (_, codes) in enumerate(entry.concepts) if wanted in codes), None)
    return None if entry.effect == "bin" and not entry.bins else (own[0], entry)


def _code(vocabulary: Vocabulary, text: str) -> _Code:
    if text == DEATH or text.startswith(f"{DEATH}//"):
        cause = text.removeprefix(DEATH).removeprefix("//")
        unknown = vocabulary.event_index[DEATH_OF_UNKNOWN_CAUSE]
        return _Code(mark=DEATH_MARK, death=vocabulary.event_index.get(cause, unknown))
    if text in MARKS:
        return _Code(mark=MARKS[text])
    system, _, rest = text.partition("|")
    code, _, suffix = rest.partition("//")
    cause = tuple(suffix.split("|", 1))
    deaths = (entry for entry in vocabulary.table.entries if entry.kind == "death")
    named = next((entry.name for entry in deaths if getattr(entry, "cause", None) == cause), None)
    if named is not None:
        return _Code(mark=CAUSE_MARK, death=vocabulary.event_index[named])
    entries = vocabulary.table.by_code().get((system, code), ())
    targets = (_target(vocabulary, entry, suffix) for entry in entries)
    return _Code(targets=tuple(target for target in targets if target is not None))


def _canonical(entry: Entry, value: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Values in the canonical unit; NaN where the unit is not accepted or the value cannot be real."""
    factor, offset = np.full(len(value), np.nan), np.zeros(len(value))
    factor[unit == ""] = 1.0
    for accepted in entry.units:
        factor[unit == accepted.ucum], offset[unit == accepted.ucum] = accepted.factor, accepted.offset
    found = value * factor + offset
    low, high = entry.plausible or (-np.inf, np.inf)
    return np.where((found >= low) & (found <= high), found, np.nan)


def _columns(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str], np.ndarray, np.ndarray]:
    """subject, time in microseconds (minimum of int64: none), code number, codes, value, unit."""
    table = pq.read_table(path)
    coded = table["code"].cast(pa.string()).combine_chunks().dictionary_encode()
    moment = table["time"].cast(pa.timestamp("us")).cast(pa.int64()).fill_null(np.iinfo(np.int64).min)
    value = table["numeric_value"].cast(pa.float64()).fill_null(np.nan).to_numpy()
    unit = np.full(table.num_rows, "", object)
    if "unit" in table.column_names:
        unit = np.array(table["unit"].cast(pa.string()).fill_null("").to_pylist(), object)
    code = coded.indices.to_numpy(zero_copy_only=False)
    return table["subject_id"].to_numpy(), moment.to_numpy(), code, coded.dictionary.to_pylist(), value, unit


def _lit(vocabulary: Vocabulary, known: list[_Code], code, value, unit) -> tuple[np.ndarray, np.ndarray]:
    """Rows and the index that each lights; a combination product has several, a value that is refused none."""
    rows, lit = [], []
    for number, one in enumerate(known):
        if not one.targets:
            continue
        own = np.flatnonzero(code == number)
        for index, entry in one.targets:
            target = np.full(len(own), index)
            if entry.bins and not (entry.concepts and index != vocabulary.indices[entry.name][0]):
                found = _canonical(entry, value[own], unit[own])
                # numeric_value is float32 in MEDS: edges are compared as such, or 5.7 would lie below 5.7
                edges, found = np.array(entry.bins, np.float32), found.astype(np.float32)
                target = np.where(np.isnan(found), -1, index + np.searchsorted(edges, found, side="right"))
            rows.append(own[target >= 0])
            lit.append(target[target >= 0])
    if not rows:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(rows), np.concatenate(lit)


def read_shard(path: Path, vocabulary: Vocabulary) -> Records:
    """Records of one file, subjects by ascending id. Subjects without a birth are left out: they have no age."""
    tables = index_tables(vocabulary)
    subject, moment, code, texts, value, unit = _columns(path)
    known = [_code(vocabulary, text) for text in texts]
    mark = np.array([one.mark for one in known], np.int64)[code] if len(code) else np.zeros(0, np.int64)
    born = np.unique(subject[mark == BIRTH_MARK])
    person = np.searchsorted(born, subject)
    use = (person < len(born)) & (born[np.minimum(person, len(born) - 1)] == subject)
    birth = np.zeros(len(born), np.int64)
    birth[person[use & (mark == BIRTH_MARK)]] = moment[use & (mark == BIRTH_MARK)]
    with np.errstate(over="ignore"):
        age = (moment - birth[np.minimum(person, len(born) - 1)]) / MICROSECONDS_PER_YEAR
    rows, lit = _lit(vocabulary, known, code, value, unit)
    kept = use[rows]
    rows, lit = rows[kept], lit[kept]
    deaths = np.flatnonzero(use & (mark == DEATH_MARK))
    dying = _causes(mark, person, use, np.array([one.death for one in known], np.int64)[code], deaths)
    row = np.concatenate([rows, deaths])
    index = np.concatenate([lit, np.full(len(deaths), -1)])
    event = np.concatenate([tables.event[lit], dying])
    rank = np.concatenate([tables.kind[lit], np.full(len(deaths), RANK_OF_DEATH)])
    order = np.lexsort((index, rank, age[row], person[row]))
    row, index, event = row[order], index[order], event[order]
    starts = np.searchsorted(person[row], np.arange(len(born) + 1))
    bounds = _bounds(mark, person, age, use, starts, age[row])
    male, female = (vocabulary.indices[name][0] for name in ("sex-male", "sex-female"))
    sex = np.full(len(born), -1)
    sex[person[use & (mark == MALE_MARK)]] = male
    sex[person[use & (mark == FEMALE_MARK)]] = female
    return Records(starts, age[row], index, event, *bounds, sex, born)


def _causes(mark, person, use, death, deaths) -> np.ndarray:
    """Event of each death: the cause that a record of the person names, else what the death itself says."""
    named = np.full(int(person.max(initial=-1)) + 1, -1)
    chosen = np.flatnonzero(use & (mark == CAUSE_MARK))
    named[person[chosen]] = death[chosen]
    return np.where(named[person[deaths]] >= 0, named[person[deaths]], death[deaths])


def _bounds(mark, person, age, use, starts, ages) -> tuple[np.ndarray, np.ndarray]:
    """Age at entry and at the end of the observation of each person."""
    n = len(starts) - 1
    filled = np.diff(starts) > 0
    first, last = np.zeros(n), np.zeros(n)
    first[filled], last[filled] = ages[starts[:-1][filled]], ages[starts[1:][filled] - 1]
    for wanted, bound in ((FROM_MARK, first), (TO_MARK, last)):
        chosen = use & (mark == wanted)
        bound[person[chosen]] = age[chosen]
    return first, np.maximum(first, last)


def read_folder(folder: Path, vocabulary: Vocabulary) -> Iterator[Records]:
    """Records of each shard."""
    for path in shards(folder):
        yield read_shard(path, vocabulary)
