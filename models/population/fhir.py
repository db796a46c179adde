"""FHIR R4 view of the population's records. Names and addresses are plainly synthetic.

A hazard event or a token is one resource, with these exceptions: a drug's start and stop are one MedicationRequest; the
two blood pressures of a visit are one panel; a visit is an Encounter of its own, which is no event of the list; the
cause of a death is an Observation (LOINC 69453-9) at its instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from codetable.load import Code, Entry
from codetable.vocabulary import EventSpec, Vocabulary
from population.cohort import Cohort
from population.definition import Recording
from population.handle import SYSTEM as HANDLE_SYSTEM
from population.recording import Scribe

Resource = dict[str, object]
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
CAUSE_OF_DEATH = "69453-9"
CHECK_UP = {"coding": [{"system": SNOMED, "code": "162673000"}]}
ADMISSION_CLASS = {"emergency-visit": "EMER", "hospital-admission": "IMP"}
ACUTE_DAYS, STAY_DAYS = 14, 4
"""Invented: how long an acute disease and a stay in hospital last in the records."""
PLACES_OF_CONVERTED = 8


@dataclass(frozen=True)
class Record:
    """One record of a person: entry, label of what was lit, hazard event if any, value, and when."""

    entry: Entry
    index: int
    event: EventSpec | None
    value: float
    time: datetime


def stamp(time: datetime) -> str:
    """Instant in UTC to the minute."""
    return time.strftime("%Y-%m-%dT%H:%M:00Z")


class PersonWriter:
    """Collects the resources of one person."""

    def __init__(self, handle: str, scribe: Scribe) -> None:
        self._handle, self._scribe, self._vocabulary = handle, scribe, scribe.vocabulary
        self._subject = {"reference": f"Patient/{handle}"}
        self._courses: dict[str, dict] = {}
        self.resources: list[Resource] = []

    def add(self, kind: str, time: datetime, body: dict) -> Resource:
        """Appends a resource with an id, a version and the subject."""
        number = len(self.resources)
        meta = {"versionId": "1", "lastUpdated": stamp(time)}
        resource: Resource = {"resourceType": kind, "id": f"{self._handle}-{number}", "meta": meta}
        resource |= {"patient" if kind == "Immunization" else "subject": self._subject} | body
        self.resources.append(resource)
        return resource

    def write(self, record: Record) -> None:
        """Writes one record by its kind. Deaths are in the Patient."""
        entry = record.entry
        if entry.kind == "drug":
            self._drug(record)
        elif entry.kind == "admission":
            self._admission(record)
        elif entry.effect == "bin":
            self._observation(record)
        elif entry.kind == "procedure":
            self._procedure(record)
        elif entry.kind != "death":
            self._condition(record)
        elif entry.cause:
            self._cause(record, entry.cause)

    def _concept(self, entry: Entry) -> dict:
        """The code of the entry; a text where it helps a reader more than it costs."""
        system, code = self._scribe.code(entry)
        coded: dict = {"coding": [{"system": system, "code": code}]}
        return coded if entry.kind == "measurement" else coded | {"text": entry.title}

    def _quantity(self, record: Record) -> dict:
        """Value in the unit of the site."""
        written = float(self._scribe.values(record.entry, np.array([record.value]))[0])
        unit = self._scribe.unit(record.entry)
        places = 2 if unit == record.entry.unit else PLACES_OF_CONVERTED
        value = int(written) if written.is_integer() else round(written, places)
        return {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}

    def _cause(self, record: Record, cause: Code) -> None:
        code = {"coding": [{"system": LOINC, "code": CAUSE_OF_DEATH}], "text": "Cause of death"}
        value = {"coding": [{"system": cause[0], "code": cause[1]}], "text": record.entry.title}
        answer = {"status": "final", "code": code, "effectiveDateTime": stamp(record.time)}
        self.add("Observation", record.time, answer | {"valueCodeableConcept": value})

    def visit(self, time: datetime) -> None:
        """An ambulatory encounter."""
        period = {"start": stamp(time), "end": stamp(time + timedelta(minutes=30))}
        body = {"status": "finished", "class": {"system": ACT, "code": "AMB"}, "type": [CHECK_UP], "period": period}
        self.add("Encounter", time, body)

    def pressure(self, systolic: Record, diastolic: Record) -> None:
        """A blood pressure panel with two components."""
        code = {"coding": [{"system": LOINC, "code": "85354-9"}], "text": "Blood pressure panel"}
        parts = [{"code": self._concept(r.entry), "valueQuantity": self._quantity(r)} for r in (systolic, diastolic)]
        self._measured(systolic.time, code, {"component": parts}, "vital-signs")

    def _measured(self, time: datetime, code: dict, value: dict, category: str) -> None:
        kinds = [{"coding": [{"system": CATEGORY, "code": category}]}]
        body = {"status": "final", "category": kinds, "code": code, "effectiveDateTime": stamp(time)} | value
        self.add("Observation", time, body)

    def _observation(self, record: Record) -> None:
        if record.entry.concepts:
            position = self._vocabulary.indices[record.entry.name].index(record.index)
            value, codes = record.entry.concepts[position]
            coded = {"coding": [{"system": codes[0][0], "code": codes[0][1]}], "text": value}
            answer, category = {"valueCodeableConcept": coded}, "social-history"
        else:
            vital = record.entry.unit in ("mm[Hg]", "/min", "kg/m2", "Cel", "kg")
            category = "vital-signs" if vital else "laboratory"
            category = "social-history" if record.entry.kind == "lifestyle" else category
            answer = {"valueQuantity": self._quantity(record)}
        self._measured(record.time, self._concept(record.entry), answer, category)

    def _condition(self, record: Record) -> None:
        acute = record.entry.hazard == "recurrent"
        body = {
            "clinicalStatus": {"coding": [{"system": CLINICAL, "code": "resolved" if acute else "active"}]},
            "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "confirmed"}]},
            "code": self._concept(record.entry),
            "onsetDateTime": stamp(record.time),
            "recordedDate": stamp(record.time),
        }
        if acute:
            body["abatementDateTime"] = stamp(record.time + timedelta(days=ACUTE_DAYS))
        self.add("Condition", record.time, body)

    def _drug(self, record: Record) -> None:
        name, time = record.entry.name, stamp(record.time)
        if record.event is not None and record.event.action == "STOP":
            self._stop(name, time)
            return
        body = {
            "status": "active", "intent": "order", "medicationCodeableConcept": self._concept(record.entry),
            "authoredOn": time, "dispenseRequest": {"validityPeriod": {"start": time}},
        }  # fmt: skip
        self._courses[name] = self.add("MedicationRequest", record.time, body)

    def _stop(self, name: str, time: str) -> None:
        """Ends the open course; where its start was lost, nobody knows of a course that could end."""
        course = self._courses.pop(name, None)
        if course is not None:
            course["status"] = "stopped"
            course["dispenseRequest"]["validityPeriod"]["end"] = time
            course["meta"] = {"versionId": "2", "lastUpdated": time}

    def _procedure(self, record: Record) -> None:
        code, time = self._concept(record.entry), stamp(record.time)
        if self._scribe.code(record.entry)[0].endswith("/cvx"):
            codes = {"status": "completed", "vaccineCode": code, "occurrenceDateTime": time}
            self.add("Immunization", record.time, codes)
        else:
            self.add("Procedure", record.time, {"status": "completed", "code": code, "performedDateTime": time})

    def _admission(self, record: Record) -> None:
        place = ADMISSION_CLASS.get(record.entry.name)
        if place is None:
            self._procedure(record)
            return
        days = STAY_DAYS if place == "IMP" else 0.2
        period = {"start": stamp(record.time), "end": stamp(record.time + timedelta(days=days))}
        body = {"status": "finished", "class": {"system": ACT, "code": place}, "type": [self._concept(record.entry)]}
        self.add("Encounter", record.time, body | {"period": period})


def patient(handle: str, number: int, *, male: bool, birth: datetime, death: datetime | None) -> Resource:
    """The Patient: nobody's name, nobody's address."""
    identifiers = [
        {"system": HANDLE_SYSTEM, "value": handle},
        {"system": "https://hospital.example/mrn", "value": f"SYN-{number:06d}"},
    ]
    resource: Resource = {
        "resourceType": "Patient", "id": handle, "meta": {"versionId": "1", "lastUpdated": stamp(death or birth)},
        "identifier": identifiers, "gender": "male" if male else "female", "birthDate": birth.strftime("%Y-%m-%d"),
        "name": [{"use": "official", "family": "Synthetic", "given": [f"Person{number:06d}"]}],
        "address": [{"line": [f"{number} Example Street"], "city": "Sampletown", "postalCode": "00000"}],
    }  # fmt: skip
    return resource | ({"deceasedDateTime": stamp(death)} if death else {})


def write_person(writer: PersonWriter, records: list[Record]) -> None:
    """Writes the records of one person, visit by visit."""
    times: dict[datetime, list[Record]] = {}
    for record in records:
        times.setdefault(record.time, []).append(record)
    for time, at_once in times.items():
        by_name = {record.entry.name: record for record in at_once}
        if all(record.event is None for record in at_once):
            writer.visit(time)
        pair = [by_name.get("systolic-pressure"), by_name.get("diastolic-pressure")]
        if pair[0] is not None and pair[1] is not None:
            writer.pressure(pair[0], pair[1])
            at_once = [record for record in at_once if record not in pair]
        for record in at_once:
            writer.write(record)


def records_of(cohort: Cohort, scribe: Scribe, number: int, birth: datetime) -> list[Record]:
    """The event list of one person, with dates."""
    row, age, index, event, value = cohort.log
    first, end = np.searchsorted(row, [number, number + 1])
    found = []
    for i in range(first, end):
        spec = scribe.vocabulary.events[event[i]] if event[i] >= 0 else None
        lit = int(index[i])
        entry = scribe.owners[lit] if spec is None else scribe.entries[spec.entry]
        found.append(Record(entry, lit, spec, float(value[i]), birth + timedelta(days=float(age[i]) * 365.25)))
    return found


def persons(
    cohort: Cohort,
    vocabulary: Vocabulary,
    handles: list[str],
    index_date: datetime,
    recording: Recording | None = None,
    first_number: int = 0,
) -> Iterator[tuple[str, list[Resource]]]:
    """Handle and resources (the Patient first) of every person; observation ends at `index_date` for all."""
    scribe = Scribe(vocabulary, recording)
    for number, handle in enumerate(handles):
        birth = index_date - timedelta(days=float(cohort.planned_end[number]) * 365.25)
        died = not bool(cohort.people.alive[number])
        death = birth + timedelta(days=float(cohort.end[number]) * 365.25) if died else None
        writer = PersonWriter(handle, scribe)
        write_person(writer, records_of(cohort, scribe, number, birth))
        about = patient(handle, first_number + number + 1, male=bool(cohort.male[number]), birth=birth, death=death)
        yield handle, [about, *writer.resources]


def default_index_date() -> datetime:
    """Day on which the committed samples end."""
    return datetime(2026, 10, 31, tzinfo=UTC)
