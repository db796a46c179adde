"""Reads `models/codes.yaml` into frozen data and refuses what cannot be right."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

CODES_PATH = Path(__file__).resolve().parent.parent / "codes.yaml"
FIRST_EDITION = Path(__file__).resolve().parent / "first_edition.yaml"
"""The table as it was for the first bundle and the committed samples; nothing else reads it."""
KINDS = ("condition", "drug", "procedure", "measurement", "lifestyle", "admission", "death", "context")
EFFECTS = ("set", "bin", "none")
HAZARDS = ("once", "recurrent", "none")
SYSTEM_KEYS = ("sct", "icd10cm", "icd10", "rxnorm", "atc", "loinc", "cvx", "act")

Code = tuple[str, str]
"""System URI and code."""


@dataclass(frozen=True)
class Unit:
    """A UCUM unit that is accepted: canonical value = value * factor + offset."""

    ucum: str
    factor: float
    offset: float


@dataclass(frozen=True)
class Entry:
    """One line of the code table. `bins` are ascending edges in `unit`, `units` starts with the canonical one."""

    name: str
    title: str
    kind: str
    effect: str
    hazard: str
    source: str
    codes: tuple[Code, ...] = ()
    requires: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    sex: str | None = None
    indications: tuple[str, ...] = ()
    unit: str | None = None
    units: tuple[Unit, ...] = ()
    bins: tuple[float, ...] = ()
    plausible: tuple[float, float] | None = None
    concepts: tuple[tuple[str, tuple[Code, ...]], ...] = ()
    cause: Code | None = None


@dataclass(frozen=True)
class CodeTable:
    """All entries in the order of the file; `ignored` maps a code to the reason why it is left out."""

    entries: tuple[Entry, ...]
    ignored: dict[Code, str]
    systems: dict[str, str]
    edition: int = 1

    def by_name(self) -> dict[str, Entry]:
        """Entries by their stable name."""
        return {entry.name: entry for entry in self.entries}

    def by_code(self) -> dict[Code, tuple[Entry, ...]]:
        """Entries by code. More than one entry for a code is a combination product."""
        found: dict[Code, tuple[Entry, ...]] = {}
        for entry in self.entries:
            for code in entry.codes:
                found[code] = (*found.get(code, ()), entry)
        return found


class CodeTableError(ValueError):
    """The code table contradicts itself; the message names the entry and the remedy."""


def _words(value: object) -> list[str]:
    return str(value).split() if value is not None else []


def _concept_codes(text: str, systems: dict[str, str]) -> tuple[Code, ...]:
    pairs = (word.split("|", 1) for word in text.split())
    return tuple((systems[key], code) for key, code in pairs)


def _units(raw: dict) -> tuple[Unit, ...]:
    if "unit" not in raw:
        return ()
    units = [Unit(raw["unit"], 1.0, 0.0)]
    for ucum, rule in (raw.get("accepts") or {}).items():
        factor, offset = rule if isinstance(rule, list) else (rule, 0.0)
        units.append(Unit(str(ucum), float(factor), float(offset)))
    return tuple(units)


def _entry(name: str, raw: dict, systems: dict[str, str]) -> Entry:
    codes = [(systems[key], code) for key in SYSTEM_KEYS for code in _words(raw.get(key))]
    if "sex_code" in raw:
        codes.append((systems["sex"], raw["sex_code"]))
    concepts = {value: _concept_codes(text, systems) for value, text in (raw.get("concepts") or {}).items()}
    return Entry(
        name=name,
        title=raw["title"],
        kind=raw["kind"],
        effect=raw["effect"],
        hazard=raw["hazard"],
        source=raw["source"],
        codes=tuple(codes),
        requires=tuple(raw.get("requires") or ()),
        excludes=tuple(raw.get("excludes") or ()),
        sex=raw.get("sex"),
        indications=tuple(raw.get("indications") or ()),
        unit=raw.get("unit"),
        units=_units(raw),
        bins=tuple(float(edge) for edge in raw.get("bins") or ()),
        plausible=tuple(float(edge) for edge in raw["plausible"]) if "plausible" in raw else None,
        concepts=tuple(concepts.items()),
        cause=next(iter(_concept_codes(raw.get("cause", ""), systems)), None),
    )


def _ignored(raw: dict, systems: dict[str, str]) -> dict[Code, str]:
    return {
        (systems[key], code): str(reason)
        for key, reasons in raw.items()
        for reason, codes in reasons.items()
        for code in _words(codes)
    }


def _check_entry(entry: Entry, names: set[str]) -> None:
    if entry.kind not in KINDS or entry.effect not in EFFECTS or entry.hazard not in HAZARDS:
        raise CodeTableError(f"{entry.name}: kind, effect or hazard is not one of {KINDS}, {EFFECTS}, {HAZARDS}")
    unknown = {*entry.requires, *entry.excludes, *entry.indications} - names
    if unknown:
        raise CodeTableError(f"{entry.name}: refers to unknown entries {sorted(unknown)}; name an entry of the file")
    if list(entry.bins) != sorted(set(entry.bins)):
        raise CodeTableError(f"{entry.name}: bins must be strictly ascending")
    if entry.effect == "bin" and not entry.bins and not entry.concepts:
        raise CodeTableError(f"{entry.name}: effect bin needs bins or concepts")
    if entry.kind == "measurement" and (not entry.units or not entry.plausible):
        raise CodeTableError(f"{entry.name}: a measurement needs unit and plausible")
    if not entry.codes and entry.kind != "death":
        raise CodeTableError(f"{entry.name}: needs at least one code")


def _check_codes(table: CodeTable) -> None:
    for code, entries in table.by_code().items():
        if len(entries) > 1 and any(entry.kind != "drug" for entry in entries):
            names = [entry.name for entry in entries]
            raise CodeTableError(f"code {code[1]} is in {names}; only drugs may share a code")
        if code in table.ignored:
            raise CodeTableError(f"code {code[1]} is in {entries[0].name} and in ignored; keep one")


def load_code_table(path: Path = CODES_PATH) -> CodeTable:
    """Reads the code table. Raises CodeTableError when an entry is incomplete or two entries share a code."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    systems = {key: str(uri) for key, uri in raw["systems"].items()}
    entries = tuple(_entry(name, body, systems) for name, body in raw["entries"].items())
    table = CodeTable(entries, _ignored(raw["ignored"], systems), systems, int(raw["version"]))
    names = {entry.name for entry in entries}
    for entry in entries:
        _check_entry(entry, names)
    _check_codes(table)
    return table
