"""What a visit measures: values around personal set points that disease moves. Labs are driven by visits."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from codetable.load import Entry
from codetable.vocabulary import Vocabulary


@dataclass(frozen=True)
class Measurement:
    """Value = mean + drift*(age-60) + male + sum of shifts + spread*set point + noise, clipped. Figures invented.

    `order`: probability that a visit measures it; `ordered_by`: entries that raise it to 0.8.
    """

    name: str
    mean: float
    drift: float
    spread: float
    noise: float
    low: float
    high: float
    order: float
    decimals: int = 1
    male: float = 0.0
    shifts: dict[str, float] = field(default_factory=dict)
    ordered_by: tuple[str, ...] = ()


MEASUREMENTS = (
    Measurement("systolic-pressure", 122, 0.45, 10, 6, 85, 230, 0.9, 0, 2, {"hypertension": 11, "obesity": 4}),
    Measurement("diastolic-pressure", 76, 0.05, 7, 4, 45, 130, 0.9, 0, 2, {"hypertension": 6}),
    Measurement("heart-rate", 72, 0.0, 8, 5, 42, 150, 0.9, 0, -2, {"atrial-fibrillation": 8, "heart-failure": 4}),
    Measurement("body-mass-index", 26, 0.02, 3.6, 0.4, 15, 60, 0.8, 1, 0.5, {"obesity": 5.5}),
    Measurement("respiratory-rate", 15, 0.01, 1.2, 1.0, 9, 40, 0.4, 0, 0, {"copd": 3, "heart-failure": 2}),
    Measurement("oxygen-saturation", 97.6, -0.01, 0.6, 0.5, 80, 100, 0.3, 0, 0, {"copd": -3, "heart-failure": -1}),
    Measurement("ldl-cholesterol", 120, 0.2, 26, 8, 30, 300, 0.45, 0, 3, {"hyperlipidemia": 22}, ("hyperlipidemia",)),
    Measurement("hdl-cholesterol", 55, 0.0, 11, 3, 20, 110, 0.45, 0, -8, {"obesity": -5}, ("hyperlipidemia",)),
    Measurement("triglycerides", 125, 0.2, 45, 15, 35, 900, 0.45, 0, 10, {"obesity": 35, "type2-diabetes": 30}),
    Measurement("hba1c", 5.45, 0.006, 0.25, 0.1, 4.2, 14, 0.2, 1, 0, {"prediabetes": 0.45, "type2-diabetes": 1.3},
                ("type2-diabetes", "prediabetes")),
    Measurement("glucose", 96, 0.1, 7, 6, 60, 450, 0.4, 0, 1, {"prediabetes": 10, "type2-diabetes": 42}),
    Measurement("egfr", 86, -0.75, 10, 4, 5, 130, 0.45, 0, 0, {"ckd": -28, "esrd": -30, "heart-failure": -6},
                ("ckd", "type2-diabetes", "hypertension")),
    Measurement("creatinine", 0.92, 0.006, 0.1, 0.04, 0.4, 12, 0.45, 2, 0.15, {"ckd": 0.6, "esrd": 4},
                ("ckd", "type2-diabetes", "hypertension")),
    Measurement("albumin-creatinine-ratio", 10, 0.1, 4, 2, 1, 3000, 0.05, 0, 0, {"ckd": 120, "type2-diabetes": 25},
                ("ckd", "type2-diabetes")),
    Measurement("potassium", 4.3, 0.002, 0.25, 0.15, 2.8, 6.8, 0.35, 1, 0, {"ckd": 0.3}),
    Measurement("sodium", 140, -0.01, 1.6, 1.0, 120, 155, 0.35, 0, 0, {"heart-failure": -1.5}),
    Measurement("hemoglobin", 13.6, -0.012, 0.8, 0.3, 6, 19, 0.4, 1, 1.2, {"anemia": -2.4, "ckd": -0.5}, ("anemia",)),
    Measurement("leukocytes", 6.8, 0.0, 1.4, 0.7, 2, 25, 0.3, 1),
    Measurement("platelets", 250, -0.4, 50, 15, 60, 700, 0.3, 0),
    Measurement("alanine-aminotransferase", 24, 0.0, 9, 4, 5, 400, 0.3, 0, 4, {"obesity": 10}),
    Measurement("c-reactive-protein", 2.2, 0.02, 1.2, 0.8, 0.2, 90, 0.1, 1, 0, {"copd": 2, "obesity": 1.5}),
    Measurement("nt-probnp", 90, 2.5, 30, 15, 10, 20000, 0.03, 0, 0,
                {"heart-failure": 1400, "atrial-fibrillation": 350}, ("heart-failure",)),
    Measurement("urate", 5.2, 0.01, 0.8, 0.3, 2, 13, 0.06, 1, 1.0, {"gout": 1.8}, ("gout",)),
)  # fmt: skip

VISIT_PROCEDURES = (
    ("influenza-vaccine", 0.35, None, 18), ("colonoscopy", 0.04, None, 50), ("mammography", 0.2, "sex-female", 45),
    ("spirometry", 0.25, "copd", 18), ("echocardiography", 0.25, "heart-failure", 18),
)  # fmt: skip
"""Name, probability per visit, entry that must hold, lowest age."""


class VisitPanel:
    """Measures many persons at once. `raised`: chance of what a disease calls for; `orders`: factor on the others."""

    def __init__(
        self, vocabulary: Vocabulary, measurements: tuple[Measurement, ...] = MEASUREMENTS, *,
        raised: float = 0.8, orders: float = 1.0,
    ) -> None:  # fmt: skip
        entries = vocabulary.table.by_name()
        self.measurements, self._raised = measurements, raised
        self._vocabulary = vocabulary
        self._entries: list[Entry] = [entries[m.name] for m in measurements]
        self._male = vocabulary.indices["sex-male"][0]
        first = {name: own[0] for name, own in vocabulary.indices.items() if own}
        self._shifts = [
            (column, first[n], shift) for column, m in enumerate(measurements) for n, shift in m.shifts.items()
        ]
        self._orders = [(column, first[name]) for column, m in enumerate(measurements) for name in m.ordered_by]
        self._drift = np.array([m.drift for m in measurements])
        self._mean = np.array([m.mean for m in measurements])
        self._spread = np.array([m.spread for m in measurements])
        self._noise = np.array([m.noise for m in measurements])
        self._male_shift = np.array([m.male for m in measurements])
        self._order = np.array([m.order * orders for m in measurements])

    def values(self, bag: np.ndarray, age: np.ndarray, set_points: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """Values [n, M] in canonical units: bag [n, V], age [n], set points and noise [n, M] standard normal."""
        value = self._mean + self._drift * (age[:, None] - 60.0) + self.deviation(set_points, noise)
        value = value + self._male_shift * bag[:, self._male : self._male + 1]
        for column, index, shift in self._shifts:
            value[:, column] += shift * bag[:, index]
        for column, m in enumerate(self.measurements):
            value[:, column] = np.round(np.clip(value[:, column], m.low, m.high), m.decimals)
        return value

    def deviation(self, set_points: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """What a value owes to the person and to chance, before clipping and rounding: [n, M]."""
        return self._spread * set_points + self._noise * noise

    def posterior(self, measured: np.ndarray, residual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the set points given the record: [n, M] each (normal prior, normal noise)."""
        variance = 1.0 / (1.0 + measured * (self._spread / self._noise) ** 2)
        return variance * self._spread / self._noise**2 * residual, np.sqrt(variance)

    def ordered(self, bag: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Which measurements a visit takes: [n, M] of bool. Every sum here is in a fixed order, for equal bits."""
        raised = np.zeros(uniform.shape, bool)
        for column, index in self._orders:
            raised[:, column] |= bag[:, index] > 0
        return uniform < np.where(raised, self._raised, self._order)

    def bins(self, values: np.ndarray) -> np.ndarray:
        """Vocabulary index of each value: [n, M] of int."""
        result = np.zeros(values.shape, np.int64)
        for column, entry in enumerate(self._entries):
            first = self._vocabulary.indices[entry.name][0]
            result[:, column] = first + np.searchsorted(np.array(entry.bins), values[:, column], side="right")
        return result

    def bin_range(self, column: int) -> tuple[int, int]:
        """First and end index of a measurement's bins."""
        own = self._vocabulary.indices[self._entries[column].name]
        return own[0], own[-1] + 1
