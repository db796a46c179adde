"""MEDS view of a cohort: one parquet file with subject_id, time, code and numeric_value.

    python -m population.meds --count 2000 --seed 3 --out runs/meds.parquet

Codes are `system|code`, with `//START` or `//STOP` for drugs and `//system|code` for coded values. `MEDS_BIRTH` and
`GENDER//male` come first; `OBSERVED_FROM` and `OBSERVED_TO` bound the observation; `MEDS_DEATH//<cause>` ends a life.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from codetable.vocabulary import Vocabulary
from population.cohort import Cohort, Plan, simulate_cohort
from population.fhir import default_index_date, entry_of_index
from population.oracle import Oracle

SCHEMA = pa.schema([
    ("subject_id", pa.int64()), ("time", pa.timestamp("us")), ("code", pa.string()), ("numeric_value", pa.float32()),
])  # fmt: skip
MICROSECONDS_PER_YEAR = 365.25 * 86400e6
BIRTH, FROM, TO, DEATH = "MEDS_BIRTH", "OBSERVED_FROM", "OBSERVED_TO", "MEDS_DEATH//"


def code_of_index(vocabulary: Vocabulary) -> list[str]:
    """MEDS code of every vocabulary index; bins share the code of their measurement."""
    codes = []
    for index, entry in sorted(entry_of_index(vocabulary).items()):
        system, code = entry.codes[0]
        text = f"{system}|{code}"
        position = vocabulary.indices[entry.name].index(index)
        if entry.kind == "drug":
            text += "//STOP" if position == 1 else "//START"
        if entry.concepts:
            text += "//" + "|".join(entry.concepts[position][1][0])
        codes.append(text)
    return codes


def meds_table(cohort: Cohort, vocabulary: Vocabulary) -> pa.Table:
    """The cohort as a MEDS table, sorted by subject and time."""
    row, age, index, event, value = cohort.log
    n = len(cohort.entry)
    names = [*code_of_index(vocabulary), *(f"{DEATH}{e.name}" for e in vocabulary.events)]
    names += [BIRTH, FROM, TO, "GENDER//male", "GENDER//female"]
    first = len(names) - 5
    code = np.where(index >= 0, index, vocabulary.size + event)
    everybody = np.arange(n)
    rows = np.concatenate([row, np.tile(everybody, 3), everybody])
    ages = np.concatenate([age, np.zeros(n), cohort.entry, cohort.end, np.zeros(n)])
    codes = np.concatenate([code, np.repeat(first + np.arange(3), n), np.where(cohort.male, first + 3, first + 4)])
    values = np.concatenate([value, np.full(4 * n, np.nan)])
    index_date = np.datetime64(default_index_date().replace(tzinfo=None), "us")
    birth = -cohort.planned_end[rows] * MICROSECONDS_PER_YEAR
    times = index_date + (birth + ages * MICROSECONDS_PER_YEAR).astype("timedelta64[us]")
    order = np.lexsort((codes != first, times, rows))
    dictionary = pa.DictionaryArray.from_arrays(pa.array(codes[order].astype(np.int32)), pa.array(names))
    return pa.table(
        [
            pa.array(rows[order].astype(np.int64)),
            pa.array(times[order]),
            dictionary.cast(pa.string()),
            pa.array(values[order].astype(np.float32), from_pandas=True),
        ],
        schema=SCHEMA,
    )


def write_meds(path: Path, cohort: Cohort, vocabulary: Vocabulary) -> int:
    """Writes the parquet file; returns the number of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = meds_table(cohort, vocabulary)
    pq.write_table(table, path, compression="zstd")
    return table.num_rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    oracle = Oracle()
    cohort = simulate_cohort(oracle, arguments.seed, Plan(arguments.count))
    rows = write_meds(arguments.out, cohort, oracle.vocabulary)
    years = timedelta(days=float((cohort.end - cohort.entry).sum()) * 365.25).days / 365.25
    print(f"{arguments.count} persons, {rows} rows, {years:.0f} person-years: {arguments.out}")


if __name__ == "__main__":
    main()
