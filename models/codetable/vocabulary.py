"""Lays the code table out as indices of the multi-hot vectors and as hazard events.

Index order is the order of `codes.yaml`: an entry with effect `set` takes one index, a drug two (it holds; it was
stopped), a binned entry one per bin or value. Deaths take none. An event of a path does three things, all listed
in the event itself, so that a host needs no rule of its own: light `now`, set bag indices, clear bag indices.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from codetable.load import CodeTable, Entry


@dataclass(frozen=True)
class EventSpec:
    """A hazard event k. `requires` and `excludes` are bag indices: all of the first 1, all of the second 0."""

    index: int
    name: str
    title: str
    entry: str
    action: str
    """OCCUR, START, STOP or DEATH."""
    recurrent: bool
    terminal: bool
    stream: int
    """First four bytes of sha256(name), big-endian: word 1 of the counter of the event's random stream."""
    now: tuple[int, ...]
    set: tuple[int, ...]
    clear: tuple[int, ...]
    requires: tuple[int, ...]
    excludes: tuple[int, ...]


@dataclass(frozen=True)
class Vocabulary:
    """`indices[name]`: the indices of an entry (one; holds and stopped; one per bin or value). `size` is V."""

    table: CodeTable
    size: int
    indices: dict[str, tuple[int, ...]]
    labels: tuple[str, ...]
    events: tuple[EventSpec, ...]
    event_index: dict[str, int] = field(default_factory=dict)


def event_stream(name: str) -> int:
    """32-bit id of an event's random stream, from its stable name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _labels(entry: Entry) -> list[str]:
    if entry.kind == "death":
        return []
    if entry.concepts:
        return [f"{entry.name}:{value}" for value, _ in entry.concepts]
    if entry.effect == "bin":
        return [f"{entry.name}:{number}" for number in range(len(entry.bins) + 1)]
    if entry.kind == "drug":
        return [entry.name, f"{entry.name}:stop"]
    return [entry.name]


def _rule_of_sex(entry: Entry, first: dict[str, int]) -> tuple[int, ...]:
    """An event of one sex excludes the other one, so that an unknown sex keeps both at risk."""
    if entry.sex is None:
        return ()
    return (first["sex-male" if entry.sex == "female" else "sex-female"],)


def _specs(entry: Entry, indices: dict[str, tuple[int, ...]], first: dict[str, int]) -> list[dict]:
    requires = tuple(first[name] for name in entry.requires)
    excludes = tuple(first[name] for name in entry.excludes) + _rule_of_sex(entry, first)
    base = {"title": entry.title, "entry": entry.name, "recurrent": entry.hazard == "recurrent", "terminal": False}
    if entry.kind == "death":
        death = {"name": entry.name, "action": "DEATH", "now": (), "set": (), "clear": ()}
        return [{**base, **death, "requires": (), "excludes": (), "terminal": True}]
    own = indices[entry.name][0]
    if entry.hazard == "recurrent":
        occur = {"name": entry.name, "action": "OCCUR", "now": (own,), "set": (own,), "clear": ()}
        return [{**base, **occur, "requires": requires, "excludes": excludes}]
    action = "START" if entry.kind == "drug" else "OCCUR"
    name = f"start-{entry.name}" if entry.kind == "drug" else entry.name
    begin = {"name": name, "action": action, "now": (own,), "set": (own,), "clear": ()}
    begin |= {"requires": requires, "excludes": (*excludes, own)}
    if entry.kind != "drug":
        return [{**base, **begin}]
    stopped = indices[entry.name][1]
    stop = {"name": f"stop-{entry.name}", "action": "STOP", "now": (stopped,), "set": (), "clear": (own,)}
    return [{**base, **begin}, {**base, **stop, "requires": (own,), "excludes": ()}]


def build_vocabulary(table: CodeTable) -> Vocabulary:
    """Assigns indices and events. Raises ValueError when two event names share a stream."""
    labels: list[str] = []
    indices: dict[str, tuple[int, ...]] = {}
    for entry in table.entries:
        own = _labels(entry)
        indices[entry.name] = tuple(range(len(labels), len(labels) + len(own)))
        labels += own
    first = {name: own[0] for name, own in indices.items() if own}
    specs = [s for entry in table.entries if entry.hazard != "none" for s in _specs(entry, indices, first)]
    events = tuple(EventSpec(index=k, stream=event_stream(s["name"]), **s) for k, s in enumerate(specs))
    if len({event.stream for event in events}) != len(events):
        raise ValueError("two event names share a random stream; rename one")
    by_name = {event.name: event.index for event in events}
    return Vocabulary(table, len(labels), indices, tuple(labels), events, by_name)
