"""From events back to records: what the product's ingestion read of FHIR is written as FHIR again.

    python -m population.round_trip list --world matched --count 20 --seed 3       the event list, a person per line
    python -m population.round_trip rewrite --world matched < events.jsonl         FHIR of what ingestion read

`list` prints {"handle", "events": [[MEDS code, minute, value or null, unit or null]]}. `rewrite` reads {"handle",
"sex", "birthDate", "deceased", "events": [{"system", "code", "action", "time", "number"?, "ucum"?, "concept"?}]} and
prints {"handle", "resources"}; the Patient says what is known of it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime

import numpy as np

from codetable.load import Entry
from codetable.units import bin_of, canonical_value
from population.fhir import CAUSE_OF_DEATH, LOINC, PersonWriter, Record, write_person
from population.handle import mint_handles
from population.meds import BIRTH, FROM, TO, meds_table
from population.oracle import Oracle
from population.recording import Scribe
from population.shards import HANDLE_STREAM, Order, cohort_of_block
from population.worlds import WORLDS, definition, vocabulary_of

FACTS = (BIRTH, FROM, TO, "GENDER//male", "GENDER//female")


def event_lists(order: Order) -> Iterator[dict]:
    """The MEDS view of block 0 by handle, to the minute; facts about the person and the observation are left out."""
    oracle = Oracle.of(order.world)
    cohort = cohort_of_block(order, 0)
    table = meds_table(cohort, oracle.vocabulary, oracle.world.recording).to_pydict()
    handles = mint_handles(np.random.default_rng([order.seed, HANDLE_STREAM, 0]), len(cohort.entry))
    events: list[list] = [[] for _ in handles]
    columns = (table[name] for name in ("subject_id", "time", "code", "numeric_value", "unit"))
    for subject, when, code, value, unit in zip(*columns, strict=True):
        if code not in FACTS:
            events[subject].append([code, when.strftime("%Y-%m-%dT%H:%M"), value, unit])
    for handle, own in zip(handles, events, strict=True):
        yield {"handle": handle, "events": own}


class Reader:
    """Reads coded events as records of a world."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe, self._table = scribe, scribe.vocabulary.table
        self._by_code = self._table.by_code()
        self._causes = {entry.cause: entry for entry in self._table.entries if entry.cause}

    def records(self, events: list[dict]) -> list[Record]:
        """Records in the order of time. Raises ValueError for a code or a value that the table does not have."""
        found = [record for event in events if (record := self._record(event)) is not None]
        return sorted(found, key=lambda record: record.time)

    def _record(self, event: dict) -> Record | None:
        code, time = (event["system"], event["code"]), datetime.fromisoformat(event["time"])
        if code == (LOINC, CAUSE_OF_DEATH):
            cause = self._causes[tuple(event["concept"])]
            return Record(cause, -1, self._spec(cause.name), float("nan"), time)
        if code in self._table.ignored or event["action"] == "RESOLVE":
            return None
        entries = self._by_code.get(code, ())
        if len(entries) != 1:
            raise ValueError(f"code {code[1]} of an event belongs to {len(entries)} entries; one is expected")
        index, value = self._lit(entries[0], event)
        verb = {"START": "start-", "STOP": "stop-"}.get(event["action"], "")
        return Record(entries[0], index, self._spec(verb + entries[0].name), value, time)

    def _spec(self, name: str):
        position = self._scribe.vocabulary.event_index.get(name)
        return None if position is None else self._scribe.vocabulary.events[position]

    def _lit(self, entry: Entry, event: dict) -> tuple[int, float]:
        own = self._scribe.vocabulary.indices[entry.name]
        if entry.kind == "drug":
            return own[1 if event["action"] == "STOP" else 0], float("nan")
        if entry.concepts:
            concept = tuple(event["concept"])
            return own[next(p for p, (_, codes) in enumerate(entry.concepts) if concept in codes)], float("nan")
        if entry.effect != "bin":
            return own[0], float("nan")
        value = canonical_value(entry, event["number"], event["ucum"])
        if value is None:
            raise ValueError(f"{entry.name}: the unit is not accepted or the value cannot be real")
        return own[bin_of(entry, value)], value


def rewritten(world: str, person: dict) -> dict:
    """FHIR of a person as ingestion read it."""
    scribe = Scribe(vocabulary_of(world), definition(world).recording)
    writer = PersonWriter(person["handle"], scribe)
    write_person(writer, Reader(scribe).records(person["events"]))
    known = {"gender": person["sex"], "birthDate": person["birthDate"]}
    if person.get("deceased"):
        known["deceasedDateTime"] = person["deceased"]
    patient = {"resourceType": "Patient", "id": person["handle"], **known}
    return {"handle": person["handle"], "resources": [patient, *writer.resources]}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("list", "rewrite"))
    parser.add_argument("--world", choices=WORLDS, default="matched")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.command == "list":
        lines: Iterator[dict] = event_lists(Order(arguments.world, arguments.count, arguments.seed))
    else:
        lines = (rewritten(arguments.world, json.loads(line)) for line in sys.stdin if line.strip())
    for line in lines:
        print(json.dumps(line, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
