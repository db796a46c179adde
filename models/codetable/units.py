"""Measured values: into the canonical unit, and into bins."""

from __future__ import annotations

import math

from codetable.load import Entry


def canonical_value(entry: Entry, number: float, ucum: str | None) -> float | None:
    """Value in the canonical unit, or None when the unit is not accepted or the value cannot be real."""
    for unit in entry.units:
        if unit.ucum == ucum:
            value = number * unit.factor + unit.offset
            low, high = entry.plausible or (-math.inf, math.inf)
            return value if low <= value <= high else None
    return None


def bin_of(entry: Entry, value: float) -> int:
    """Number of edges at or below the value."""
    return sum(1 for edge in entry.bins if value >= edge)
