"""Exact Bayes over hidden classes: the probability of each class given all that a record could show so far.

The hazards of a person are known up to the class, so a path has a likelihood under each of them; labs and visits do
not depend on the class. Before entry nothing but what is recorded may happen (`Definition.unrecorded` is off risk,
there are no visits), so the record determines the likelihood and the posterior is exact.
"""

from __future__ import annotations

import numpy as np

from population.oracle import Oracle, integrated


class ClassPosterior:
    """Observer of a run: log-likelihood of the path under each class, [n, C], from the start of life on."""

    borders = True

    def __init__(self, oracle: Oracle, actual: np.ndarray, start_age: np.ndarray | None = None) -> None:
        hidden = oracle.world.frailty
        self.hidden = hidden is not None
        self._actual, self._effects = actual, oracle.class_effects
        shares = np.array(hidden.shares if hidden else (1.0,))
        self.log_joint = np.log(np.repeat(shares[None, :], len(actual), axis=0))
        self.start_age = np.full(len(actual), np.inf) if start_age is None else start_age
        self._at_start = self.log_joint.copy()

    def take(self, rows: np.ndarray, start_age: np.ndarray) -> ClassPosterior:
        """The posterior of some rows; from `start_age` on their likelihood is counted."""
        taken = object.__new__(ClassPosterior)
        taken.hidden, taken._effects, taken._actual = self.hidden, self._effects, self._actual[rows]
        taken.log_joint, taken.start_age = self.log_joint[rows].copy(), start_age
        taken._at_start = taken.log_joint.copy()
        return taken

    def observe(self, rows, age, dt, rate, slope, event) -> None:
        """One step, of which `rate` are the hazards under the actual class."""
        actual = self._effects[self._actual[rows]]
        spent = integrated(rate, slope, dt[:, None])
        fired = np.flatnonzero(event >= 0)
        for c, effects in enumerate(self._effects):
            shift = effects - actual
            self.log_joint[rows, c] -= (spent * np.exp(shift)).sum(axis=1)
            self.log_joint[rows[fired], c] += shift[fired, event[fired]] + self._log_hazard(
                rate, slope, dt, event, fired
            )
        early = rows[age + dt <= self.start_age[rows] + 1e-9]
        self._at_start[early] = self.log_joint[early]

    @staticmethod
    def _log_hazard(rate, slope, dt, event, fired) -> np.ndarray:
        k = event[fired]
        return np.log(rate[fired, k]) + np.broadcast_to(slope, rate.shape)[fired, k] * dt[fired]

    def probabilities(self) -> np.ndarray:
        """[n, C] of the classes, rows sum to 1."""
        weight = np.exp(self.log_joint - self.log_joint.max(axis=1, keepdims=True))
        return weight / weight.sum(axis=1, keepdims=True)

    def negative_log_likelihood(self) -> np.ndarray:
        """[n]: of what happened after `start_age`, given what happened before it, averaged over the classes."""
        return _log_sum(self._at_start) - _log_sum(self.log_joint)


def draw_classes(probabilities: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One class per row, for rollouts of an oracle that does not see the class: set `People.frailty` to it."""
    return (random.random(len(probabilities))[:, None] > probabilities.cumsum(axis=1)[:, :-1]).sum(axis=1)


def _log_sum(values: np.ndarray) -> np.ndarray:
    top = values.max(axis=1)
    return top + np.log(np.exp(values - top[:, None]).sum(axis=1))
