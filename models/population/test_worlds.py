"""The worlds: their figures have sources, their runs obey their hazards, and each differs as it says."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from codetable.load import load_code_table
from population.cohort import Cohort, Plan, simulate_block, simulate_cohort
from population.definition import Definition
from population.describe import describe, table
from population.figures import read_figures
from population.hidden import posterior_people
from population.meds import meds_table
from population.oracle import Oracle, People
from population.recording import Scribe
from population.shards import Order, write_meds_folder
from population.simulate import EventLog, Watch, World
from population.worlds import WORLDS, definition, vocabulary_of

NEW = [name for name in WORLDS if name != "first"]
EFFECTS = [
    (drug, event, effect)
    for drug, own in definition("matched").drug_effects.items()
    for event, effect in own.items()
]  # fmt: skip


@cache
def oracle(name: str) -> Oracle:
    return Oracle.of(name)


@cache
def cohort(name: str, persons: int = 600) -> Cohort:
    return simulate_cohort(oracle(name), 5, Plan(persons))


def figures_without_source(node: object, path: str = "", sourced: bool = False) -> list[str]:
    """Paths of the numbers that no block around them gives a source for."""
    if isinstance(node, dict):
        own = sourced or bool(str(node.get("source", "")).strip())
        return [found for key, part in node.items() for found in figures_without_source(part, f"{path}/{key}", own)]
    if isinstance(node, list):
        return [found for part in node for found in figures_without_source(part, path, sourced)]
    return [path] if isinstance(node, int | float) and not sourced else []


def test_every_figure_of_the_world_has_a_source() -> None:
    assert figures_without_source(read_figures()) == []
    assert figures_without_source({"a": {"rate": 1, "effects": {"b": [2]}}, "c": {"x": 1, "source": "s"}}) == [
        "/a/rate",
        "/a/effects/b",
    ]
    assert all(entry.source.strip() for entry in load_code_table().entries)


def test_the_world_is_as_wide_as_it_must_be() -> None:
    vocabulary = vocabulary_of("matched")
    world = definition("matched")
    table = vocabulary.table.entries
    assert 85 <= sum(event.action in ("OCCUR", "DEATH") for event in vocabulary.events) <= 100
    assert sum(event.terminal for event in vocabulary.events) >= 5
    assert sum(event.action == "START" for event in vocabulary.events) >= 40
    assert len({p.name for p in world.procedures} | {f.procedure for f in world.follow_ups}) >= 30
    kinds = {entry.name: entry.kind for entry in table}
    assert sum(kinds[m.name] == "measurement" for m in world.measurements) >= 36
    assert {"smoking", "alcohol-score", "physical-activity"} <= {e.name for e in table if e.kind == "lifestyle"}


@pytest.mark.parametrize(("drug", "event", "effect"), EFFECTS)
def test_a_drug_changes_each_hazard_by_its_stated_effect_and_no_other(drug: str, event: str, effect: float) -> None:
    people = World(oracle("matched"), np.random.default_rng(0)).newborns(2, 60.0)
    before = oracle("matched").log_hazards(people)
    people.bag[:, oracle("matched").label[drug]] = 1
    change = oracle("matched").log_hazards(people) - before
    index = oracle("matched").vocabulary.event_index
    assert change[:, index[event]] == pytest.approx(effect, abs=1e-12)
    stated = {index[name] for name in definition("matched").drug_effects[drug]}
    others = [k for e in oracle("matched").vocabulary.events
              if (k := e.index) not in stated and e.action in ("OCCUR", "DEATH")]  # fmt: skip
    assert np.abs(change[:, others]).max() == 0.0


def test_every_drug_has_effects_nulls_confounders_and_indications() -> None:
    world = definition("matched")
    drugs = {event.entry for event in vocabulary_of("matched").events if event.action == "START"}
    assert set(world.drug_effects) == drugs == {name.removeprefix("start-") for name in world.confounders}
    sizes = [effect for own in world.drug_effects.values() for effect in own.values()]
    assert (
        sizes.count(0.0) >= 40 and sum(size < -0.2 for size in sizes) >= 30 and sum(size > 0.2 for size in sizes) >= 20
    )
    assert all(0.0 in own.values() for own in world.drug_effects.values())
    entries = vocabulary_of("matched").table.by_name()
    for drug in drugs:
        effects = world.hazards[f"start-{drug}"].effects
        assert set(entries[drug].indications) == set(effects), drug
        assert all(effect > 0 for effect in effects.values())


class FromScratch:
    """Compares the hazards of a run, which adds up changes, with those of the oracle for the same persons."""

    def __init__(self, oracle: Oracle, people: People) -> None:
        self.oracle, self.people, self.worst, self.steps = oracle, people, 0.0, 0

    def observe(self, rows, age, dt, rate, slope, event) -> None:
        now = self.people.take(rows)
        wanted = np.exp(self.oracle.log_hazards(now)) * self.oracle.at_risk(now.bag)
        assert np.array_equal(wanted > 0, rate > 0)
        self.worst = max(self.worst, float(np.abs(rate - wanted).max() / wanted.max()))
        assert np.array_equal(np.broadcast_to(slope, rate.shape), self.oracle.slopes(now))
        # nothing that bends a hazard lies inside a step
        assert np.array_equal(self.oracle.interval(age + dt - 1e-6), self.oracle.interval(age))
        assert not ((now.recent_until > age[:, None] + 1e-6) & (now.recent_until < (age + dt)[:, None] - 1e-6)).any()
        self.steps += 1


@pytest.mark.parametrize("name", [*NEW, "first"])
def test_a_run_uses_the_hazards_of_the_oracle(name: str) -> None:
    simulation = World(oracle(name), np.random.default_rng(3))
    people = simulation.newborns(60)
    people.age = np.linspace(25.0, 98.0, 60)
    people.next_visit = people.age + 0.5
    observer = FromScratch(oracle(name), people)
    simulation.run(people, people.age + 12.0, observers=(observer,))
    assert observer.steps > 40 and observer.worst < 1e-12


@pytest.mark.parametrize("name", NEW)
def test_counts_agree_with_integrated_hazards(name: str) -> None:
    """N - A is a martingale: for every event the difference has mean zero and variance E[A]."""
    simulation = World(oracle(name), np.random.default_rng(11))
    people = simulation.newborns(1500, 62.0)
    many = len(oracle(name).vocabulary.events)
    watch = Watch(np.array([2.0, 6.0]), np.eye(many), np.ones(many, bool), people.age.copy())
    simulation.run(people, people.age + 6.0, observers=(watch,))
    count, expected = watch.count.sum(axis=0), watch.compensator.sum(axis=0)
    enough = expected >= 12
    z = ((count - expected) / np.sqrt(np.where(enough, expected, 1.0)))[enough]
    assert enough[1].sum() >= 90
    assert np.abs(z).max() < 4.5
    assert 0.6 < (z**2).mean() < 1.5


@pytest.mark.parametrize(
    ("drug", "needs", "event"),
    [
        ("inhaled-corticosteroid", "copd", "copd-exacerbation"),
        ("beta-blocker", "heart-failure", "heart-failure-exacerbation"),
        ("insulin", "type2-diabetes", "hypoglycemia"),
        ("benzodiazepine", "anxiety", "fall"),
        ("ppi", "reflux-disease", "gi-bleed"),
        ("iron", "anemia", "hospital-admission"),
        ("antihistamine", "asthma", "asthma-exacerbation"),
        ("bronchodilator", "copd", "mi"),
    ],
)
def test_effects_and_nulls_are_found_again_in_two_arms(drug: str, needs: str, event: str) -> None:
    """Rates of a year in two arms whose treatment is held: their ratio is the stated effect."""
    world = oracle("matched")
    counts, years = [], []
    for taken in (0, 1):
        simulation = World(world, np.random.default_rng(20 + taken))
        people = simulation.newborns(2500, 70.0)
        people.bag[:, world.label[needs]], people.bag[:, world.label[drug]] = 1, taken
        off = np.zeros(len(world.vocabulary.events), bool)
        off[[world.vocabulary.event_index[f"{verb}-{drug}"] for verb in ("start", "stop")]] = True
        out_map = np.zeros((len(off), 1))
        out_map[world.vocabulary.event_index[event]] = 1
        watch = Watch(np.array([1.0]), out_map, np.array([True]), people.age.copy())
        simulation.run(people, people.age + 1.0, off=off, observers=(watch,))
        counts.append(watch.count.sum())
        years.append((people.age - 70.0).sum())
    found = np.log(counts[1] / years[1]) - np.log(counts[0] / years[0])
    error = np.sqrt(sum(1.0 / count for count in counts))
    # recent and earlier events of the same kind raise the later ones, so a true effect is amplified a little
    assert found == pytest.approx(world.world.drug_effects[drug][event], abs=4 * error + 0.03)


def differing(name: str) -> set[str]:
    """Events whose hazards, as figures, are other than in the matched world."""
    a, b = oracle("matched"), oracle(name)
    same = (a.wide == b.wide).all(axis=(0, 1)) & (a.alpha[0] == b.alpha[0]) & (a.beta[0] == b.beta[0])
    return {event.name for event in a.vocabulary.events if not same[event.index]}


def test_only_what_a_world_says_is_other_than_in_the_matched_one() -> None:
    raw = read_figures()["worlds"]
    thresholds, feedback = raw["thresholds"], raw["feedback"]
    assert differing("thresholds") == set(thresholds["shapes"])
    assert {bend.event for bend in definition("thresholds").bends} == set(thresholds["bends"])
    assert differing("frailty") == set()
    changed = {f"start-{n}" for n in feedback["starts"]} | {f"stop-{n}" for n in feedback["stops"]}
    assert differing("feedback") == changed | set(feedback["outcomes"])
    assert differing("second-site") == set(read_figures()["second_site"]["baselines"]) - {"source"}


def person(world: Oracle, age: float, *labels: str) -> People:
    people = World(world, np.random.default_rng(0)).newborns(1, age)
    people.bag[:] = 0
    people.bag[0, [world.label[label] for label in labels]] = 1
    return people


def log_hazard(world: Oracle, event: str, age: float, *labels: str) -> float:
    return float(world.log_hazards(person(world, age, *labels))[0, world.vocabulary.event_index[event]])


@pytest.mark.parametrize(("name", "wanted"), [("thresholds", 0.9), ("matched", 0.0)])
def test_three_causes_together_are_more_than_their_sum_only_with_thresholds(name: str, wanted: float) -> None:
    causes = ("type2-diabetes", "hypertension", "smoking:current")
    none = log_hazard(oracle(name), "mi", 60.0)
    single = sum(log_hazard(oracle(name), "mi", 60.0, cause) - none for cause in causes)
    assert log_hazard(oracle(name), "mi", 60.0, *causes) - none - single == pytest.approx(wanted)


def test_the_fourth_disease_crosses_a_threshold() -> None:
    diseases = ("hypertension", "ckd", "copd", "stroke", "osteoarthritis")
    steps = [log_hazard(oracle("thresholds"), "death-other", 70.0, *diseases[:n]) for n in range(6)]
    plain = [log_hazard(oracle("matched"), "death-other", 70.0, *diseases[:n]) for n in range(6)]
    assert np.array(steps) - np.array(plain) == pytest.approx([0, 0, 0, 0, 1.0, 1.0])


def test_risk_is_u_shaped_in_age_and_value_only_with_thresholds() -> None:
    ages = [30.0, 50.0, 85.0]
    bent, plain = ([log_hazard(oracle(n), "urinary-infection", a) for a in ages] for n in ("thresholds", "matched"))
    assert bent[0] > bent[1] < bent[2] and plain[0] < plain[1] < plain[2]
    values = [f"systolic-pressure:{n}" for n in (0, 2, 5)]
    bins, flat = ([log_hazard(oracle(n), "death-cardiovascular", 60.0, v) for v in values]
                  for n in ("thresholds", "matched"))  # fmt: skip
    assert bins[0] > bins[1] < bins[2] and flat[0] == flat[1] == flat[2]


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


def test_treatment_and_confounder_act_on_each_other_only_with_feedback() -> None:
    for name, wanted in (("feedback", -42.0), ("matched", 0.0)):
        world = oracle(name)
        panel = World(world, np.random.default_rng(0)).panel
        column = next(n for n, m in enumerate(world.world.measurements) if m.name == "ldl-cholesterol")
        zero = np.zeros((1, len(world.world.measurements)))
        off, on = (
            panel.values(person(world, 60.0, *own).bag, np.array([60.0]), zero, zero) for own in ((), ("statin",))
        )
        assert on[0, column] - off[0, column] == wanted
        high, low = (log_hazard(world, "start-statin", 60.0, f"ldl-cholesterol:{n}") for n in (5, 0))
        assert high - low == pytest.approx(4.8 if name == "feedback" else 1.0)
        high, low = (log_hazard(world, "stop-statin", 60.0, f"ldl-cholesterol:{n}") for n in (5, 0))
        assert high - low == pytest.approx(-1.8 if name == "feedback" else 0.0)


def test_treatment_of_trial_participants_depends_on_the_indication_alone() -> None:
    world = oracle("matched")
    for drug, own in world.world.confounders.items():
        start, label = drug, next(iter(own))
        outside = log_hazard(world, start, 60.0, label) - log_hazard(world, start, 60.0)
        inside = log_hazard(world, start, 60.0, label, "trial-participant") - log_hazard(
            world, start, 60.0, "trial-participant"
        )
        assert outside == pytest.approx(own[label]) and inside == pytest.approx(0.0, abs=1e-12), drug
    assert 0.07 < (cohort("matched").people.bag[:, world.label["trial-participant"]] > 0).mean() < 0.13


@pytest.mark.parametrize(("trial", "chosen"), [(0.0, True), (1.0, False)])
def test_who_starts_a_drug_is_chosen_by_its_confounder_except_in_a_trial(trial: float, chosen: bool) -> None:
    world = oracle("feedback")
    simulation = World(world, np.random.default_rng(6))
    people = simulation.newborns(3000, 55.0)
    people.bag[:, world.label["trial-participant"]] = trial
    people.bag[:, world.label["hyperlipidemia"]] = 1
    column = next(n for n, m in enumerate(world.world.measurements) if m.name == "ldl-cholesterol")
    before = people.set_points[:, column].copy()
    simulation.intake(people, EventLog())
    simulation.run(people, people.age + 1.0)
    starts = people.bag[:, world.label["statin"]] > 0
    error = np.sqrt(1 / starts.sum() + 1 / (~starts).sum())
    difference = before[starts].mean() - before[~starts].mean()
    assert 300 < starts.sum() < 2700
    assert difference > 8 * error if chosen else abs(difference) < 4 * error


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


def test_equal_seeds_give_equal_files_whatever_the_number_of_workers(tmp_path: Path) -> None:
    for workers in (1, 2):
        write_meds_folder(Order("frailty", 330, 9, block=120), tmp_path / str(workers), workers)
    one, two = (sorted((tmp_path / str(n)).rglob("*.parquet")) for n in (1, 2))
    assert [path.name for path in one] == [path.name for path in two] and len(one) == 5
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    other = tmp_path / "other"
    write_meds_folder(Order("frailty", 330, 10, block=120), other, 1)
    assert (other / "data" / "00000.parquet").read_bytes() != one[0].read_bytes()
    with pytest.raises(ValueError, match="other arguments"):
        write_meds_folder(Order("frailty", 330, 9, block=120), other, 1)


def test_a_hundred_thousand_lives_take_less_than_ten_minutes_of_two_cores() -> None:
    begun = time.process_time()
    simulate_block(oracle("matched"), 3, Plan(2000), 0)
    assert (time.process_time() - begun) / 2000 * 100_000 < 2 * 600


def test_a_world_and_a_code_table_that_disagree_are_refused() -> None:
    world: Definition = definition("matched")
    hazards = {name: hazard for name, hazard in world.hazards.items() if name != "gout"}
    with pytest.raises(ValueError, match="gout"):
        Oracle(vocabulary_of("matched"), replace(world, hazards=hazards))
    with pytest.raises(ValueError, match="matched"):
        definition("nowhere")
