"""Shows that records which went through FHIR, ingestion and the store's export give the tensors of the direct path.

    python -m trajectory.roundtrip write --world matched --count 60 --seed 5 --years 5 --out DIR
        DIR/fhir/*.json and DIR/direct/data/0.parquet: two views of one cohort
    python -m trajectory.roundtrip compare --direct DIR/direct --exported EXPORT
        prints counts as JSON; exits 1 when a tensor differs

FHIR keeps minutes and days of birth, so the direct view is coarsened to that before it is read. An export gives its
subjects other numbers and moves them in time: persons are matched by what their records say, relative to their birth.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from codetable.vocabulary import Vocabulary
from population.fhir import default_index_date, persons
from population.handle import mint_handles
from population.meds import meds_table
from population.write_fhir import cohort_for_records, write_bundles
from trajectory.meds import Records, read_folder, read_shard
from trajectory.sequences import Sequences, build_sequences, joined
from trajectory.worlds import oracle_of

MINUTE, DAY = 60_000_000, 86_400_000_000
WASHOUT = 1.0
AGE_TOLERANCE = 1e-9


def write_views(world: str, count: int, seed: int, years: float, out: Path) -> None:
    """Both views of a cohort."""
    oracle = oracle_of(world)
    cohort = cohort_for_records(oracle, count, seed, years)
    handles = mint_handles(np.random.default_rng([seed, 977]), count)
    (out / "fhir").mkdir(parents=True)
    write_bundles(out / "fhir", list(persons(cohort, oracle.vocabulary, handles, default_index_date())))
    (out / "direct" / "data").mkdir(parents=True)
    pq.write_table(meds_table(cohort, oracle.vocabulary), out / "direct" / "data" / "0.parquet")


def _coarse(table: pa.Table) -> pa.Table:
    """Times to the minute and births to the day, as FHIR has them. The end of the observation is midnight but for the
    rounding of a sum: a millisecond brings it over."""
    time = table["time"].cast(pa.int64()).to_numpy().copy()
    born, ended = (pc.equal(table["code"], code).to_numpy() for code in ("MEDS_BIRTH", "OBSERVED_TO"))
    time[ended] += 1_000
    time = np.where(born, time // DAY * DAY, time // MINUTE * MINUTE)
    return table.set_column(table.column_names.index("time"), "time", pa.array(time).cast(pa.timestamp("us")))


def read_direct(folder: Path, vocabulary: Vocabulary) -> Records:
    """Records of the direct view at the resolution of FHIR."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "0.parquet"
        pq.write_table(_coarse(pq.read_table(folder / "data" / "0.parquet")), path)
        return read_shard(path, vocabulary)


def _signature(records: Records, person: int) -> tuple:
    rows = slice(records.starts[person], records.starts[person + 1])
    return (
        int(records.sex_index[person]),
        tuple(np.round(records.age[rows], 7).tolist()),
        tuple(records.index[rows].tolist()),
    )


def in_order(records: Records) -> Records:
    """The same records, persons by what their records say."""
    order = sorted(range(len(records.subject)), key=lambda person: _signature(records, person))
    rows = np.concatenate([np.arange(records.starts[p], records.starts[p + 1]) for p in order])
    counts = np.diff(records.starts)[order]
    per_person = {name: getattr(records, name)[order] for name in ("observed_from", "observed_to", "sex_index")}
    return replace(
        records, starts=np.concatenate([[0], counts.cumsum()]), subject=np.arange(len(order)), **per_person,
        **{name: getattr(records, name)[rows] for name in ("age", "index", "event")},
    )  # fmt: skip


def _joined_records(parts: list[Records]) -> Records:
    offsets = np.cumsum([0] + [len(part.age) for part in parts])
    starts = [part.starts[:-1] + offset for part, offset in zip(parts, offsets[:-1], strict=True)]
    found = {f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Records) if f.name != "starts"}
    return Records(starts=np.concatenate([*starts, offsets[-1:]]), **found)


def differences(one: Records | Sequences, other: Records | Sequences) -> dict[str, int]:
    """How many elements of each array differ; -1 for another length. Times may differ by a rounding."""
    found = {}
    for field in fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if a.shape != b.shape:
            found[field.name] = -1
        elif a.dtype.kind == "f":
            found[field.name] = int((np.abs(a - b) > AGE_TOLERANCE).sum())
        else:
            found[field.name] = int((a != b).sum())
    return {name: count for name, count in found.items() if count and name != "subject"}


def compare(world: str, direct: Path, exported: Path) -> dict:
    """Counts of both views and what differs between them."""
    vocabulary = oracle_of(world).vocabulary
    ours = in_order(read_direct(direct, vocabulary))
    theirs = in_order(_joined_records(list(read_folder(exported, vocabulary))))
    tensors = [
        joined([build_sequences(records, vocabulary, np.random.default_rng(9), washout=WASHOUT)])
        for records in (ours, theirs)
    ]
    return {
        "persons": [len(ours.subject), len(theirs.subject)], "records": [len(ours.age), len(theirs.age)],
        "deaths": [int((r.index < 0).sum()) for r in (ours, theirs)],
        "events": [len(s.events) for s in tensors], "points": [len(s.age) for s in tensors],
        "recordsDiffer": differences(ours, theirs), "tensorsDiffer": differences(*tensors),
    }  # fmt: skip


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("write", "compare"))
    parser.add_argument("--world", default="matched")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--years", type=float, default=5.0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--direct", type=Path)
    parser.add_argument("--exported", type=Path)
    arguments = parser.parse_args()
    if arguments.action == "write":
        write_views(arguments.world, arguments.count, arguments.seed, arguments.years, arguments.out)
        return 0
    result = compare(arguments.world, arguments.direct, arguments.exported)
    print(json.dumps(result))
    return 1 if result["recordsDiffer"] or result["tensorsDiffer"] else 0


if __name__ == "__main__":
    sys.exit(main())
