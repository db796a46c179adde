"""What a run keeps beside the persons while it lasts: sums of effects and counts of what blocks an event.

Only changes are added, so a step costs what it changes. `Oracle.log_hazards` says the same from scratch; a test
compares the two.
"""

from __future__ import annotations

import numpy as np

from population.oracle import Oracle, People


class Progress:
    """Log-hazards of what the bag and the hidden class say [n, K], blocks [n, K] and the bin of each measurement."""

    def __init__(self, oracle: Oracle, people: People, ranges: list[tuple[int, int]]) -> None:
        self._oracle, self._people, self._ranges = oracle, people, ranges
        self._trial = oracle.in_trial(people.bag)
        self._acts = (oracle.wide != 0).any(axis=(0, 2))
        self._blocks = (oracle.block != 0).any(axis=1)
        self.level = oracle.bag_effects(people.bag) + oracle.class_effects[people.frailty]
        self.blocked = np.repeat(oracle.required[None, :], len(people.age), axis=0)
        for index in np.flatnonzero(self._blocks & people.bag.any(axis=0)):
            self.blocked[people.bag[:, index] > 0] += oracle.block[index]
        self.bins = np.full((len(people.age), len(ranges)), -1)
        for column, (low, high) in enumerate(ranges):
            part = people.bag[:, low:high]
            self.bins[:, column] = np.where(part.any(axis=1), low + part.argmax(axis=1), -1)

    def _change(self, rows: np.ndarray, index: np.ndarray, sign: int) -> None:
        self._people.bag[rows, index] = float(sign > 0)
        act = self._acts[index]
        self.level[rows[act]] += sign * self._oracle.wide[self._trial[rows[act]], index[act]]
        block = self._blocks[index]
        self.blocked[rows[block]] += sign * self._oracle.block[index[block]]

    def light(self, rows: np.ndarray, index: np.ndarray) -> None:
        """Sets one bag index of each row (rows differ from each other); what holds already is left."""
        new = self._people.bag[rows, index] == 0
        self._change(rows[new], index[new], 1)

    def clear(self, rows: np.ndarray, index: np.ndarray) -> None:
        """Clears one bag index of each row; what does not hold is left."""
        held = self._people.bag[rows, index] > 0
        self._change(rows[held], index[held], -1)

    def measure(self, rows: np.ndarray, column: int, index: np.ndarray) -> None:
        """Replaces the bin of a measurement."""
        before = self.bins[rows, column]
        moved = before != index
        rows, index, before = rows[moved], index[moved], before[moved]
        had = before >= 0
        self._change(rows[had], before[had], -1)
        self._change(rows, index, 1)
        self.bins[rows, column] = index
