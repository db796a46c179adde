"""Planted faults, each in one place: the sequences, the weights, the clocks, or the host's risk mask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from codetable.vocabulary import Vocabulary
from trajectory.rollout import Clocks
from trajectory.sequences import Sequences, csr_rows

SHUFFLE_SEED = 31
RESIDUAL_SLOPE = 0.08
Weights = dict[str, np.ndarray]


class ReusedClocks(Clocks):
    """A winner gets the draw of its first occurrence again."""

    def spend(self, rows: np.ndarray, cum: np.ndarray, event: np.ndarray) -> None:
        """Lowers the clocks and forgets that anything was drawn before."""
        super().spend(rows, cum, event)
        won = event >= 0
        first = Clocks(self._tables, self._keys[rows[won]], self._samples[rows[won]]).residual
        self.residual[rows[won], event[won]] = first[np.arange(won.sum()), event[won]]


def without_censored_tail(s: Sequences, vocabulary: Vocabulary) -> Sequences:
    """Only time that ended in an event counts: what is censored, at a tick or at the end, is left out."""
    censored = np.diff(s.event_starts) == 0
    return replace(s, loss_from=np.where(censored, s.length, s.loss_from))


def with_leaked_future(s: Sequences, vocabulary: Vocabulary) -> Sequences:
    """The event that closes a segment is lit at the point where it begins."""
    lit = np.array([event.now[0] if event.now else 0 for event in vocabulary.events], np.int32)
    rows = np.arange(len(s.age))
    own, owner = csr_rows(s.now_starts, rows)
    leaked, leaker = csr_rows(s.event_starts, rows)
    row = np.concatenate([owner, leaker])
    value = np.concatenate([s.now[own], lit[s.events[leaked]]])
    order = np.argsort(row, kind="stable")
    return replace(s, now=value[order], now_starts=np.searchsorted(row[order], np.arange(len(rows) + 1)))


def with_shuffled_labels(s: Sequences, vocabulary: Vocabulary) -> Sequences:
    """What happened is drawn from everything that happened to anybody."""
    return replace(s, events=np.random.default_rng(SHUFFLE_SEED).permutation(s.events))


def without_mask(vocabulary: Vocabulary) -> Vocabulary:
    """Everybody is at risk of everything: the host of the graph forgets the mask."""
    return replace(vocabulary, events=tuple(replace(event, requires=(), excludes=()) for event in vocabulary.events))


def with_swapped_signs(weights: Weights, vocabulary: Vocabulary) -> Weights:
    """What a drug does to a hazard is turned round."""
    wide = weights["wide"].copy()
    clinical = [event.index for event in vocabulary.events if event.action in ("OCCUR", "DEATH")]
    for entry in vocabulary.table.entries:
        if entry.kind == "drug":
            wide[vocabulary.indices[entry.name][0], clinical] *= -1.0
    return weights | {"wide": wide}


def without_beta(weights: Weights, vocabulary: Vocabulary) -> Weights:
    """Inside a segment age does not act: the residual slope takes beta away again."""
    share = np.clip(-weights["beta"] / RESIDUAL_SLOPE, -0.999, 0.999)
    bias = np.arctanh(share).astype(np.float32)
    return weights | {"slope": np.zeros_like(weights["slope"]), "slope_bias": bias}
