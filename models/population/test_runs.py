"""Runs: they use the hazards of the oracle, count as they should, and are the same for any number of processes."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from population.cohort import Plan, simulate_block
from population.drawn import NEW, oracle
from population.oracle import Oracle, People
from population.shards import Order, write_meds_folder
from population.simulate import EventLog, Watch, World


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


def test_equal_seeds_give_equal_files_whatever_the_number_of_workers(tmp_path: Path) -> None:
    for workers in (1, 2):
        write_meds_folder(Order("frailty", 330, 9, block=120), tmp_path / str(workers), workers)
    one, two = (sorted((tmp_path / str(n)).rglob("*.parquet")) for n in (1, 2))
    assert [path.name for path in one] == [path.name for path in two] and len(one) == 5
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    gone, bytes_before = one[1], one[1].read_bytes()
    gone.unlink()
    kept = one[0].stat().st_mtime_ns
    write_meds_folder(Order("frailty", 330, 9, block=120), tmp_path / "1", 1)
    assert gone.read_bytes() == bytes_before and one[0].stat().st_mtime_ns == kept, "a stopped run does not go on"
    other = tmp_path / "other"
    write_meds_folder(Order("frailty", 330, 10, block=120), other, 1)
    assert (other / "data" / "00000.parquet").read_bytes() != one[0].read_bytes()
    with pytest.raises(ValueError, match="other arguments"):
        write_meds_folder(Order("frailty", 330, 9, block=120), other, 1)


def test_the_command_refuses_a_folder_of_other_persons_and_no_persons(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "population", "meds", "--out", str(tmp_path / "out"), "--workers", "1"]
        root = Path(__file__).resolve().parents[1]
        return subprocess.run([*command, *arguments], cwd=root, capture_output=True, text=True, check=False)

    done = run("--count", "20", "--seed", "1")
    assert done.returncode == 0 and "20/20 persons" in done.stdout
    other = run("--count", "20", "--seed", "2")
    assert other.returncode == 2 and "choose another --out" in other.stderr and "Traceback" not in other.stderr
    none = run("--count", "0")
    assert none.returncode == 2 and "--count" in none.stderr


def test_a_hundred_thousand_lives_take_less_than_ten_minutes_of_two_cores() -> None:
    begun = time.process_time()
    simulate_block(oracle("matched"), 3, Plan(2000), 0)
    assert (time.process_time() - begun) / 2000 * 100_000 < 2 * 600
