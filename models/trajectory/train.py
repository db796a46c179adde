"""Trains a bundle from a MEDS folder: sequences -> members -> calibration -> bundle. One command, any machine:

    python -m trajectory.train --run runs/core                       generates the records of the synthetic world first
    python -m trajectory.train --run runs/site --meds /data/export   refits on records of `twins export`

Run the same command again after a stop: what is finished is kept, and a member goes on after its last epoch.
Members are trained side by side, one process and one thread each. Then: `python -m trajectory.evaluate`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from codetable.load import load_code_table
from codetable.vocabulary import Vocabulary, build_vocabulary
from population.shards import DATASET, Order, write_meds_folder
from trajectory.meds import data_digest, read_folder, splits_of
from trajectory.recipe import RUNS, Recipe, claim_run, read_recipe
from trajectory.sequences import Sequences, build_sequences, joined, save_sequences
from trajectory.worlds import MATCHED

SPLIT_NUMBERS = {"train": 0, "tuning": 1}
TRAIN_SEED, PERSONS, YEARS = 11, 100_000, (4.0, 16.0)
PRIOR_EVENTS = 20.0
"""Calibration of an event is shrunk as if this many more had been expected and seen."""


def is_generated(folder: Path) -> bool:
    """Whether the records are those of our own world, so that there is a truth to compare with."""
    path = folder / "metadata" / "dataset.json"
    return path.exists() and json.loads(path.read_text("utf-8")).get("dataset_name") == DATASET


def prepare(run: Path, meds: Path, recipe: Recipe, vocabulary: Vocabulary) -> None:
    """Records to sequences, shard by shard, kept as mapped arrays."""
    if all((run / "tensors" / split / "done").exists() for split in SPLIT_NUMBERS):
        return
    parts: dict[str, list[Sequences]] = {split: [] for split in SPLIT_NUMBERS}
    for number, records in enumerate(read_folder(meds, vocabulary)):
        random = np.random.default_rng([recipe.seed, number, 5])
        sequences = build_sequences(records, vocabulary, random, washout=recipe.washout)
        chosen = splits_of(meds, records.subject)
        for split, wanted in SPLIT_NUMBERS.items():
            persons = np.flatnonzero((chosen == wanted) & (np.diff(sequences.starts) > 0))
            if len(persons):
                parts[split].append(sequences if len(persons) == sequences.persons else sequences.take(persons))
    for split, found in parts.items():
        if not found:
            raise ValueError(f"{meds}: nobody in the split {split}; write metadata/subject_splits.parquet")
        whole = joined(found)
        save_sequences(run / "tensors" / split, whole)
        (run / "tensors" / split / "done").touch()
        print(f"{split}: {whole.persons} persons, {len(whole.age)} points", flush=True)


def train_members(run: Path, names: tuple[str, ...], jobs: int) -> None:
    """Runs one process per member, `jobs` at a time. Raises RuntimeError when one fails."""
    waiting = [name for name in names if not (run / "members" / name / "weights.npz").exists()]
    total, begun = len(waiting), time.monotonic()
    running: dict[str, subprocess.Popen] = {}
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                name = waiting.pop(0)
                command = [sys.executable, "-m", "trajectory.member", "--run", str(run), "--member", name]
                running[name] = subprocess.Popen(command, env=environment, cwd=Path(__file__).parent.parent)
            done = [name for name, process in running.items() if process.poll() is not None]
            for name in done:
                if running.pop(name).returncode != 0:
                    raise RuntimeError(f"{name} failed: see its message above, then run the same command again")
                finished = total - len(waiting) - len(running)
                left = (time.monotonic() - begun) / finished * (total - finished) / 60
                print(f"{finished} of {total} members done, about {left:.0f} min left", flush=True)
            time.sleep(0.5)
    finally:
        for process in running.values():
            process.terminate()


def calibration_alpha(run: Path, recipe: Recipe) -> np.ndarray:
    """log(observed / expected) of each event over the tuning split, shrunk; the members' mean is what is served."""
    bodies = [json.loads((run / "members" / name / "member.json").read_text("utf-8"))
              for name in recipe.names()[: recipe.members]]  # fmt: skip
    expected = np.mean([body["expected"] for body in bodies], axis=0)
    observed = np.mean([body["observed"] for body in bodies], axis=0)
    return np.log((observed + PRIOR_EVENTS) / (expected + PRIOR_EVENTS))


def commit_of_tree() -> str:
    """Commit that the code came from, or unknown."""
    command = ["git", "rev-parse", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return found.stdout.strip() or "unknown"


def training_facts(run: Path, meds: Path, recipe: Recipe, digest: str) -> dict:
    """What manifest.json says about the training."""
    bodies = [json.loads((run / "members" / name / "member.json").read_text("utf-8")) for name in recipe.names()]
    return {
        "generator": "population" if is_generated(meds) else "MEDS folder", "members": recipe.members,
        "persons": bodies[0]["persons"], "epochs": recipe.epochs, "seconds": [body["seconds"] for body in bodies],
        "tuningNll": {body["name"]: body["tuningNll"] for body in bodies}, "commit": commit_of_tree(),
        "dataSha256": digest, "command": "python -m trajectory.train",
    }  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, default=RUNS / "core")
    parser.add_argument("--meds", type=Path, help="MEDS folder; without it records are generated")
    parser.add_argument("--members", type=int, default=Recipe.members)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--batch", type=int, default=Recipe.batch)
    parser.add_argument("--persons", type=int, default=PERSONS, help="generated persons; a tenth is for calibration")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="members trained at a time")
    parser.add_argument("--development", type=int, default=4_000, help="persons of each world that kappa is fitted on")
    arguments = parser.parse_args()
    run = arguments.run.resolve()
    recipe = Recipe(members=arguments.members, epochs=arguments.epochs, batch=arguments.batch)
    begun, vocabulary = time.monotonic(), build_vocabulary(load_code_table())
    meds = arguments.meds or run / "meds"
    if arguments.meds is None:
        order = Order(MATCHED, arguments.persons, TRAIN_SEED, years=YEARS)
        write_meds_folder(order, meds, arguments.jobs)
    digest = data_digest(meds)
    claim_run(run, recipe, vocabulary, digest)
    prepare(run, meds, recipe, vocabulary)
    print(f"sequences are ready after {time.monotonic() - begun:.0f} s", flush=True)
    train_members(run, recipe.names(), arguments.jobs)
    from trajectory.finish import finish

    facts = training_facts(run, meds, read_recipe(run), digest)
    alpha = calibration_alpha(run, recipe)
    bundle = finish(run, recipe, alpha, facts, arguments.development if is_generated(meds) else 0)
    print(f"done after {time.monotonic() - begun:.0f} s: bundle {bundle} in {run / 'bundle'}")


if __name__ == "__main__":
    main()
