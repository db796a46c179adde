"""Trains the trajectory core from scratch: population -> MEDS -> sequences -> weights. One command, two cores:

    python -m trajectory.train

Then `python -m trajectory.evaluate` and `python -m trajectory.export --weights runs/trajectory/weights.npz`.
Everything is seeded; the files are written to `runs/trajectory/` (not committed).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from codetable.vocabulary import Vocabulary
from population.cohort import Plan, simulate_cohort
from population.meds import write_meds
from population.oracle import Oracle
from trajectory.batches import Packer
from trajectory.export import vocabulary_and_sizes
from trajectory.model import HazardModel
from trajectory.parameters import Sizes, save_weights
from trajectory.sequences import Sequences, build_sequences, read_meds

RUNS = Path(__file__).resolve().parent.parent / "runs" / "trajectory"
TRAIN_SEED, VALIDATION_SEED = 11, 12
WASHOUT_YEARS = 1.0
RARE_TOKEN = 25
"""A token lit less often in training gets no embedding: its noise would be passed on to every patient who has it."""


@dataclass(frozen=True)
class Recipe:
    """Persons, epochs, persons per batch, learning rates of the network and of the additive part, weight decay of the
    network, and the standard deviation of the normal prior of a log hazard ratio."""

    persons: int = 80_000
    validation: int = 8_000
    epochs: int = 3
    batch: int = 128
    network_rate: float = 3e-3
    additive_rate: float = 2e-2
    decay: float = 0.05
    prior_sd: float = 0.5
    seed: int = 1


def prepare(name: str, seed: int, count: int, oracle: Oracle, *, reuse: bool) -> tuple[Sequences, Path]:
    """Writes the MEDS file of a cohort and reads it back as sequences: training sees what the product exports."""
    path = RUNS / f"{name}.parquet"
    if not (reuse and path.exists()):
        write_meds(path, simulate_cohort(oracle, seed, Plan(count, washout=WASHOUT_YEARS)), oracle.vocabulary)
    records = read_meds(path, oracle.vocabulary)
    random = np.random.default_rng([seed, 5])
    return build_sequences(records, oracle.vocabulary, random, washout=WASHOUT_YEARS), path


def baseline_rates(sequences: Sequences, vocabulary: Vocabulary) -> np.ndarray:
    """log(events / person-years) of the loss windows: where training starts."""
    counted = sequences.loss_from < sequences.length - 1e-9
    years = (sequences.length - sequences.loss_from)[counted].sum()
    owner = np.repeat(np.arange(len(counted)), np.diff(sequences.event_starts))
    events = np.bincount(sequences.events[counted[owner]], minlength=len(vocabulary.events))
    return np.log((events + 0.5) / years)


def optimiser(model: HazardModel, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW; only the network is decayed, the additive part has its prior in the loss."""
    additive = [model.wide, model.alpha, model.beta]
    known = {id(parameter) for parameter in additive}
    network = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups = [
        {"params": additive, "lr": recipe.additive_rate, "weight_decay": 0.0},
        {"params": network, "lr": recipe.network_rate, "weight_decay": recipe.decay},
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.99))


def schedule(step: int, steps: int) -> float:
    """Warm-up of 60 steps, then cosine to 2 %."""
    if step < 60:
        return (step + 1) / 60
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - 60) / max(1, steps - 60)))


@torch.no_grad()
def validate(model: HazardModel, packer: Packer, persons: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Negative log-likelihood per person, expected and observed events [K]."""
    model.eval()
    nll, expected, observed = 0.0, 0.0, 0.0
    for batch in packer.epoch(256, None):
        spent, log_happened = model.terms(batch)
        nll += float(spent.sum() - log_happened.sum())
        expected = expected + spent.sum(0).numpy()
        observed = observed + (batch.hits * batch.risk).sum(0).numpy()
    model.train()
    return nll / persons, expected, observed


def fit(sequences: Sequences, check: Packer, vocabulary: Vocabulary, sizes: Sizes, recipe: Recipe) -> HazardModel:
    """Trains; prints a line of progress every 50 steps."""
    torch.manual_seed(recipe.seed)
    random = np.random.default_rng(recipe.seed)
    model, packer = HazardModel(sizes, baseline_rates(sequences, vocabulary)), Packer(sequences, vocabulary)
    optimizer = optimiser(model, recipe)
    steps = recipe.epochs * math.ceil(recipe.persons / recipe.batch)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: schedule(step, steps))
    begun, step = time.monotonic(), 0
    for epoch in range(recipe.epochs):
        for batch in packer.epoch(recipe.batch, random):
            spent, log_happened = model.terms(batch)
            prior = 0.5 * (model.wide**2).sum() / recipe.prior_sd**2 / recipe.persons
            loss = (spent.sum() - log_happened.sum()) / batch.persons + prior
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            scheduler.step()
            step += 1
            if step % 50 == 0:
                print(f"step {step}/{steps}  {time.monotonic() - begun:.0f} s  loss {loss.item():.3f}", flush=True)
        print(
            f"epoch {epoch + 1}: validation {validate(model, check, recipe.validation)[0]:.4f} per person", flush=True
        )
    return model


def silence_rare_tokens(weights: dict[str, np.ndarray], sequences: Sequences) -> int:
    """Zeroes what was hardly ever seen, so that an unknown token says nothing; returns how many."""
    lit = np.bincount(sequences.now, minlength=len(weights["embedding"]))
    held = sequences.bags.sum(axis=0, dtype=np.int64)
    weights["embedding"][lit < RARE_TOKEN] = 0.0
    weights["wide"][held < RARE_TOKEN] = 0.0
    return int((lit < RARE_TOKEN).sum())


def commit_of_tree() -> str:
    """Commit that the code came from, or unknown."""
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False, cwd=Path(__file__).parent
    )
    return found.stdout.strip() or "unknown"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--persons", type=int, default=Recipe.persons)
    parser.add_argument("--validation", type=int, default=Recipe.validation)
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--reuse", action="store_true", help="keep the MEDS files of an earlier run")
    arguments = parser.parse_args()
    recipe = Recipe(persons=arguments.persons, validation=arguments.validation, epochs=arguments.epochs)
    torch.set_num_threads(2)
    RUNS.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    vocabulary, sizes = vocabulary_and_sizes()
    oracle = Oracle(vocabulary)
    sequences, path = prepare("train", TRAIN_SEED, recipe.persons, oracle, reuse=arguments.reuse)
    check, _ = prepare("validation", VALIDATION_SEED, recipe.validation, oracle, reuse=arguments.reuse)
    print(f"data ready after {time.monotonic() - begun:.0f} s: {len(sequences.age)} points", flush=True)
    checker = Packer(check, vocabulary)
    model = fit(sequences, checker, vocabulary, sizes, recipe)
    weights = model.export_weights()
    silenced = silence_rare_tokens(weights, sequences)
    nll, expected, observed = validate(model, checker, recipe.validation)
    weights["calibration_alpha"] = np.log((observed + 20.0) / (expected + 20.0)).astype(np.float32)
    save_weights(RUNS / "weights.npz", weights)
    seconds = round(time.monotonic() - begun)
    training = {
        "generator": "population@0.1.0", "persons": recipe.persons, "epochs": recipe.epochs, "seconds": seconds,
        "validationNll": round(nll, 4), "silencedTokens": silenced, "commit": commit_of_tree(),
        "dataSha256": hashlib.sha256(path.read_bytes()).hexdigest(), "command": "python -m trajectory.train",
    }  # fmt: skip
    (RUNS / "training.json").write_text(json.dumps(training, indent=2) + "\n", encoding="utf-8")
    print(f"done after {seconds} s: {RUNS / 'weights.npz'}")


if __name__ == "__main__":
    main()
