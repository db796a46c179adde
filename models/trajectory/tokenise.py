"""Coded history -> instants. The rules are those of CONTRACT.md; the TypeScript host implements the same."""

from __future__ import annotations

import math
from dataclasses import dataclass

from codetable.load import Code, Entry
from codetable.units import bin_of, canonical_value
from codetable.vocabulary import Vocabulary

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class CodedEvent:
    """One event of a history: `offset_days` <= 0 is relative to the index. `concept` is "system|code"."""

    system: str
    code: str
    offset_days: float
    action: str
    number: float | None = None
    ucum: str | None = None
    concept: str | None = None


@dataclass(frozen=True)
class Token:
    """What one event asks for: `kind` is set, drug-start, drug-stop or bin; `index` is the index it lights."""

    kind: str
    index: int
    entry: str
    offset_days: float


@dataclass(frozen=True)
class Instant:
    """Indices lit at an instant, and the bag after it; offset in days from the index."""

    offset_days: float
    now: tuple[int, ...]
    bag: tuple[int, ...]


@dataclass(frozen=True)
class Coverage:
    """Events that entered, are ignored on purpose, are unknown, or have a unit that does not fit."""

    mapped: int = 0
    ignored: int = 0
    unmapped: int = 0
    bad_unit: int = 0


def _binned(vocabulary: Vocabulary, entry: Entry, event: CodedEvent) -> tuple[str, int | None]:
    indices = vocabulary.indices[entry.name]
    if event.action != "MEASURE":
        return "ignored", None
    if event.concept is not None:
        for position, (_, codes) in enumerate(entry.concepts):
            if tuple(event.concept.split("|", 1)) in codes:
                return "mapped", indices[position]
        return "unmapped", None
    if event.number is None or not entry.units:
        return "ignored", None
    value = canonical_value(entry, event.number, event.ucum)
    return ("bad_unit", None) if value is None else ("mapped", indices[bin_of(entry, value)])


def _token(vocabulary: Vocabulary, entry: Entry, event: CodedEvent) -> tuple[str, Token | None]:
    if entry.effect == "bin":
        status, index = _binned(vocabulary, entry, event)
        return status, None if index is None else Token("bin", index, entry.name, event.offset_days)
    indices = vocabulary.indices[entry.name]
    ends = event.action in ("STOP", "RESOLVE")
    if entry.kind == "drug":
        kind = "drug-stop" if ends else "drug-start"
        return "mapped", Token(kind, indices[1 if ends else 0], entry.name, event.offset_days)
    if ends or not indices:
        return "mapped", None
    return "mapped", Token("set", indices[0], entry.name, event.offset_days)


def tokenise(
    vocabulary: Vocabulary, history: list[CodedEvent], codes: dict[Code, tuple[Entry, ...]]
) -> tuple[list[Token], Coverage]:
    """Maps every event; a combination product gives several tokens and counts once."""
    tokens: list[Token] = []
    counts = {"mapped": 0, "ignored": 0, "unmapped": 0, "bad_unit": 0}
    for event in history:
        code = (event.system, event.code)
        entries = codes.get(code, ())
        status = "ignored" if code in vocabulary.table.ignored else "unmapped"
        for entry in entries:
            status, token = _token(vocabulary, entry, event)
            tokens += [token] if token else []
        counts[status] += 1
    return tokens, Coverage(**counts)


class Bag:
    """The set of indices that hold, changed token by token."""

    def __init__(self, vocabulary: Vocabulary, sex: str | None) -> None:
        self._vocabulary = vocabulary
        self._entries = vocabulary.table.by_name()
        self.indices: set[int] = {vocabulary.indices[f"sex-{sex}"][0]} if sex else set()

    def apply(self, token: Token) -> bool:
        """Applies a token; False when it says nothing new, so that it lights nothing."""
        own = self._vocabulary.indices[token.entry]
        if token.kind == "drug-stop":
            held = own[0] in self.indices
            self.indices.discard(own[0])
            return held
        if token.kind == "bin":
            self.indices -= set(own)
        once = token.kind == "drug-start" or self._entries[token.entry].hazard == "once"
        if once and token.index in self.indices:
            return False
        self.indices.add(token.index)
        return True


def instants(vocabulary: Vocabulary, tokens: list[Token], age_at_index_days: float, sex: str | None) -> list[Instant]:
    """Groups tokens by day of age, in time order (stops before starts at one time), and folds the bag."""
    rank = {"drug-stop": 0, "bin": 1, "set": 2, "drug-start": 3}
    ordered = sorted(tokens, key=lambda token: (token.offset_days, rank[token.kind], token.index))
    bag = Bag(vocabulary, sex)
    found: list[tuple[int, Instant]] = []
    for token in ordered:
        if not bag.apply(token):
            continue
        day = math.floor(age_at_index_days + token.offset_days + 1e-6)
        lit: set[int] = {token.index}
        if found and found[-1][0] == day:
            lit |= set(found.pop()[1].now)
        instant = Instant(token.offset_days, tuple(sorted(lit)), tuple(sorted(bag.indices)))
        found.append((day, instant))
    return [instant for _, instant in found]
