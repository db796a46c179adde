"""MEDS view of a cohort: subject_id, time, code, numeric_value, and the UCUM unit of a value.

Codes are `system|code`, with `//START` or `//STOP` for drugs and `//system|code` for coded values. `MEDS_BIRTH` and
`GENDER//male` come first; `OBSERVED_FROM` and `OBSERVED_TO` bound the observation; `MEDS_DEATH//<cause>` ends a life.
`python -m population meds` writes a folder of shards.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codetable.vocabulary import Vocabulary
from population.cohort import Cohort
from population.definition import Recording
from population.fhir import default_index_date
from population.recording import Scribe, entry_of_index

SCHEMA = pa.schema([
    ("subject_id", pa.int64()), ("time", pa.timestamp("us")), ("code", pa.string()), ("numeric_value", pa.float32()),
    ("unit", pa.string()),
])  # fmt: skip
MICROSECONDS_PER_YEAR = 365.25 * 86400e6
BIRTH, FROM, TO, DEATH = "MEDS_BIRTH", "OBSERVED_FROM", "OBSERVED_TO", "MEDS_DEATH//"


def code_of_index(vocabulary: Vocabulary, recording: Recording | None = None) -> list[str]:
    """MEDS code of every vocabulary index; bins share the code of their measurement."""
    codes, scribe = [], Scribe(vocabulary, recording)
    for index, entry in sorted(entry_of_index(vocabulary).items()):
        system, code = scribe.code(entry)
        text = f"{system}|{code}"
        position = vocabulary.indices[entry.name].index(index)
        if entry.kind == "drug":
            text += "//STOP" if position == 1 else "//START"
        if entry.concepts:
            text += "//" + "|".join(entry.concepts[position][1][0])
        codes.append(text)
    return codes


def written_values(vocabulary: Vocabulary, recording: Recording | None, index: np.ndarray, value: np.ndarray) -> tuple:
    """Values as a site writes them, and the number of the unit of each; units [0] is none."""
    scribe, units = Scribe(vocabulary, recording), [""]
    number, written = np.zeros(len(index), np.int32), value.copy()
    unit_of, owners = np.full(vocabulary.size, -1), entry_of_index(vocabulary)
    for one, entry in owners.items():
        if entry.bins:
            unit_of[one] = _position(units, scribe.unit(entry) or "")
    measured = (index >= 0) & ~np.isnan(value)
    number[measured] = np.maximum(unit_of[index[measured]], 0)
    for name in recording.units if recording else ():
        entry = vocabulary.table.by_name()[name]
        own = np.flatnonzero(np.isin(index, vocabulary.indices[name]))
        written[own] = scribe.values(entry, value[own])
    return written, number, units


def _position(units: list[str], unit: str) -> int:
    if unit not in units:
        units.append(unit)
    return units.index(unit)


def meds_table(
    cohort: Cohort, vocabulary: Vocabulary, recording: Recording | None = None, first_subject: int = 0
) -> pa.Table:
    """The cohort as a MEDS table, sorted by subject and time. Subjects are numbered from `first_subject`."""
    row, age, index, event, value = cohort.log
    n = len(cohort.entry)
    names = [*code_of_index(vocabulary, recording), *(f"{DEATH}{e.name}" for e in vocabulary.events)]
    names += [BIRTH, FROM, TO, "GENDER//male", "GENDER//female"]
    first = len(names) - 5
    code = np.where(index >= 0, index, vocabulary.size + event)
    written, unit, units = written_values(vocabulary, recording, index, value)
    everybody = np.arange(n)
    rows = np.concatenate([row, np.tile(everybody, 3), everybody])
    ages = np.concatenate([age, np.zeros(n), cohort.entry, cohort.end, np.zeros(n)])
    codes = np.concatenate([code, np.repeat(first + np.arange(3), n), np.where(cohort.male, first + 3, first + 4)])
    values = np.concatenate([written, np.full(4 * n, np.nan)])
    unit = np.concatenate([unit, np.zeros(4 * n, np.int32)])
    index_date = np.datetime64(default_index_date().replace(tzinfo=None), "us")
    birth = -cohort.planned_end[rows] * MICROSECONDS_PER_YEAR
    times = index_date + (birth + ages * MICROSECONDS_PER_YEAR).astype("timedelta64[us]")
    order = np.lexsort((codes != first, times, rows))
    return pa.table(
        [
            pa.array(rows[order].astype(np.int64) + first_subject),
            pa.array(times[order]),
            pa.DictionaryArray.from_arrays(pa.array(codes[order].astype(np.int32)), pa.array(names)).cast(pa.string()),
            pa.array(values[order].astype(np.float32), from_pandas=True),
            pa.DictionaryArray.from_arrays(
                pa.array(unit[order], mask=unit[order] == 0), pa.array(units)
            ).cast(pa.string()),
        ],
        schema=SCHEMA,
    )  # fmt: skip


def write_meds(path: Path, cohort: Cohort, vocabulary: Vocabulary, recording: Recording | None = None) -> int:
    """Writes one parquet file; returns the number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = meds_table(cohort, vocabulary, recording)
    pq.write_table(table, path, compression="zstd")
    return table.num_rows
