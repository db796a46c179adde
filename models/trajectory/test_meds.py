"""Any MEDS folder is read by the same rules: units, coded values, causes of death, bounds, splits, shards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trajectory.export import vocabulary_and_sizes
from trajectory.meds import Records, data_digest, read_folder, read_shard, shards, splits_of
from trajectory.sequences import build_sequences, joined

VOCABULARY, _ = vocabulary_and_sizes()
LOINC, SNOMED = "http://loinc.org", "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
DAY = 86_400_000_000


def write(path: Path, rows: list[tuple], *, units: bool = True) -> Path:
    """Rows of (subject, day or None, code, value, unit)."""
    subject, day, code, value, unit = zip(*rows, strict=True)
    columns = {
        "subject_id": pa.array(subject, pa.int64()),
        "time": pa.array([None if one is None else int(one * DAY) for one in day], pa.timestamp("us")),
        "code": pa.array(code, pa.string()),
        "numeric_value": pa.array(value, pa.float32()),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns | ({"unit": pa.array(unit, pa.string())} if units else {})), path)
    return path


def person(subject: int, *more: tuple, sex: str = "female", birth: int = -20_000) -> list[tuple]:
    facts = [(subject, None, f"GENDER//{sex}", None, None), (subject, birth, "MEDS_BIRTH", None, None)]
    return facts + [(subject, *row) for row in more]


def lit(records: Records) -> list[str]:
    return [VOCABULARY.labels[index] for index in records.index if index >= 0]


@pytest.mark.parametrize(
    ("code", "value", "unit", "expected"),
    [
        (f"{LOINC}|8480-6", 151.0, "mm[Hg]", ["systolic-pressure:4"]),
        (f"{LOINC}|8480-6", 151.0, None, ["systolic-pressure:4"]),
        (f"{LOINC}|8480-6", 17.2, "kPa", ["systolic-pressure:2"]),
        (f"{LOINC}|8480-6", 151.0, "mmol/L", []),
        (f"{LOINC}|8480-6", 9000.0, "mm[Hg]", []),
        (f"{LOINC}|8480-6", None, None, []),
        (f"{LOINC}|72166-2//{SNOMED}|8517006", None, None, ["smoking:former"]),
        (f"{LOINC}|72166-2//{SNOMED}|1", None, None, []),
        (f"{SNOMED}|59621000", None, None, ["hypertension"]),
        (f"{SNOMED}|59621000//RESOLVE", None, None, []),
        (f"{RXNORM}|314076//START", None, None, ["ras-inhibitor"]),
        (f"{RXNORM}|314076//STOP", None, None, ["ras-inhibitor:stop"]),
        (f"{SNOMED}|1", None, None, []),
    ],
)
def test_a_row_lights_what_the_code_table_says(tmp_path: Path, code, value, unit, expected) -> None:
    records = read_shard(write(tmp_path / "0.parquet", person(1, (0, code, value, unit))), VOCABULARY)
    assert lit(records) == expected


def test_a_value_on_an_edge_is_above_it_although_it_is_float32(tmp_path: Path) -> None:
    entry = VOCABULARY.table.by_name()["hba1c"]
    rows = [(number, f"{LOINC}|{entry.codes[0][1]}", edge, entry.unit) for number, edge in enumerate(entry.bins)]
    records = read_shard(write(tmp_path / "0.parquet", person(1, *rows)), VOCABULARY)
    assert lit(records) == [f"hba1c:{number + 1}" for number in range(len(entry.bins))]


def test_the_cause_of_a_death_is_named_by_itself_or_by_a_record_beside_it(tmp_path: Path) -> None:
    cause = VOCABULARY.table.by_name()["death-cancer"].cause
    rows = [
        *person(1, (10, "MEDS_DEATH", None, None)),
        *person(2, (10, "MEDS_DEATH//death-respiratory", None, None)),
        *person(3, (10, "MEDS_DEATH", None, None), (10, f"{LOINC}|79378-6//{'|'.join(cause)}", None, None)),
        *person(4, (10, "MEDS_DEATH//something else", None, None)),
    ]
    records = read_shard(write(tmp_path / "0.parquet", rows), VOCABULARY)
    names = [VOCABULARY.events[event].name for event in records.event]
    assert names == ["death-other", "death-respiratory", "death-cancer", "death-other"]


def test_bounds_are_marks_or_the_first_and_last_record(tmp_path: Path) -> None:
    pressure = f"{LOINC}|8480-6"
    rows = [
        *person(1, (10, pressure, 120.0, None), (400, pressure, 120.0, None)),
        *person(2, (10, pressure, 120.0, None), (5, "OBSERVED_FROM", None, None), (999, "OBSERVED_TO", None, None)),
        (3, 10, pressure, 120.0, None),
    ]
    records = read_shard(write(tmp_path / "0.parquet", rows), VOCABULARY)
    days = (np.stack([records.observed_from, records.observed_to]) * 365.25 - 20_000).T
    assert records.subject.tolist() == [1, 2], "without a birth there is no age"
    assert days == pytest.approx(np.array([[10, 400], [5, 999]]))


def test_an_unknown_sex_lights_none_and_shards_are_joined(tmp_path: Path) -> None:
    unknown = [row for row in person(1, (0, f"{SNOMED}|59621000", None, None)) if "GENDER" not in row[2]]
    write(tmp_path / "data" / "a" / "0.parquet", unknown)
    write(
        tmp_path / "data" / "b" / "0.parquet", person(2, (0, f"{SNOMED}|59621000", None, None), sex="male"), units=False
    )
    assert len(shards(tmp_path)) == 2
    parts = [
        build_sequences(r, VOCABULARY, np.random.default_rng(1), washout=1.0) for r in read_folder(tmp_path, VOCABULARY)
    ]
    whole = joined(parts)
    assert whole.persons == 2
    named = [VOCABULARY.labels[index] for index in whole.delta]
    assert named.count("sex-male") == 1 and named.count("sex-female") == 0 and named.count("hypertension") == 2
    digest = data_digest(tmp_path)
    write(tmp_path / "data" / "b" / "0.parquet", person(2, (1, f"{SNOMED}|59621000", None, None)))
    assert data_digest(tmp_path) != digest


def test_splits_come_from_the_metadata_or_from_a_hash(tmp_path: Path) -> None:
    subject = np.arange(2000)
    assert 150 < (splits_of(tmp_path, subject) == 1).sum() < 260
    (tmp_path / "metadata").mkdir()
    table = pa.table({"subject_id": subject, "split": ["held_out" if one % 2 else "train" for one in subject]})
    pq.write_table(table, tmp_path / "metadata" / "subject_splits.parquet")
    assert (splits_of(tmp_path, subject) == np.where(subject % 2, 2, 0)).all()
    with pytest.raises(ValueError, match="3 subjects of the data"):
        splits_of(tmp_path, np.arange(2003))


def test_a_folder_without_data_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="root of a MEDS folder"):
        shards(tmp_path)
