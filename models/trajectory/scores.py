"""Scores of risks against the true probabilities of the same persons."""

from __future__ import annotations

import numpy as np

FLOOR, CEILING = 1e-4, 0.98
"""Ends of the logit scale. Small risks are known by their hazards; how far a large one is from 1 only by the futures
without the event, and of some dozens of futures hardly one is left beyond 0.98."""


def logit(p: np.ndarray) -> np.ndarray:
    """log(p / (1 - p)), with p kept away from 0 and 1."""
    p = np.clip(p, FLOOR, CEILING)
    return np.log(p / (1.0 - p))


def expected_auroc(score: np.ndarray, probability: np.ndarray) -> float:
    """AUROC that the score has on average when each person's outcome is drawn with the true probability."""
    order = np.argsort(score, kind="stable")
    s, p = score[order], np.clip(probability[order], 0.0, 1.0)
    negatives_before = np.cumsum(1.0 - p) - (1.0 - p)
    # ties share their rank: replace by the mean over equal scores
    _, group = np.unique(s, return_inverse=True)
    weight = np.bincount(group, 1.0 - p)
    base = np.concatenate([[0.0], np.cumsum(weight)[:-1]])
    below = base[group] + 0.5 * weight[group] if len(weight) < len(s) else negatives_before
    return float((p * below).sum() / max(p.sum() * (1.0 - p).sum(), 1e-12))


def calibration_slope(score: np.ndarray, probability: np.ndarray) -> float:
    """Slope b of logit P = a + b logit(score), by weighted maximum likelihood on the true probabilities."""
    x = logit(score)
    design = np.stack([np.ones_like(x), x], axis=1)
    beta, target = np.array([0.0, 1.0]), np.clip(probability, 0.0, 1.0)
    for _ in range(25):
        fitted = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -40.0, 40.0)))
        weight = fitted * (1.0 - fitted)
        hessian = design.T @ (design * weight[:, None]) + 1e-9 * np.eye(2)
        beta = beta + np.linalg.solve(hessian, design.T @ (target - fitted))
    return float(beta[1])


def logit_r_squared(score: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """R2 of logit score against logit truth, corrected for the noise of the truth by its two halves."""
    truth = logit(0.5 * (first + second))
    noise = 0.25 * np.mean((logit(first) - logit(second)) ** 2)
    error = np.mean((logit(score) - truth) ** 2) - noise
    variance = truth.var() - noise
    return float(1.0 - max(error, 0.0) / max(variance, 1e-9))


def cell(score: np.ndarray, first: np.ndarray, second: np.ndarray, *, recurrent: bool) -> dict:
    """One cell of the report: persons, events expected by the truth, E/O, slope and AUROC of model and oracle."""
    truth = 0.5 * (first + second)
    result = {
        "persons": len(score),
        "events": round(float(truth.sum()), 1),
        "eo": round(float(score.sum() / max(truth.sum(), 1e-9)), 4),
    }
    if recurrent or len(score) < 50:
        return result
    oracle = 0.5 * (expected_auroc(first, second) + expected_auroc(second, first))
    return result | {
        "slope": round(calibration_slope(score, truth), 4),
        "auroc": round(expected_auroc(score, truth), 4),
        "oracleAuroc": round(oracle, 4),
        "meanAbsoluteError": round(float(np.abs(score - truth).mean()), 5),
    }
