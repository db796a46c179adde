"""Packs sequences into batches of persons of like length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from codetable.vocabulary import Vocabulary
from trajectory.formula import features
from trajectory.model import Batch
from trajectory.rollout import event_tables
from trajectory.sequences import Sequences, csr_rows


class Packer:
    """Makes batches of a set of sequences."""

    def __init__(self, sequences: Sequences, vocabulary: Vocabulary) -> None:
        self._s = sequences
        self._points = np.diff(sequences.starts)
        tables = event_tables(vocabulary)
        # an event is at risk while all that it requires holds and nothing that excludes it does: a count that is zero
        self._block = torch.from_numpy(tables.excludes - tables.requires).t().contiguous()
        self._blocked_at_start = torch.from_numpy(tables.requires.sum(axis=1))

    def pack(self, persons: np.ndarray) -> Batch:
        """One batch of the given persons; a person may be in it more than once."""
        s, rows = self._s, len(persons)
        points, person = csr_rows(s.starts, persons)
        position = points - s.starts[persons][person]
        width = int(self._points[persons].max())
        slot = position * rows + person
        lit, lit_starts = self._bags(s.now_starts, points, slot, width * rows, s.now)
        change, change_starts, sign = self._bags(s.delta_starts, points, slot, width * rows, s.delta, s.sign)
        inputs = np.zeros((width * rows, features(np.zeros((1, 1)), np.zeros((1, 1))).shape[1]), np.float32)
        inputs[slot] = features(s.age[points][:, None], s.dt[points][:, None])
        counted = np.flatnonzero(s.loss_from[points] < s.length[points] - 1e-9)
        chosen = points[counted]
        happened, where = csr_rows(s.event_starts, chosen)
        column = {n: torch.from_numpy(a[chosen].astype(np.float32)[:, None]) for n, a in
                  (("age", s.age), ("start", s.loss_from), ("end", s.length))}  # fmt: skip
        loss_slots = torch.from_numpy(slot[counted])
        signs = torch.from_numpy(sign.astype(np.float32))
        blocked = torch.nn.functional.embedding_bag(
            change, self._block, change_starts, mode="sum", per_sample_weights=signs, include_last_offset=True
        )
        blocked = blocked.view(width, rows, -1).cumsum(0).view(width * rows, -1)[loss_slots] + self._blocked_at_start
        return Batch(
            persons=rows, width=width, lit=lit, lit_starts=lit_starts, change=change, change_starts=change_starts,
            sign=signs, features=torch.from_numpy(inputs), loss_slots=loss_slots, risk=(blocked < 0.5).float(),
            happened_row=torch.from_numpy(where), happened=torch.from_numpy(s.events[happened].astype(np.int64)),
            **column,
        )  # fmt: skip

    @staticmethod
    def _bags(starts, points, slot, slots, *values) -> tuple:
        """CSR by slot: the values of each point, at the slot that it has in the batch."""
        order = np.argsort(slot, kind="stable")
        taken, owner = csr_rows(starts, points[order])
        filled = np.searchsorted(slot[order][owner], np.arange(slots + 1))
        first = torch.from_numpy(values[0][taken].astype(np.int64))
        return (first, torch.from_numpy(filled), *(value[taken] for value in values[1:]))

    def epoch(
        self, size: int, random: np.random.Generator | None, persons: np.ndarray | None = None
    ) -> Iterator[Batch]:
        """Batches of `size` persons (of all, or of the given ones), bucketed by length; shuffled with `random`."""
        order = np.arange(len(self._points)) if persons is None else persons
        points = self._points[order]
        if random is not None:
            order = order[np.argsort(points + random.uniform(0, 8, len(order)), kind="stable")]
        else:
            order = order[np.argsort(points, kind="stable")]
        groups = [order[i : i + size] for i in range(0, len(order), size)]
        picked = random.permutation(len(groups)) if random is not None else range(len(groups))
        for number in picked:
            yield self.pack(np.sort(groups[number]))
