"""How much of a folder of FHIR bundles the code table covers, by kind and by patient.

    python -m codetable.coverage ../../shared/data/synthea-r4

Repeated requests of a drug are one course: a patient counts a drug code once. A measurement with components counts
its components. A unit that is not accepted, or a value outside the plausible range, is not covered.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from codetable.load import CodeTable, load_code_table
from codetable.units import canonical_value

KIND_OF_RESOURCE = {
    "Condition": "condition", "AllergyIntolerance": "condition", "MedicationRequest": "drug",
    "MedicationStatement": "drug", "MedicationAdministration": "drug", "Observation": "measurement",
    "Procedure": "procedure", "Immunization": "procedure", "Encounter": "encounter",
}  # fmt: skip
CODE_FIELDS = ("code", "vaccineCode", "medicationCodeableConcept")


@dataclass
class Coverage:
    """Counts by (kind, status) where status is mapped, ignored, unmapped or bad_unit; and the codes left out."""

    counts: Counter = field(default_factory=Counter)
    unknown: Counter = field(default_factory=Counter)

    def add(self, kind: str, status: str, code: tuple[str, str]) -> None:
        """Counts one event."""
        self.counts[kind, status] += 1
        if status in ("unmapped", "bad_unit"):
            self.unknown[kind, status, *code] += 1

    def share(self, kind: str | None = None, *statuses: str) -> float:
        """Share of the events of a kind (None: all) that have one of the statuses (mapped or ignored by default)."""
        wanted = statuses or ("mapped", "ignored")
        own = {key: n for key, n in self.counts.items() if kind in (None, key[0])}
        total = sum(own.values())
        return 1.0 if total == 0 else sum(n for key, n in own.items() if key[1] in wanted) / total


def _codings(concept: dict | None) -> list[tuple[str, str]]:
    return [(c.get("system", ""), c.get("code", "")) for c in (concept or {}).get("coding", [])]


def _measured(resource: dict) -> list[dict]:
    """The parts of an observation that carry a value: its components, else itself."""
    return resource.get("component") or [resource]


def _concepts(resource: dict) -> list[tuple[list[tuple[str, str]], dict]]:
    kind = resource["resourceType"]
    if kind == "Encounter":
        types = [code for concept in resource.get("type", []) for code in _codings(concept)]
        place = resource.get("class", {})
        return [([*types, (place.get("system", ""), place.get("code", ""))], {})]
    if kind == "Observation":
        return [(_codings(part.get("code")), part) for part in _measured(resource)]
    concept = next((resource[name] for name in CODE_FIELDS if name in resource), None)
    return [(_codings(concept), {})]


def status_of(table: CodeTable, code: tuple[str, str], part: dict) -> str:
    """mapped, ignored, unmapped or bad_unit for one code and, of a measurement, its value."""
    entries = table.by_code().get(code, ())
    if not entries:
        return "ignored" if code in table.ignored else "unmapped"
    quantity = part.get("valueQuantity")
    if quantity is not None and entries[0].units:
        value = canonical_value(entries[0], float(quantity["value"]), quantity.get("code"))
        return "bad_unit" if value is None else "mapped"
    answer = _codings(part.get("valueCodeableConcept"))
    if answer and entries[0].concepts:
        known = {own for _, codes in entries[0].concepts for own in codes}
        return "mapped" if known & set(answer) else "unmapped"
    return "mapped"


def cover_bundle(table: CodeTable, bundle: dict) -> Coverage:
    """Coverage of one bundle."""
    coverage, courses = Coverage(), set()
    for entry in bundle.get("entry", []):
        resource = entry["resource"]
        kind = KIND_OF_RESOURCE.get(resource["resourceType"])
        for codes, part in _concepts(resource) if kind else ():
            statuses = {code: status_of(table, code, part) for code in codes}
            best = next((c for want in ("mapped", "ignored") for c, s in statuses.items() if s == want), None)
            code = best or (codes[0] if codes else ("", ""))
            if kind == "drug" and code in courses:
                continue
            courses.add(code)
            coverage.add(kind, statuses.get(code, "unmapped"), code)
    return coverage


def cover_folder(table: CodeTable, folder: Path) -> dict[str, Coverage]:
    """Coverage by file name (a patient each)."""
    files = sorted(folder.glob("*.json"))
    return {path.name: cover_bundle(table, json.loads(path.read_text("utf-8"))) for path in files}


def total(parts: dict[str, Coverage]) -> Coverage:
    """All patients together."""
    whole = Coverage()
    for part in parts.values():
        whole.counts.update(part.counts)
        whole.unknown.update(part.unknown)
    return whole


def report(parts: dict[str, Coverage]) -> str:
    """Table by kind, the worst patient by number, and the codes that are not covered."""
    whole = total(parts)
    lines = [f"{'kind':<12} {'events':>7} {'mapped':>8} {'ignored':>8} {'covered':>8}"]
    for kind in ("condition", "drug", "measurement", "procedure", "encounter"):
        events = sum(n for key, n in whole.counts.items() if key[0] == kind)
        shares = (whole.share(kind, "mapped"), whole.share(kind, "ignored"), whole.share(kind))
        lines.append(f"{kind:<12} {events:>7} " + " ".join(f"{share:>8.1%}" for share in shares))
    lines.append(f"worst of {len(parts)} patients: {min(part.share() for part in parts.values()):.1%} covered")
    lines += [f"not covered: {n} x {' '.join(key)}" for key, n in whole.unknown.most_common(20)]
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    print(report(cover_folder(load_code_table(), parser.parse_args().folder)))


if __name__ == "__main__":
    main()
