"""The synthetic population: its hazards are what it draws from, and its records say what happened."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from population import world
from population.cohort import Plan, simulate_cohort
from population.fhir import default_index_date, persons
from population.handle import ALPHABET, is_handle, mint_handles
from population.meds import code_of_index, meds_table
from population.oracle import Oracle, integrated, waiting
from population.simulate import Watch, World
from population.write_fhir import cohort_for_records, write_bundles

ORACLE = Oracle()
RECORDS = Path(__file__).resolve().parents[2] / "samples" / "getting-started" / "records"


def test_waiting_inverts_the_integrated_hazard() -> None:
    rate, slope = np.array([0.01, 2.0, 0.3, 0.5]), np.array([0.09, -0.1, 0.0, 1e-12])
    time = np.array([3.0, 0.2, 1.0, 2.0])
    assert waiting(integrated(rate, slope, time), rate, slope) == pytest.approx(time, rel=1e-9)
    assert np.isinf(waiting(np.array([30.0, 1.0]), np.array([1.0, 0.0]), np.array([-0.1, 0.1]))).all()


@pytest.mark.parametrize(("drug", "event", "effect"), [
    ("statin", "mi", -0.36), ("anticoagulant", "stroke", -0.9), ("ppi", "mi", 0.0), ("urate-lowering", "mi", 0.0),
])  # fmt: skip
def test_a_drug_changes_the_hazard_by_its_stated_effect(drug: str, event: str, effect: float) -> None:
    people = World(ORACLE, np.random.default_rng(0)).newborns(5)
    before = ORACLE.log_hazards(people)
    people.bag[:, ORACLE.label[drug]] = 1
    k = ORACLE.vocabulary.event_index[event]
    assert (ORACLE.log_hazards(people) - before)[:, k] == pytest.approx(effect, abs=1e-6)


def test_every_drug_has_a_true_effect_or_a_null_and_some_have_both() -> None:
    assert set(world.DRUG_EFFECTS) == set(world.DRUG_STARTS)
    sizes = [effect for effects in world.DRUG_EFFECTS.values() for effect in effects.values()]
    assert sizes.count(0.0) >= 10 and sum(size < -0.2 for size in sizes) >= 10 and max(sizes) > 0.3


def test_counts_agree_with_compensators() -> None:
    simulation = World(ORACLE, np.random.default_rng(4))
    people = simulation.newborns(1500, 55.0)
    names = ("upper-respiratory-infection", "hypertension", "hospital-admission")
    out_map = np.zeros((len(ORACLE.vocabulary.events), 3))
    out_map[[ORACLE.vocabulary.event_index[name] for name in names], range(3)] = 1
    watch = Watch(np.array([1.0, 4.0]), out_map, np.array([True, False, True]), people.age.copy())
    simulation.run(people, people.age + 4.0, observers=(watch,))
    difference = watch.count - watch.compensator
    error = difference.std(axis=0) / np.sqrt(len(difference))
    assert np.abs(difference.mean(axis=0) / error).max() < 4.0
    assert watch.count[:, :, 1].max() == 1


def test_equal_seeds_give_equal_cohorts_and_nobody_dies_before_entry() -> None:
    one, two = (simulate_cohort(ORACLE, 3, Plan(200)) for _ in range(2))
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one.log, two.log, strict=True))
    assert (one.end > one.entry).all() and (one.end <= one.planned_end + 1e-9).all()
    visits = one.log[3] < 0
    assert (one.log[1][visits] >= one.entry[one.log[0][visits]] - 1e-9).all()


def test_the_likelihood_of_the_truth_is_that_of_its_events() -> None:
    cohort = simulate_cohort(ORACLE, 8, Plan(300))
    counted = cohort.log[1] >= cohort.entry[cohort.log[0]] + 1.0
    events = np.bincount(cohort.log[0][counted & (cohort.log[3] >= 0)], minlength=300)
    assert np.corrcoef(events, cohort.oracle_nll)[0, 1] > 0.8


def test_handles_have_a_checksum_that_catches_a_wrong_character() -> None:
    handles = mint_handles(np.random.default_rng(1), 50)
    assert len(set(handles)) == 50 and all(map(is_handle, handles))
    for position in range(3, 18):
        for character in ALPHABET:
            changed = handles[0][:position] + character + handles[0][position + 1 :]
            far = abs(ALPHABET.index(character) - ALPHABET.index(handles[0][position])) == 31
            assert is_handle(changed) == (changed == handles[0] or far)


def test_fhir_and_meds_tell_the_same_story() -> None:
    cohort = cohort_for_records(ORACLE, 12, 5, 4.0)
    handles = mint_handles(np.random.default_rng(2), 12)
    resources = [r for _, own in persons(cohort, ORACLE.vocabulary, handles, default_index_date()) for r in own]
    table = meds_table(cohort, ORACLE.vocabulary).to_pydict()
    codes = code_of_index(ORACLE.vocabulary)
    starts = sum(code.endswith("//START") for code in table["code"])
    requests = [r for r in resources if r["resourceType"] == "MedicationRequest"]
    stopped = sum(code.endswith("//STOP") for code in table["code"])
    assert len(requests) == starts > 0
    assert sum(r["status"] == "stopped" for r in requests) == stopped
    deaths = sum(code.startswith("MEDS_DEATH//") for code in table["code"])
    assert sum("deceasedDateTime" in r for r in resources) == deaths
    values = sum(value is not None for value in table["numeric_value"])
    measured = [r for r in resources if r["resourceType"] == "Observation"]
    assert sum(len(r.get("component", [r])) for r in measured if "valueCodeableConcept" not in r) == values
    assert len(codes) == ORACLE.vocabulary.size


def test_committed_records_are_what_the_command_writes(tmp_path: Path) -> None:
    cohort = cohort_for_records(ORACLE, 50, 51, 5.0)
    handles = mint_handles(np.random.default_rng([51, 977]), 50)
    write_bundles(tmp_path, list(persons(cohort, ORACLE.vocabulary, handles, default_index_date())))
    committed = sorted(path.name for path in RECORDS.glob("*.json"))
    assert committed == sorted(path.name for path in tmp_path.glob("*.json"))
    for name in committed:
        # last digits of libm may differ between machines: compare what is said, not when to the minute
        ours, theirs = (json.loads((folder / name).read_text("utf-8")) for folder in (tmp_path, RECORDS))
        kinds = [[e["resource"]["resourceType"] for e in bundle["entry"]] for bundle in (ours, theirs)]
        assert kinds[0] == kinds[1]


def test_committed_records_are_of_adults_most_of_them_alive() -> None:
    alive, ages = 0, []
    for path in RECORDS.glob("*.json"):
        person = json.loads(path.read_text("utf-8"))["entry"][0]["resource"]
        assert is_handle(person["identifier"][0]["value"]) and person["name"][0]["family"] == "Synthetic"
        alive += "deceasedDateTime" not in person
        born = default_index_date().date() - timedelta(days=0)
        ages.append((born - born.fromisoformat(person["birthDate"])).days / 365.25)
    assert alive >= 35 and min(ages) >= 29.9 and max(ages) <= 80.1
