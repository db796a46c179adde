"""Writes N synthetic patients as FHIR R4: one Bundle per patient, or one NDJSON file per resource type.

    python -m population.write_fhir --count 50 --seed 51 --years 5 --out ../samples/getting-started/records
    python -m population.write_fhir --count 1000 --seed 7 --years 3 --format ndjson --out /tmp/thousand

Equal arguments write equal bytes. `--handles FILE` also writes the handles, one a line with age, sex and whether alive.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from population.cohort import Cohort, Plan, simulate_cohort
from population.fhir import Resource, default_index_date, persons
from population.handle import mint_handles
from population.oracle import Oracle


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"


def write_bundles(out: Path, people: list[tuple[str, list[Resource]]]) -> None:
    """One collection Bundle per patient, named by the handle."""
    for handle, resources in people:
        entries = [
            {"fullUrl": f"https://twinward.io/fhir/{r['resourceType']}/{r['id']}", "resource": r} for r in resources
        ]
        bundle = {"resourceType": "Bundle", "id": handle, "type": "collection", "entry": entries}
        (out / f"{handle}.json").write_text(_compact(bundle), encoding="utf-8", newline="\n")


def write_ndjson(out: Path, people: list[tuple[str, list[Resource]]], suffix: str = "") -> None:
    """One file per resource type, as bulk exports have them: `Patient.ndjson`, or with a suffix before the ending."""
    lines: dict[str, list[str]] = {}
    for _, resources in people:
        for resource in resources:
            lines.setdefault(str(resource["resourceType"]), []).append(_compact(resource))
    for kind, text in lines.items():
        (out / f"{kind}{suffix}.ndjson").write_text("".join(text), encoding="utf-8", newline="\n")


def cohort_for_records(oracle: Oracle, count: int, seed: int, years: float) -> Cohort:
    """Persons who are, or would be, 30 to 80 at the index, observed for the last `years`."""
    plan = Plan(count, entry_age=(30.0 - years, 80.0 - years), follow_up=(years, years))
    return simulate_cohort(oracle, seed, plan)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50, help="number of patients")
    parser.add_argument("--seed", type=int, default=50)
    parser.add_argument("--years", type=float, default=8.0, help="years under observation, at most 10")
    parser.add_argument("--format", choices=("bundles", "ndjson"), default="bundles")
    parser.add_argument("--index-date", type=lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
                        default=default_index_date(), help="last day of observation, such as 2026-10-31")  # fmt: skip
    parser.add_argument("--handles", type=Path, help="file for the list of handles")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    oracle = Oracle()
    cohort = cohort_for_records(oracle, arguments.count, arguments.seed, arguments.years)
    handles = mint_handles(np.random.default_rng([arguments.seed, 977]), arguments.count)
    people = list(persons(cohort, oracle.vocabulary, handles, arguments.index_date))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (write_bundles if arguments.format == "bundles" else write_ndjson)(arguments.out, people)
    if arguments.handles:
        rows = zip(handles, cohort.planned_end, cohort.male, cohort.people.alive, strict=True)
        text = "".join(
            f"{h} {age:.1f} {'male' if m else 'female'} {'alive' if a else 'dead'}\n" for h, age, m, a in rows
        )
        arguments.handles.write_text(text, encoding="utf-8", newline="\n")
    resources = sum(len(own) for _, own in people)
    print(f"{len(people)} patients, {resources} resources, {int(cohort.people.alive.sum())} alive: {arguments.out}")


if __name__ == "__main__":
    main()
