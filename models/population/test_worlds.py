"""The worlds: their figures have sources, and each differs from the matched one as it says and in nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from codetable.load import load_code_table
from population.definition import Definition
from population.drawn import cohort, oracle, person
from population.figures import read_figures
from population.oracle import Oracle
from population.simulate import World
from population.worlds import definition, vocabulary_of

EFFECTS = [
    (drug, event, effect)
    for drug, own in definition("matched").drug_effects.items()
    for event, effect in own.items()
]  # fmt: skip


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


def test_a_world_and_a_code_table_that_disagree_are_refused() -> None:
    world: Definition = definition("matched")
    hazards = {name: hazard for name, hazard in world.hazards.items() if name != "gout"}
    with pytest.raises(ValueError, match="gout"):
        Oracle(vocabulary_of("matched"), replace(world, hazards=hazards))
    with pytest.raises(ValueError, match="matched"):
        definition("nowhere")
