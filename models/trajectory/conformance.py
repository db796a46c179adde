"""Conformance vectors of the tokeniser: histories, and the coverage and instants that every implementation must give.

    python -m trajectory.conformance            writes conformance/tokenise.json for the committed bundle
    python -m trajectory.conformance --check    exits 1 when the committed file differs

Every code, unit, edge and coded value of the vocabulary occurs, wrong ones as well. Drawn by a seed; nobody's record.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from codetable.load import Entry
from codetable.vocabulary import Vocabulary
from trajectory.export import DEFAULT_OUT, vocabulary_of_bundle
from trajectory.tokenise import CodedEvent, instants, tokenise

PATH = Path(__file__).resolve().parent / "conformance" / "tokenise.json"
SEED, CASES = 4_711, 48
ACTIONS = ("OCCUR", "RESOLVE", "START", "STOP", "MEASURE")
UNKNOWN = ("http://snomed.info/sct", "1")


@dataclass(frozen=True)
class Saying:
    """A code with an action and, of a measurement, a value."""

    code: tuple[str, str]
    action: str
    number: float | None = None
    ucum: str | None = None
    concept: str | None = None


def _measurements(entry: Entry) -> list[Saying]:
    """Every edge in every unit, just below it, both ends of what is plausible and beyond, and a wrong unit."""
    found = []
    low, high = entry.plausible or (-math.inf, math.inf)
    code = entry.codes[0]
    for unit in entry.units:
        for value in (*entry.bins, low, high, high * 1.5 + 1.0):
            raw = float(f"{(value - unit.offset) / unit.factor:.6g}")
            found += [Saying(code, "MEASURE", raw, unit.ucum), Saying(code, "MEASURE", raw * (1 - 1e-9), unit.ucum)]
    middle = float(entry.bins[0]) if entry.bins else 1.0
    wrong = [Saying(code, "MEASURE", middle, "furlong"), Saying(code, "MEASURE", middle), Saying(code, "MEASURE")]
    return [*found, *wrong, Saying(code, "OCCUR", middle, entry.unit)]


def sayings(vocabulary: Vocabulary) -> list[Saying]:
    """All that can be said with the codes of a vocabulary, and what cannot."""
    found = [Saying(UNKNOWN, action) for action in ACTIONS]
    for entry in vocabulary.table.entries:
        if entry.units:
            found += _measurements(entry)
        for _, codes in entry.concepts:
            found += [Saying(entry.codes[0], "MEASURE", concept="|".join(code)) for code in codes]
        if entry.concepts:
            found.append(Saying(entry.codes[0], "MEASURE", concept="|".join(UNKNOWN)))
        if entry.effect == "set":
            found += [Saying(code, "START" if entry.kind == "drug" else "OCCUR") for code in entry.codes]
            found += [Saying(entry.codes[0], action) for action in ACTIONS]
        found += [Saying(code, "MEASURE") for code in entry.codes[1:] if entry.effect == "bin"]
    return found + [Saying(code, "OCCUR") for code in list(vocabulary.table.ignored)[:40]]


def _history(said: list[Saying], random: np.random.Generator) -> list[CodedEvent]:
    """Sayings at times of which many share a day or an instant, and repeated ones, so that refills happen."""
    days = random.choice([0.0, -0.25, -0.5, -1.0, -30.25, -365.25, -900.125, -4_000.0, -9_000.75], len(said))
    jitter = np.where(random.random(len(said)) < 0.5, 0.0, -np.round(random.uniform(0, 600, len(said)), 3))
    events = [
        CodedEvent(one.code[0], one.code[1], float(day + more), one.action, one.number, one.ucum, one.concept)
        for one, day, more in zip(said, days, jitter, strict=True)
    ]
    again = [events[number] for number in random.integers(0, len(events), len(events) // 6)]
    later = [CodedEvent(**{**vars(event), "offset_days": event.offset_days / 2}) for event in again]
    everything = events + later
    return [everything[number] for number in random.permutation(len(everything))]


def vectors(vocabulary: Vocabulary) -> dict:
    """The document."""
    random = np.random.default_rng(SEED)
    said = sayings(vocabulary)
    parts = np.array_split(random.permutation(len(said)), CASES)
    by_code, cases = vocabulary.table.by_code(), []
    for number, part in enumerate(parts):
        history = _history([said[index] for index in part], random)
        age_days = float(np.round(random.uniform(9_500, 33_000), 3))
        sex = ("female", "male", None)[number % 3]
        tokens, coverage = tokenise(vocabulary, history, by_code)
        found = instants(vocabulary, tokens, age_days, sex)
        cases.append({
            "ageAtIndexDays": age_days, "sex": sex, "coverage": vars(coverage),
            "history": [{k: v for k, v in vars(event).items() if v is not None} for event in history],
            "instants": [{"offsetDays": i.offset_days, "now": list(i.now), "bag": list(i.bag)} for i in found],
        })  # fmt: skip
    return {"apiVersion": "twinward.io/conformance/v1", "vocabularySize": vocabulary.size, "cases": cases}


def text() -> str:
    """Content of the file for the committed bundle."""
    vocabulary, _ = vocabulary_of_bundle(DEFAULT_OUT)
    return json.dumps(vectors(vocabulary), separators=(",", ":"), ensure_ascii=False) + "\n"


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    if parser.parse_args().check:
        return 0 if PATH.exists() and PATH.read_text(encoding="utf-8") == text() else 1
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(text(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
