"""What the exported graph says about a cohort: likelihood of its records, states at the landmark, risks, effects."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from codetable.vocabulary import Vocabulary
from trajectory.formula import phi_exact
from trajectory.rollout import Clocks, Question, Rows, Step, event_tables, risk_mask, roll
from trajectory.scores import logit
from trajectory.sequences import Sequences, csr_rows
from trajectory.truth import Estimate, estimate

CHUNK = 2048


@dataclass(frozen=True)
class Forecast:
    """Risks of every member: control-variate estimates of two halves of the samples, [M, n, J, O] each."""

    first: np.ndarray
    second: np.ndarray

    @property
    def members(self) -> np.ndarray:
        """Risk by each member: [M, n, J, O]."""
        return 0.5 * (self.first + self.second)

    @property
    def risk(self) -> np.ndarray:
        """Mean of the members: [n, J, O]."""
        return self.members.mean(axis=0)

    def spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Variances on the logit scale [n, J, O]: Monte-Carlo of the mean, and between members without Monte-Carlo."""
        logits, noise = logit(self.members), 0.25 * (logit(self.first) - logit(self.second)) ** 2
        within = noise.mean(axis=0)
        if len(logits) == 1:
            return within, np.zeros_like(within)
        return within / len(logits), np.maximum(logits.var(axis=0, ddof=1) - within, 0.0)


@dataclass(frozen=True)
class Balance:
    """What happened in the futures (N) and what the hazards add up to (A): means per person, horizon and outcome,
    [n, J, O] each. Their sums differ by chance only, whatever the model says (Doob-Meyer): else the futures are not
    drawn from the hazards."""

    count: np.ndarray
    compensator: np.ndarray


def multi_hot(starts: np.ndarray, values: np.ndarray, points: np.ndarray, size: int) -> np.ndarray:
    """What is lit at points: [n, V] of 0/1."""
    now = np.zeros((len(points), size), np.float32)
    taken, owner = csr_rows(starts, points)
    now[owner, values[taken]] = 1.0
    return now


def slope_of(growth: np.ndarray, duration: np.ndarray) -> np.ndarray:
    """g from phi(g d) = growth, by Newton's method."""
    x = 2.0 * (growth - 1.0)
    for _ in range(6):
        value = phi_exact(x)
        gradient = np.where(np.abs(x) < 1e-4, 0.5 + x / 3, (np.exp(x) - value) / np.where(np.abs(x) < 1e-4, 1.0, x))
        x = x - (value - growth) / gradient
    return x / duration


def fold_cohort(step: Step, vocabulary: Vocabulary, s: Sequences, alpha: np.ndarray) -> tuple[Rows, np.ndarray]:
    """Rows of everybody's last point (the landmark) with the state before it, and the likelihood of the record."""
    n, tables, points = s.persons, event_tables(vocabulary), np.diff(s.starts)
    h = np.zeros((n, 2, step.sizes.hidden), np.float32)
    bag = np.zeros((n, step.sizes.vocab), np.float32)
    nll = np.zeros(n)
    for position in range(int(points.max())):
        who = np.flatnonzero(points > position)
        changed, owner = csr_rows(s.delta_starts, s.starts[who] + position)
        np.add.at(bag, (who[owner], s.delta[changed]), s.sign[changed].astype(np.float32))
        who = who[points[who] - 1 > position]
        at = s.starts[who] + position
        rows = Rows(multi_hot(s.now_starts, s.now, at, step.sizes.vocab), bag[who], s.age[at], s.dt[at], h[who])
        inputs = step.inputs(rows)
        inputs["risk"] = risk_mask(tables, rows.bag)
        inputs["log_hr"][:] = alpha
        inputs["t_stop"][:, 0] = np.maximum(s.length[at], 1e-6)
        if len(who):
            out = step.run(inputs, ["h_out", "cum", "log_lambda"])
            h[who] = out["h_out"]
            nll[who] += _segment_nll(s, at, inputs["risk"], out)
    last = s.starts[1:] - 1
    now = multi_hot(s.now_starts, s.now, last, step.sizes.vocab)
    return Rows(now, bag, s.age[last], s.dt[last], h), nll


def _segment_nll(s: Sequences, at: np.ndarray, risk: np.ndarray, out: dict[str, np.ndarray]) -> np.ndarray:
    """Integrated hazard from the loss start, minus log hazards of what happened at the segment's end."""
    length, start = s.length[at][:, None], s.loss_from[at][:, None]
    counted = start < length - 1e-9
    rate = np.exp(out["log_lambda"].astype(np.float64))
    growth = np.where(risk > 0, out["cum"] / np.maximum(rate * np.maximum(length, 1e-6), 1e-300), 1.0)
    slope = slope_of(growth, np.maximum(length, 1e-6))
    spent = risk * rate * (length * phi_exact(slope * length) - start * phi_exact(slope * start))
    result = (spent * counted).sum(axis=1)
    taken, row = csr_rows(s.event_starts, at)
    event = s.events[taken]
    log_rate = (out["log_lambda"][row, event] + slope[row, event] * length[row, 0]) * risk[row, event]
    np.subtract.at(result, row, log_rate * counted[row, 0])
    return result


def _keys(persons: np.ndarray, seed: int) -> np.ndarray:
    digests = [hashlib.sha256(seed.to_bytes(8, "little") + str(int(p)).encode()).digest() for p in persons]
    words = [(int.from_bytes(d[:4], "little"), int.from_bytes(d[4:8], "little")) for d in digests]
    return np.array(words, np.uint64)


def take(rows: Rows, chosen: np.ndarray) -> Rows:
    """Some rows, in order."""
    return Rows(rows.now[chosen], rows.bag[chosen], rows.age[chosen], rows.dt[chosen], rows.h[chosen])


def forecast(step: Step, vocabulary: Vocabulary, rows: Rows, question: Question, repeats: int, seed: int,
             kind: type[Clocks] = Clocks) -> tuple[Estimate, Balance]:  # fmt: skip
    """Risks by `repeats` samples per row, and what they rest on; equal seeds share clocks between arms."""
    tables, counts, compensators = event_tables(vocabulary), [], []
    persons = max(1, CHUNK // repeats)
    for begin in range(0, len(rows.age), persons):
        chosen = np.arange(begin, min(begin + persons, len(rows.age)))
        keys = np.repeat(_keys(chosen, seed), repeats, axis=0)
        samples = np.tile(np.arange(repeats), len(chosen))
        start = take(rows, chosen).repeat(repeats)
        totals = roll(step, tables, start, question, kind(tables, keys, samples))
        counts.append(totals.count)
        compensators.append(totals.compensator)
    count, compensator = np.concatenate(counts), np.concatenate(compensators)
    means = (column.reshape(-1, repeats, *column.shape[1:]).mean(axis=1) for column in (count, compensator))
    return estimate(count, compensator, repeats), Balance(*means)


def with_drug(vocabulary: Vocabulary, rows: Rows, drug: str) -> Rows:
    """START at the index: its bit in `now` and in the bag."""
    index = vocabulary.indices[drug][0]
    changed = take(rows, np.arange(len(rows.age)))
    changed.now[:, index] = 1.0
    changed.bag[:, index] = 1.0
    return changed


def holding_off(question: Question, off: np.ndarray) -> Question:
    """The same question with events off risk, by a log hazard ratio that nothing survives (clipped to e^-27)."""
    return Question(question.horizons, question.out_map, question.recurrent, np.where(off, -60.0, question.log_hr))
