"""Writes many persons in blocks, each by whichever process is free; a block that is there is kept.

A MEDS folder has `data/00000.parquet` and so on, `metadata/subject_splits.parquet` (train, tuning, held_out as 8:1:1 by
a hash of the subject), `metadata/codes.parquet` and `metadata/dataset.json`.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from population import VERSION
from population.cohort import BLOCK, Cohort, Plan, blocks_of, simulate_block
from population.fhir import Resource, default_index_date, persons
from population.handle import mint_handles
from population.meds import code_of_index, meds_table
from population.oracle import Oracle
from population.recording import entry_of_index
from population.write_fhir import write_bundles, write_ndjson

DATASET = "twinward-population"
HANDLE_STREAM = 977


@dataclass(frozen=True)
class Order:
    """Which world, how many persons, and how they are drawn."""

    world: str
    count: int
    seed: int
    ages: tuple[float, float] = (30.0, 80.0)
    years: tuple[float, float] = (4.0, 14.0)
    block: int = BLOCK

    @property
    def plan(self) -> Plan:
        """As the cohort wants it."""
        return Plan(self.count, entry_age=self.ages, follow_up=self.years)


def split_of(subject: int) -> str:
    """Split of a subject: the same in every world and for every number of persons."""
    byte = hashlib.sha256(str(subject).encode()).digest()[0]
    return "tuning" if byte < 26 else "held_out" if byte < 52 else "train"


def _meds_block(order: Order, out: Path, number: int) -> int:
    path = out / "data" / f"{number:05d}.parquet"
    if path.exists():
        return pq.read_metadata(path).num_rows
    oracle, cohort = Oracle.of(order.world), cohort_of_block(order, number)
    table = meds_table(cohort, oracle.vocabulary, oracle.world.recording, number * order.block)
    return _complete(path, lambda partial: pq.write_table(table, partial, compression="zstd"), table.num_rows)


def _complete(path: Path, write: Callable[[Path], object], size: int) -> int:
    """A file has its name only when it is whole."""
    partial = path.with_name(path.name + ".partial")
    write(partial)
    partial.rename(path)
    return size


def _fhir_block(order: Order, out: Path, number: int, *, bundles: bool) -> int:
    mark = out / f".block-{number:05d}"
    if mark.exists():
        return int(mark.read_text(encoding="utf-8"))
    people = fhir_block(order, number)
    if bundles:
        write_bundles(out, people)
    else:
        write_ndjson(out, people, suffix=f".{number:05d}")
    resources = sum(len(own) for _, own in people)
    return _complete(mark, lambda partial: partial.write_text(str(resources), encoding="utf-8"), resources)


def cohort_of_block(order: Order, number: int) -> Cohort:
    """Event list of a block."""
    return simulate_block(Oracle.of(order.world), order.seed, order.plan, number, order.block)


def fhir_block(order: Order, number: int = 0) -> list[tuple[str, list[Resource]]]:
    """Handle and resources of each person of a block."""
    oracle, cohort = Oracle.of(order.world), cohort_of_block(order, number)
    handles = mint_handles(np.random.default_rng([order.seed, HANDLE_STREAM, number]), len(cohort.entry))
    first = number * order.block
    return list(persons(cohort, oracle.vocabulary, handles, default_index_date(), oracle.world.recording, first))


def _spread(work: Callable[..., int], order: Order, out: Path, workers: int, unit: str, **more: bool) -> Iterator[int]:
    """Sizes of the blocks in order, with a line of progress for each."""
    total, begun, size = blocks_of(order.count, order.block), time.monotonic(), 0
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        pending = [pool.submit(work, order, out, number, **more) for number in range(total)]
        for number, future in enumerate(pending, start=1):
            size += future.result()
            persons_done = min(number * order.block, order.count)
            spent = time.monotonic() - begun
            print(f"{persons_done}/{order.count} persons, {size} {unit}, {spent:.0f} s", flush=True)
            yield future.result()


def write_meds_folder(order: Order, out: Path, workers: int) -> int:
    """Writes the folder; returns the number of rows. Raises ValueError when the folder holds another order."""
    (out / "data").mkdir(parents=True, exist_ok=True)
    _claim(out, order)
    rows = sum(_spread(_meds_block, order, out, workers, "rows"))
    _metadata(out, order)
    return rows


def write_fhir_folder(order: Order, out: Path, workers: int, *, bundles: bool = False) -> int:
    """Writes the folder; returns the number of resources. Raises ValueError when the folder holds another order."""
    out.mkdir(parents=True, exist_ok=True)
    _claim(out, order)
    return sum(_spread(_fhir_block, order, out, workers, "resources", bundles=bundles))


def _claim(out: Path, order: Order) -> None:
    path, text = out / ".order", json.dumps(asdict(order))
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise ValueError(f"{out} holds the persons of other arguments; remove it or choose another --out")
    path.write_text(text, encoding="utf-8")


def _metadata(out: Path, order: Order) -> None:
    folder, vocabulary = out / "metadata", Oracle.of(order.world).vocabulary
    folder.mkdir(exist_ok=True)
    subjects = np.arange(order.count)
    splits = [split_of(int(subject)) for subject in subjects]
    pq.write_table(pa.table({"subject_id": subjects, "split": splits}), folder / "subject_splits.parquet")
    owners, codes = entry_of_index(vocabulary), code_of_index(vocabulary, Oracle.of(order.world).world.recording)
    described = {code: owners[index].title for index, code in enumerate(codes)}
    empty = pa.array([None] * len(described), pa.list_(pa.string()))
    table = pa.table([list(described), list(described.values()), empty], ["code", "description", "parent_codes"])
    pq.write_table(table, folder / "codes.parquet")
    about = {"dataset_name": DATASET, "dataset_version": VERSION, "etl_name": "population", "etl_version": VERSION,
             "meds_version": "0.4.0", "other_extension_columns": ["unit"], **asdict(order)}  # fmt: skip
    (folder / "dataset.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
