"""The worlds of `population` as the evaluation asks for them: by name, with the seeds of a bundle."""

from __future__ import annotations

import hashlib
from functools import cache

from population.oracle import Oracle

MATCHED, SECOND_SITE, CONFOUNDED = "matched", "second-site", "feedback"
MISSPECIFIED = ("thresholds", "frailty")
TITLES = {
    "matched": "matched: Gompertz ages, log-additive effects",
    "thresholds": "thresholds, interactions and U-shapes",
    "frailty": "three hidden classes of persons",
    "feedback": "treatment and a confounder act on each other",
    "second-site": "second site: other baselines, codes and units, 15 % of the records lost",
    "first": "the world of the first bundle",
}
DEVELOPMENT = (MATCHED,)
DEVELOPMENT_SEED = 77
"""Worlds that kappa and logitSd are fitted on. Test worlds take their seeds from the bundle's digest."""


@cache
def oracle_of(world: str) -> Oracle:
    """The true hazards of a world."""
    return Oracle.of(world)


def seed_of(digest: str, world: str, salt: str = "") -> int:
    """31-bit seed of a world for a bundle. A reviewer gives a salt of their own and gets worlds nobody has seen."""
    return int.from_bytes(hashlib.sha256(f"{digest}|{world}|{salt}".encode()).digest()[:4], "big") >> 1
