"""Figures of the report with their 90 % intervals, by leaving out twentieths of the persons (jackknife)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trajectory.scores import calibration_slope, expected_auroc, logit, logit_r_squared

GROUPS = 20
NORMAL = 1.6448536269514722
Figure = tuple[float, float, float]
"""Value, and both ends of its 90 % interval."""


def jackknife(metric: Callable[[np.ndarray], float], n: int) -> Figure:
    """A metric of rows (given as positions) with its interval."""
    everybody = np.arange(n)
    value = metric(everybody)
    left = np.array([metric(everybody[everybody % GROUPS != group]) for group in range(GROUPS)])
    error = np.sqrt((GROUPS - 1) / GROUPS * ((left - left.mean()) ** 2).sum())
    return round(float(value), 4), round(float(value - NORMAL * error), 4), round(float(value + NORMAL * error), 4)


def score_cell(score: np.ndarray, first: np.ndarray, second: np.ndarray, *, recurrent: bool, full: bool) -> dict:
    """One cell: persons, events that the truth expects, E/O, slope, AUROC beside the oracle's, 1 - R2 of the logit."""
    truth = 0.5 * (first + second)
    n = len(score)
    body = {"persons": n, "events": round(float(truth.sum()), 1)}
    if n < 2 * GROUPS or truth.sum() <= 0:
        return body
    body["eo"] = jackknife(lambda rows: score[rows].sum() / max(truth[rows].sum(), 1e-9), n)
    if recurrent:
        return body
    body["slope"] = jackknife(lambda rows: calibration_slope(score[rows], truth[rows]), n)
    body["aurocLoss"] = jackknife(lambda rows: _auroc_loss(score[rows], first[rows], second[rows]), n)
    body["auroc"] = round(expected_auroc(score, truth), 4)
    body["meanAbsoluteError"] = round(float(np.abs(score - truth).mean()), 5)
    if full:
        body["unexplained"] = jackknife(lambda rows: 1.0 - logit_r_squared(score[rows], first[rows], second[rows]), n)
    return body


def _auroc_loss(score: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """How much of the oracle's AUROC is missing. One half of the truth ranks, the other judges, and both ways round."""
    oracle = 0.5 * (expected_auroc(first, second) + expected_auroc(second, first))
    return oracle - expected_auroc(score, 0.5 * (first + second))


def groups_of(age: np.ndarray, male: np.ndarray) -> dict[str, np.ndarray]:
    """Everybody, and sex by age band."""
    found = {"all": np.ones(len(age), bool)}
    for sex, mask in (("female", ~male), ("male", male)):
        for title, low, high in (("under 60", 0, 60), ("60 to 69", 60, 70), ("from 70", 70, 200)):
            found[f"{sex} {title}"] = mask & (age >= low) & (age < high)
    return found


def coverage_cells(risk: np.ndarray, half: np.ndarray, first: np.ndarray, second: np.ndarray) -> list[dict]:
    """Share of the 90 % intervals that hold the true risk, by decile of the forecast. The truth is known to within the
    noise of its samples, which is added to the interval, so that it does not count against it."""
    truth = 0.5 * (first + second)
    error = np.abs(logit(risk) - logit(truth))
    noise = 0.5 * np.abs(logit(first) - logit(second))
    noise = np.sqrt(np.convolve(noise[np.argsort(risk)] ** 2, np.ones(101) / 101, mode="same"))[
        np.argsort(np.argsort(risk))
    ]
    held = error <= np.sqrt(half**2 + (NORMAL * noise) ** 2)
    order = np.argsort(risk, kind="stable")
    cells = []
    for number, rows in enumerate(np.array_split(order, 10)):
        share = held[rows].mean()
        error_of_share = NORMAL * np.sqrt(max(share * (1 - share), 0.25 / len(rows)) / len(rows))
        cells.append({
            "decile": number + 1, "persons": len(rows), "risk": round(float(risk[rows].mean()), 4),
            "coverage": [round(float(v), 4) for v in (share, share - error_of_share, share + error_of_share)],
            "width": round(float(2 * half[rows].mean()), 4),
        })  # fmt: skip
    return cells
