"""Counter-based random streams: philox4x32-10, one stream per event name, one draw per occurrence."""

from __future__ import annotations

import hashlib

import numpy as np

MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL = (np.uint64(0x9E3779B9), np.uint64(0xBB67AE85))
MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)


def stream_key(seed: int, subject_key: bytes) -> tuple[int, int]:
    """First eight bytes of sha256(seed as 8 little-endian bytes, subject_key) as two little-endian words."""
    digest = hashlib.sha256(seed.to_bytes(8, "little") + subject_key).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


def philox(counter: tuple[np.ndarray, ...], key: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, ...]:
    """Ten rounds of Philox 4x32 over arrays of 32-bit words held in uint64."""
    x0, x1, x2, x3 = (np.asarray(word, np.uint64) for word in counter)
    k0, k1 = (np.asarray(word, np.uint64) for word in key)
    for _ in range(10):
        low, high = x0 * MULTIPLIERS[0], x2 * MULTIPLIERS[1]
        x0, x1, x2, x3 = (high >> SHIFT) ^ x1 ^ k0, high & MASK, (low >> SHIFT) ^ x3 ^ k1, low & MASK
        k0, k1 = (k0 + WEYL[0]) & MASK, (k1 + WEYL[1]) & MASK
    return x0, x1, x2, x3


def exponentials(
    key: tuple[np.ndarray, np.ndarray], sample: np.ndarray, stream: np.ndarray, occurrence: np.ndarray
) -> np.ndarray:
    """Unit exponentials in float64: -log1p(-u) with u of 53 bits from words 0 and 1 of counter [s, stream, n, 0]."""
    zero = np.zeros_like(np.asarray(stream, np.uint64))
    first, second, _, _ = philox((sample, stream, occurrence, zero), key)
    upper = (first >> np.uint64(5)).astype(np.float64)
    lower = (second >> np.uint64(6)).astype(np.float64)
    return -np.log1p(-((upper * 67108864.0 + lower) / 9007199254740992.0))
