"""Twin handles: random names with a checksum that catches typing errors.

A handle is `pt-` and 16 characters of lower-case Crockford base32 (0123456789abcdefghjkmnpqrstvwxyz): 15 random ones
and a checksum. Checksum: the sum over i = 0..14 of value(character i) * (i + 1), modulo 31 (a prime), written as the
base32 character of that value (0 to 30). Every single wrong character and every swap of neighbours is caught, but for
the pairs of characters whose values differ by 31 (`0` and `z`).
"""

from __future__ import annotations

import re

import numpy as np

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
PATTERN = re.compile(r"pt-[0-9a-hjkmnp-tv-z]{15}[0-9a-hjkmnp-tv-y]")
SYSTEM = "https://twinward.io/handle"


def checksum(characters: str) -> str:
    """Check character of the 15 random ones."""
    total = sum(ALPHABET.index(character) * (position + 1) for position, character in enumerate(characters))
    return ALPHABET[total % 31]


def is_handle(text: str) -> bool:
    """Whether the form and the checksum are right."""
    return PATTERN.fullmatch(text) is not None and checksum(text[3:18]) == text[18]


def mint_handles(random: np.random.Generator, n: int) -> list[str]:
    """n different handles."""
    found: dict[str, None] = {}
    while len(found) < n:
        body = "".join(ALPHABET[value] for value in random.integers(0, 32, 15))
        found[f"pt-{body}{checksum(body)}"] = None
    return list(found)
