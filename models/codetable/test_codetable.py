"""The code table: complete, without contradictions, and wide enough for records from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import generate_codes
from codetable.coverage import cover_bundle, cover_folder, total
from codetable.load import CodeTableError, load_code_table
from codetable.units import bin_of, canonical_value
from codetable.vocabulary import build_vocabulary

TABLE = load_code_table()
VOCABULARY = build_vocabulary(TABLE)
SYNTHEA = [
    Path(__file__).resolve().parents[parent] / where / "data" / "synthea-r4"
    for parent, where in ((2, "shared"), (3, "shared"))
]


def test_the_world_is_as_wide_as_it_must_be() -> None:
    clinical = [event for event in VOCABULARY.events if event.action in ("OCCUR", "DEATH")]
    drugs = [entry for entry in TABLE.entries if entry.kind == "drug" and entry.indications]
    measured = [entry for entry in TABLE.entries if entry.kind == "measurement"]
    assert len(clinical) >= 30
    assert len(drugs) >= 15
    assert len(measured) >= 15


@pytest.mark.parametrize("entry", [e for e in TABLE.entries if e.units], ids=lambda entry: entry.name)
def test_every_bin_can_be_reached_in_every_unit(entry) -> None:
    low, high = entry.plausible
    points = [low, *entry.bins, high]
    for unit in entry.units:
        raw = [(value - unit.offset) / unit.factor for value in points]
        # a hair above, since a round trip may end below the edge by one bit
        values = [canonical_value(entry, value, unit.ucum) for value in raw[1:-1]]
        assert [bin_of(entry, value + 1e-9 * max(1.0, abs(value))) for value in values] == list(
            range(1, len(entry.bins) + 1)
        )


def test_a_unit_that_does_not_fit_and_an_impossible_value_are_refused() -> None:
    glucose = TABLE.by_name()["glucose"]
    assert canonical_value(glucose, 5.5, "mmol/L") == pytest.approx(99.086, abs=0.01)
    assert canonical_value(glucose, 5.5, "mm[Hg]") is None
    assert canonical_value(glucose, 1e6, "mg/dL") is None
    assert canonical_value(glucose, 90, None) is None


def test_events_say_themselves_what_they_do() -> None:
    by_name = {event.name: event for event in VOCABULARY.events}
    held, stopped = VOCABULARY.indices["statin"]
    assert (by_name["start-statin"].set, by_name["start-statin"].excludes) == ((held,), (held,))
    assert (by_name["stop-statin"].now, by_name["stop-statin"].clear) == ((stopped,), (held,))
    assert by_name["stop-statin"].requires == (held,)
    assert VOCABULARY.indices["sex-male"][0] in by_name["breast-cancer"].excludes
    assert by_name["mi"].excludes == () and by_name["mi"].recurrent
    assert by_name["death-cancer"].terminal and by_name["death-cancer"].now == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("  gout: {title: Gout, kind: illness, effect: set, hazard: once, sct: 1, source: x}", "kind"),
        ("  gout: {title: Gout, kind: condition, effect: set, hazard: once, source: x}", "at least one code"),
        ("  gout: {title: Gout, kind: condition, effect: set, hazard: once, sct: 22298006, source: x}", "22298006"),
        ("  gout: {title: Gout, kind: condition, effect: set, hazard: once, sct: 430193006, source: x}", "ignored"),
        ("  gout: {title: G, kind: condition, effect: set, hazard: once, sct: 9, requires: [no], source: x}", "no"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(tmp_path: Path, change: str, message: str) -> None:
    text = (Path(generate_codes.__file__).parent / "codes.yaml").read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith("  gout:"))
    broken = tmp_path / "codes.yaml"
    broken.write_text(text.replace(line, change), encoding="utf-8")
    with pytest.raises(CodeTableError, match=message):
        load_code_table(broken)


def test_the_generated_units_are_those_of_the_table() -> None:
    assert generate_codes.OUT.read_text("utf-8") == generate_codes.document()
    assert json.loads(generate_codes.document())["2339-0"] == {"canonical": "mg/dL", "accepted": ["mmol/L"]}


def test_coverage_counts_a_course_once_and_names_what_is_unknown() -> None:
    def drug(code: str) -> dict:
        coding = {"system": TABLE.systems["rxnorm"], "code": code}
        return {"resource": {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"coding": [coding]}}}

    coverage = cover_bundle(TABLE, {"entry": [drug("314231"), drug("314231"), drug("0")]})
    assert dict(coverage.counts) == {("drug", "mapped"): 1, ("drug", "unmapped"): 1}


def test_twenty_synthea_bundles_are_covered() -> None:
    folder = next((path for path in SYNTHEA if path.is_dir()), None)
    if folder is None:
        pytest.skip("the Synthea bundles (shared/data/synthea-r4) are not beside this repository")
    parts = cover_folder(TABLE, folder)
    whole = total(parts)
    assert len(parts) == 20
    assert whole.share("condition") >= 0.95
    assert whole.share("condition", "mapped") >= 0.85
    assert whole.share("drug") >= 0.95
    assert whole.share("measurement") >= 0.90
    assert whole.share("procedure") >= 0.80
    assert min(part.share() for part in parts.values()) >= 0.80
