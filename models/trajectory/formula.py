"""The two polynomials of a Gompertz segment, and the limits of everything that enters them.

A segment starts at log-hazard `log_lambda` (per year) and has slope g (per year), so after d years the integrated
hazard is  L(d) = lambda * d * phi(g d)  with phi(x) = expm1(x) / x, and the waiting time for a residual clock C is
w = (C / lambda) * psi(g C / lambda)  with psi(z) = log1p(z) / z.  Both are evaluated as polynomials (fitted at
Chebyshev nodes), since exported expm1 and log1p lose all digits for short times in float32.
"""

from __future__ import annotations

import numpy as np
from numpy.polynomial import chebyshev, polynomial

TICK_YEARS = 1.0
AGE_CAP_YEARS = 100.0
AGE_REFERENCE_YEARS = 60.0
LOG_LAMBDA_MIN, LOG_LAMBDA_MAX = -27.0, 9.0
SLOPE_MIN, SLOPE_MAX = -0.2, 0.45
RESIDUAL_SLOPE_MAX = 0.08
PHI_RANGE = (-0.2, 0.45)
PSI_RANGE = (float(np.expm1(-0.2)), float(np.expm1(0.45)))
PHI_DEGREE, PSI_DEGREE = 5, 8
NEVER_YEARS = 1e9
"""Waiting time of an event that does not fire in the segment."""


def _fit(function, low: float, high: float, degree: int) -> np.ndarray:
    """Coefficients in ascending powers of the interpolant of `function` at Chebyshev nodes of [low, high]."""
    nodes = chebyshev.chebpts1(degree + 1)
    x = 0.5 * (high - low) * nodes + 0.5 * (high + low)
    return polynomial.polyfit(x, function(x), degree)


def phi_exact(x: np.ndarray) -> np.ndarray:
    """expm1(x) / x in float64, 1 at 0."""
    safe = np.where(np.abs(x) < 1e-9, 1.0, x)
    return np.where(np.abs(x) < 1e-9, 1.0 + x / 2, np.expm1(safe) / safe)


def psi_exact(z: np.ndarray) -> np.ndarray:
    """log1p(z) / z in float64, 1 at 0."""
    safe = np.where(np.abs(z) < 1e-9, 1.0, z)
    return np.where(np.abs(z) < 1e-9, 1.0 - z / 2, np.log1p(safe) / safe)


PHI = _fit(phi_exact, *PHI_RANGE, PHI_DEGREE)
PSI = _fit(psi_exact, *PSI_RANGE, PSI_DEGREE)

AGE_CENTERS = np.arange(20.0, 101.0, 8.0)
AGE_WIDTH = 8.0
TIME_SCALES = np.array([0.02, 0.1, 0.5])


def features(age: np.ndarray, dt: np.ndarray) -> np.ndarray:
    """Age bumps and saturating times of points: age, dt [..., 1] in years -> [..., 14]."""
    bumps = np.exp(-0.5 * ((age - AGE_CENTERS) / AGE_WIDTH) ** 2)
    return np.concatenate([bumps, dt / (dt + TIME_SCALES)], axis=-1)


FEATURES = len(AGE_CENTERS) + len(TIME_SCALES)
