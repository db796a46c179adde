"""Records: what is in them, what is lost, and what they say about the things that no record names."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from population.cohort import Plan, simulate_block, simulate_cohort
from population.describe import describe, table
from population.drawn import cohort, oracle, person
from population.hidden import posterior_people
from population.meds import meds_table
from population.oracle import Oracle
from population.recording import Scribe
from population.simulate import World
from population.worlds import definition, vocabulary_of


def test_the_hidden_class_moves_hazards_and_its_posterior_is_calibrated() -> None:
    world = oracle("frailty")
    people = person(world, 70.0).take(np.zeros(3, np.int64))
    people.frailty = np.arange(3)
    k = world.vocabulary.event_index["fall"]
    assert np.diff(world.log_hazards(people)[:, k]) == pytest.approx(np.diff(world.world.frailty.effects))
    drawn = cohort("frailty", 1500)
    actual = np.eye(3)[drawn.people.frailty]
    assert drawn.classes.sum(axis=1) == pytest.approx(1.0)
    for c in range(3):
        own = drawn.classes[:, c]
        for group in np.array_split(np.argsort(own), 5):
            error = np.sqrt((own[group] * (1 - own[group])).sum()) + 1e-9
            assert abs((actual[group, c] - own[group]).sum()) < 4 * error + 0.5
    assert (drawn.classes * actual).sum(axis=1).mean() > 0.6
    assert drawn.classes.max(axis=1).mean() > 0.6


def test_a_posterior_of_the_wrong_classes_is_not_calibrated() -> None:
    """What the test above would see if the classes acted otherwise than the posterior believes."""
    drawn = cohort("frailty", 1500)
    frail = drawn.classes[:, 2]
    swapped = drawn.people.frailty == 0
    error = np.sqrt((frail * (1 - frail)).sum())
    assert abs((swapped - frail).sum()) > 10 * error


def test_a_description_counts_what_happened_under_observation() -> None:
    found = describe(oracle("matched"), 5, Plan(300))
    drawn = simulate_block(oracle("matched"), 5, Plan(300), 0)
    k = oracle("matched").vocabulary.event_index["hospital-admission"]
    row, age, _, event, _ = drawn.log
    assert found.count[k] == ((event == k) & (age >= drawn.entry[row])).sum() > 0
    assert found.years == pytest.approx((drawn.end - drawn.entry).sum())
    assert found.dead == pytest.approx((~drawn.people.alive).mean())
    line = next(line for line in table(found).splitlines() if line.startswith("hospital-admission"))
    assert line.split()[1:3] == [str(int(found.count[k])), f"{1000 * found.count[k] / found.years:.2f}"]


def test_nothing_happens_in_the_record_before_entry_that_a_problem_list_would_not_have() -> None:
    drawn, world = cohort("matched"), oracle("matched")
    row, age, _, event, value = drawn.log
    before = age < drawn.entry[row] - 1e-9
    unrecorded = {world.vocabulary.event_index[name] for name in world.world.unrecorded}
    assert before.sum() > 1000 and not unrecorded & set(event[before].tolist()) and np.isnan(value[before]).all()
    censored = drawn.people.alive
    assert drawn.end[censored] == pytest.approx(drawn.planned_end[censored])
    assert (drawn.end[~censored] < drawn.planned_end[~censored]).all() and 0.05 < (~censored).mean() < 0.35


def test_what_a_visit_takes_depends_on_what_is_known() -> None:
    drawn, world = cohort("matched"), oracle("matched")
    row, age, index, _, _ = drawn.log
    low, high = World(world, np.random.default_rng(0)).panel.bin_range(
        next(n for n, m in enumerate(world.world.measurements) if m.name == "hba1c")
    )
    later = (index >= low) & (index < high) & (age > drawn.entry[row] + 1e-9)
    years = drawn.end - drawn.entry
    diabetic = drawn.people.bag[:, world.label["type2-diabetes"]] > 0
    per_year = np.bincount(row[later], minlength=len(years)) / years
    assert per_year[diabetic].mean() > 2.5 * per_year[~diabetic].mean() > 0


def test_set_points_are_found_again_from_the_record() -> None:
    drawn, world = cohort("matched"), oracle("matched")
    rows = np.repeat(np.arange(len(drawn.entry)), 40)
    guessed = posterior_people(drawn, world, rows, np.random.default_rng(2)).set_points.reshape(-1, 40, 38)
    panel = World(world, np.random.default_rng(0)).panel
    mean, spread = panel.posterior(drawn.people.measured, drawn.people.residual)
    z = (drawn.people.set_points - mean) / spread
    assert z.std(axis=0) == pytest.approx(np.ones(38), abs=0.12) and np.abs(z.mean(axis=0)).max() < 0.2
    own = (guessed - mean[:, None]) / spread[:, None]
    assert own.std() == pytest.approx(1.0, abs=0.01) and own.mean() == pytest.approx(0.0, abs=0.01)
    assert np.corrcoef(mean[:, 0], drawn.people.set_points[:, 0])[0, 1] > 0.9
    assert own.std(axis=1).mean() == pytest.approx(1.0, abs=0.03), "all draws of a person are the same"


def test_hidden_classes_are_drawn_with_their_probabilities() -> None:
    drawn, world = cohort("frailty", 1500), oracle("frailty")
    rows = np.repeat(np.arange(300), 60)
    classes = posterior_people(drawn, world, rows, np.random.default_rng(4)).frailty.reshape(300, 60)
    for c in range(3):
        own = drawn.classes[:300, c]
        share = (classes == c).mean(axis=1)
        assert np.abs(share - own).max() < 5 * 0.5 / np.sqrt(60)
        assert (share - own).sum() == pytest.approx(0.0, abs=4 * np.sqrt((own * (1 - own) / 60).sum()))


def test_the_next_visit_is_drawn_within_what_the_record_leaves_open() -> None:
    drawn, world = cohort("matched"), oracle("matched")
    rows = np.repeat(np.flatnonzero(drawn.people.alive), 5)
    people = posterior_people(drawn, world, rows, np.random.default_rng(3))
    assert (people.next_visit >= people.age).all() and (people.next_visit <= people.visit_range[:, 1] + 1e-9).all()
    low = np.maximum(drawn.people.visit_range[:, 0], drawn.people.age)
    share = (drawn.people.next_visit - low)[drawn.people.alive] / (drawn.people.visit_range[:, 1] - low)[
        drawn.people.alive
    ]
    assert share.mean() == pytest.approx(0.5, abs=0.06) and share.std() == pytest.approx(np.sqrt(1 / 12), abs=0.03)


def test_the_second_site_loses_records_and_writes_other_codes_and_units() -> None:
    site = definition("second-site")
    whole = replace(site, recording=replace(site.recording, missing=0.0))
    kept, all_of_them = (
        simulate_cohort(Oracle(vocabulary_of("second-site"), world), 4, Plan(200)).log for world in (site, whole)
    )
    lost = 1 - len(kept[0]) / len(all_of_them[0])
    assert 0.145 < lost < 0.175
    scribe = Scribe(vocabulary_of("second-site"), site.recording)
    glucose = scribe.entries["glucose"]
    assert scribe.unit(glucose) == "mmol/L" and scribe.code(glucose)[1] == glucose.codes[-1][1] != glucose.codes[0][1]
    value = np.array([69.0, 70.0, 99.0, 100.0, 126.0, 200.0])
    back = scribe.values(glucose, value) * 18.0156
    edges = np.array(glucose.bins)
    assert back == pytest.approx(value, rel=1e-5)
    assert np.array_equal(np.searchsorted(edges, back, side="right"), np.searchsorted(edges, value, side="right"))
    drawn = simulate_cohort(oracle("second-site"), 4, Plan(30))
    table = meds_table(drawn, vocabulary_of("second-site"), site.recording).to_pydict()
    assert {"mmol/L", "umol/L", "[lb_av]"} <= set(table["unit"])
    stops: dict[tuple, bool] = {}
    for subject, code in zip(table["subject_id"], table["code"], strict=True):
        drug, _, verb = code.rpartition("//")
        if verb in ("START", "STOP"):
            assert verb == "START" or stops.get((subject, drug)), "a stop without a start"
            stops[subject, drug] = verb == "START"
