"""Trains one member of a run: a fit to persons drawn with replacement. Resumes after the last finished epoch.

    python -m trajectory.member --run runs/core --member member-0

Whatever is random in an epoch follows from (seed, member, epoch), so a fit that was killed and started again takes
the same steps as one that was not, and on one machine ends with the same weights, bit for bit.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from codetable.load import load_code_table
from codetable.vocabulary import Vocabulary, build_vocabulary
from trajectory.batches import Packer
from trajectory.model import HazardModel
from trajectory.parameters import Sizes, save_weights
from trajectory.recipe import ADDITIVE, NETWORK, Recipe, read_recipe
from trajectory.sequences import Sequences, load_sequences

WARM_UP_STEPS = 60
RARE_TOKEN = 25
"""A token lit less often in training gets no embedding: its noise would be passed on to every patient who has it."""
SECONDS_BETWEEN_LINES = 15.0


def baseline_rates(sequences: Sequences, events: int) -> np.ndarray:
    """log(events / person-years) of the loss windows: where training starts."""
    counted = sequences.loss_from < sequences.length - 1e-9
    years = (sequences.length - sequences.loss_from)[counted].sum()
    owner = np.repeat(np.arange(len(counted)), np.diff(sequences.event_starts))
    happened = np.bincount(sequences.events[counted[owner]], minlength=events)
    return np.log((happened + 0.5) / years)


def optimiser(model: HazardModel, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW; only the network is decayed, the additive part has its prior in the loss."""
    additive = [model.wide, model.alpha, model.beta]
    known = {id(parameter) for parameter in additive}
    network = [parameter for parameter in model.parameters() if id(parameter) not in known]
    groups = [
        {"params": additive, "lr": recipe.additive_rate, "peak": recipe.additive_rate, "weight_decay": 0.0},
        {"params": network, "lr": recipe.network_rate, "peak": recipe.network_rate, "weight_decay": recipe.decay},
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.99), fused=True)


def schedule(step: int, steps: int) -> float:
    """Warm-up, then cosine to 2 %."""
    if step < WARM_UP_STEPS:
        return (step + 1) / WARM_UP_STEPS
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP_STEPS) / max(1, steps - WARM_UP_STEPS)))


def number_of(name: str) -> int:
    """Number that seeds a member; the rivals come after any number of members."""
    return {ADDITIVE: 1_000, NETWORK: 1_001}.get(name) or int(name.removeprefix("member-"))


def drawn_persons(recipe: Recipe, name: str, persons: int) -> np.ndarray:
    """Bootstrap of a member. The rivals see everybody once."""
    if name in (ADDITIVE, NETWORK):
        return np.arange(persons)
    return np.sort(np.random.default_rng([recipe.seed, number_of(name), 7]).integers(0, persons, persons))


def save_atomically(path: Path, state: dict) -> None:
    """Writes a checkpoint so that a kill leaves the old one or the new one."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


class Progress:
    """A line every now and then: epoch, step, seconds left."""

    def __init__(self, name: str, total: int, done: int) -> None:
        self._name, self._total, self._first = name, total, done
        self._begun = self._last = time.monotonic()

    def step(self, step: int, epoch: int, epochs: int, loss: float) -> None:
        """Notes that `step` of all steps is done."""
        now = time.monotonic()
        if now - self._last < SECONDS_BETWEEN_LINES:
            return
        self._last = now
        left = (now - self._begun) / (step - self._first) * (self._total - step)
        print(f"{self._name}: epoch {epoch + 1}/{epochs} step {step}/{self._total} loss {loss:.3f}, {left:.0f} s left",
              flush=True)  # fmt: skip


@torch.no_grad()
def validate(model: HazardModel, batches: Iterator) -> tuple[float, np.ndarray, np.ndarray]:
    """Negative log-likelihood per person, expected and observed events [K]."""
    nll, persons = 0.0, 0
    expected, observed = np.zeros(model.sizes.events), np.zeros(model.sizes.events)
    for batch in batches:
        spent, earned = model.sums(batch)
        nll += float(spent.sum() - earned.sum())
        persons += batch.persons
        expected += spent.numpy()
        counted = batch.risk[batch.happened_row, batch.happened].numpy()
        observed += np.bincount(batch.happened.numpy(), counted, minlength=len(observed))
    return nll / persons, expected, observed


def fit(folder: Path, name: str, recipe: Recipe, data: Sequences, check: Packer, vocabulary: Vocabulary) -> HazardModel:
    """Trains a member from its checkpoint, if there is one, to the end of the recipe."""
    sizes = Sizes(vocabulary.size, len(vocabulary.events))
    torch.manual_seed(recipe.seed * 10_007 + number_of(name))
    model = HazardModel(sizes, baseline_rates(data, sizes.events), residual=name != ADDITIVE)
    optimizer, packer = optimiser(model, recipe), Packer(data, vocabulary)
    persons = drawn_persons(recipe, name, data.persons)
    checkpoint = folder / "checkpoint.pt"
    first = 0
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        first = state["epochs"]
        print(f"{name}: goes on after epoch {first}/{recipe.epochs}", flush=True)
    per_epoch = math.ceil(len(persons) / recipe.batch)
    progress = Progress(name, recipe.epochs * per_epoch, first * per_epoch)
    for epoch in range(first, recipe.epochs):
        random = np.random.default_rng([recipe.seed, number_of(name), epoch])
        for step, batch in enumerate(packer.epoch(recipe.batch, random, persons), start=epoch * per_epoch):
            loss = take_step(model, optimizer, batch, recipe, step, recipe.epochs * per_epoch, len(persons))
            progress.step(step + 1, epoch, recipe.epochs, loss)
        save_atomically(
            checkpoint, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epochs": epoch + 1}
        )
        nll, _, _ = validate(model, check.epoch(256, None))
        print(f"{name}: epoch {epoch + 1}/{recipe.epochs} done, tuning split {nll:.4f} per person", flush=True)
    return model


def take_step(model, optimizer, batch, recipe: Recipe, step: int, steps: int, persons: int) -> float:
    """One step of AdamW; returns the loss per person."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * schedule(step, steps)
    prior = 0.5 * (model.wide**2).sum() / recipe.prior_sd**2 / persons
    loss = model.loss(batch) / batch.persons + prior
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
    return loss.item()


def silence_rare_tokens(weights: dict[str, np.ndarray], sequences: Sequences) -> int:
    """Zeroes what was hardly ever seen, so that an unknown token says nothing; returns how many."""
    size = len(weights["embedding"])
    lit = np.bincount(sequences.now, minlength=size)
    held = np.bincount(sequences.delta[sequences.sign > 0], minlength=size)
    weights["embedding"][lit < RARE_TOKEN] = 0.0
    weights["wide"][held < RARE_TOKEN] = 0.0
    return int((lit < RARE_TOKEN).sum())


def train_member(run: Path, name: str) -> None:
    """Trains and writes weights.npz and member.json; does nothing when they are there."""
    folder = run / "members" / name
    if (folder / "weights.npz").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    begun = time.monotonic()
    recipe, vocabulary = read_recipe(run), build_vocabulary(load_code_table())
    data, tuning = load_sequences(run / "tensors" / "train"), load_sequences(run / "tensors" / "tuning")
    check = Packer(tuning, vocabulary)
    model = fit(folder, name, recipe, data, check, vocabulary)
    nll, expected, observed = validate(model, check.epoch(256, None))
    weights = model.export_weights()
    silenced = silence_rare_tokens(weights, data)
    body = {
        "name": name, "tuningNll": round(nll, 5), "silencedTokens": silenced, "persons": data.persons,
        "seconds": round(time.monotonic() - begun), "expected": expected.tolist(), "observed": observed.tolist(),
    }  # fmt: skip
    (folder / "member.json").write_text(json.dumps(body) + "\n", encoding="utf-8")
    save_weights(folder / "partial.npz", weights)
    os.replace(folder / "partial.npz", folder / "weights.npz")
    print(f"{name}: done after {body['seconds']} s", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--member", required=True)
    arguments = parser.parse_args()
    train_member(arguments.run, arguments.member)


if __name__ == "__main__":
    main()
