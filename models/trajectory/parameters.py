"""The weights of the model as plain numpy arrays: what training writes, and what the export reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trajectory.formula import FEATURES

EMBEDDING = 50
HIDDEN = 64
LAYERS = 2


@dataclass(frozen=True)
class Sizes:
    """V multi-hot indices, K events, H units per GRU layer, J horizons and O outcomes of a call."""

    vocab: int
    events: int
    hidden: int = HIDDEN
    horizons: int = 8
    outcomes: int = 16


def shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Name and shape of every weight. Gate order of the GRU is reset, update, new (as in PyTorch)."""
    v, k, h = sizes.vocab, sizes.events, sizes.hidden
    return {
        "embedding": (v, EMBEDDING),
        "x1": (EMBEDDING + FEATURES, 3 * h), "bx1": (3 * h,), "h1": (h, 3 * h), "bh1": (3 * h,),
        "x2": (h, 3 * h), "bx2": (3 * h,), "h2": (h, 3 * h), "bh2": (3 * h,),
        "norm_scale": (h,), "norm_bias": (h,),
        "level": (h, k), "slope": (h, k), "slope_bias": (k,),
        "alpha": (k,), "beta": (k,), "wide": (v, k),
    }  # fmt: skip


def random_weights(sizes: Sizes, seed: int) -> dict[str, np.ndarray]:
    """Seeded weights of an untrained model with plausible rates: about 0.02 events per year at 60, Gompertz 0.05."""
    generator = np.random.default_rng(seed)
    weights = {}
    for name, shape in shapes(sizes).items():
        scale = 1.0 / np.sqrt(shape[0]) if len(shape) == 2 else 0.05
        weights[name] = (generator.standard_normal(shape) * scale).astype(np.float32)
    weights["norm_scale"] = np.ones(sizes.hidden, np.float32)
    weights["alpha"] = (-4.0 + 0.7 * generator.standard_normal(sizes.events)).astype(np.float32)
    weights["beta"] = (0.05 + 0.02 * generator.standard_normal(sizes.events)).astype(np.float32)
    weights["wide"] *= 2.0
    return weights


def check_weights(weights: dict[str, np.ndarray], sizes: Sizes) -> None:
    """Raises ValueError when a weight is missing, has another shape or is not finite."""
    for name, shape in shapes(sizes).items():
        if name not in weights or weights[name].shape != shape:
            raise ValueError(f"weight {name}: expected shape {shape}; retrain with the present code table")
        if not np.isfinite(weights[name]).all():
            raise ValueError(f"weight {name} is not finite; lower the learning rate and retrain")


def save_weights(path: Path, weights: dict[str, np.ndarray]) -> None:
    """Writes the weights as one .npz file."""
    np.savez(path, **weights)


def load_weights(path: Path) -> dict[str, np.ndarray]:
    """Reads what `save_weights` wrote."""
    with np.load(path) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
