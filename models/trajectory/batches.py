"""Packs sequences into batches of persons of like length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from codetable.vocabulary import Vocabulary
from trajectory.formula import features
from trajectory.model import Batch
from trajectory.rollout import event_tables, risk_mask
from trajectory.sequences import Sequences


def _csr_rows(starts: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions in the value array of CSR rows, one after another, and the row (0..) that each belongs to."""
    counts = starts[rows + 1] - starts[rows]
    owner = np.repeat(np.arange(len(rows)), counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return starts[rows][owner] + offsets, owner


class Packer:
    """Makes batches of a set of sequences."""

    def __init__(self, sequences: Sequences, vocabulary: Vocabulary) -> None:
        self._s, self._tables = sequences, event_tables(vocabulary)
        self._events = len(vocabulary.events)
        self._points = np.diff(sequences.starts)

    def pack(self, persons: np.ndarray) -> Batch:
        """One batch of the given persons."""
        s = self._s
        points, person = _csr_rows(s.starts, persons)
        position = points - s.starts[persons][person]
        width = int(self._points[persons].max())
        values, owner = _csr_rows(s.now_starts, points)
        lit_starts = np.searchsorted(owner, np.arange(len(points) + 1))
        counted = np.flatnonzero(s.loss_from[points] < s.length[points] - 1e-9)
        chosen = points[counted]
        bags = s.bags[s.bag_row[chosen]].astype(np.float32)
        happened, where = _csr_rows(s.event_starts, chosen)
        hits = np.zeros((len(chosen), self._events), np.float32)
        np.add.at(hits, (where, s.events[happened]), 1.0)
        column = {n: torch.from_numpy(a[chosen].astype(np.float32)[:, None]) for n, a in
                  (("age", s.age), ("start", s.loss_from), ("end", s.length))}  # fmt: skip
        inputs = features(s.age[points][:, None], s.dt[points][:, None])
        return Batch(
            persons=len(persons), width=width, lit=torch.from_numpy(s.now[values]),
            lit_starts=torch.from_numpy(lit_starts), place=torch.from_numpy(person * width + position),
            features=torch.from_numpy(inputs.astype(np.float32)), loss_rows=torch.from_numpy(counted),
            bags=torch.from_numpy(bags), risk=torch.from_numpy(risk_mask(self._tables, bags)),
            hits=torch.from_numpy(hits), **column,
        )  # fmt: skip

    def epoch(self, size: int, random: np.random.Generator | None) -> Iterator[Batch]:
        """Batches of `size` persons, bucketed by length; shuffled when `random` is given."""
        order = np.arange(len(self._points))
        if random is not None:
            order = order[np.argsort(self._points + random.uniform(0, 8, len(order)), kind="stable")]
        else:
            order = order[np.argsort(self._points, kind="stable")]
        groups = [order[i : i + size] for i in range(0, len(order), size)]
        picked = random.permutation(len(groups)) if random is not None else range(len(groups))
        for number in picked:
            yield self.pack(np.sort(groups[number]))
