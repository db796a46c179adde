"""Writes a bundle directory: vocabulary, calibration, manifest and digest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from codetable.load import Entry
from codetable.vocabulary import EventSpec, Vocabulary
from trajectory import formula
from trajectory.graph import ALLOWED_OPERATORS, CONTRACT, OPSET
from trajectory.outcomes import outcomes_of
from trajectory.parameters import LAYERS, Sizes

NAME, VERSION = "trajectory-core", "0.1.0"
MAX_HORIZON_DAYS = 3653
UNFITTED_KAPPA = 1.3
"""Inflation of intervals where there is no world with a known truth to fit it on."""


@dataclass(frozen=True)
class Calibration:
    """alpha [K] is added to log_hr; kappa inflates intervals; logit_sd: error of a five-year risk against the truth,
    by outcome, if known; source: what they were fitted on."""

    alpha: np.ndarray
    kappa: float = UNFITTED_KAPPA
    logit_sd: dict[str, float] = field(default_factory=dict)
    source: str = "nothing"
    truth: str = "none"


def _entry(entry: Entry, vocabulary: Vocabulary) -> dict:
    indices = vocabulary.indices[entry.name]
    document: dict = {
        "name": entry.name, "title": entry.title, "kind": entry.kind, "effect": entry.effect,
        "hazard": entry.hazard, "source": entry.source,
        "codes": [{"system": system, "code": code} for system, code in entry.codes],
    }  # fmt: skip
    if entry.effect == "set":
        document["index"] = indices[0]
    if entry.kind == "drug":
        document["stopIndex"] = indices[1]
        document["indications"] = list(entry.indications)
    if entry.bins:
        document["measure"] = {
            "unit": entry.unit,
            "units": [{"ucum": u.ucum, "factor": u.factor, "offset": u.offset} for u in entry.units],
            "edges": list(entry.bins),
            "plausible": list(entry.plausible or ()),
            "indices": list(indices),
        }
    if entry.concepts:
        document["concepts"] = [
            {"value": value, "index": index, "codes": [{"system": s, "code": c} for s, c in codes]}
            for (value, codes), index in zip(entry.concepts, indices, strict=True)
        ]
    return document


def _event(event: EventSpec) -> dict:
    return {
        "index": event.index, "name": event.name, "title": event.title, "entry": event.entry,
        "action": event.action, "recurrent": event.recurrent, "terminal": event.terminal, "stream": event.stream,
        "now": list(event.now), "set": list(event.set), "clear": list(event.clear),
        "requires": list(event.requires), "excludes": list(event.excludes),
        "initialRisk": not event.requires,
    }  # fmt: skip


def vocabulary_document(vocabulary: Vocabulary, calibrated: set[str], identified: set[str]) -> dict:
    """vocabulary.json; `calibrated`: outcome names that passed their gates; `identified`: drugs, likewise."""
    ignored = [{"system": s, "code": c, "reason": r} for (s, c), r in vocabulary.table.ignored.items()]
    drugs = [e for e in vocabulary.table.entries if e.kind == "drug" and e.hazard != "none"]
    return {
        "apiVersion": "twinward.io/vocabulary/v1",
        "size": vocabulary.size,
        "sex": {sex: vocabulary.indices[f"sex-{sex}"][0] for sex in ("female", "male")},
        "entries": [_entry(entry, vocabulary) for entry in vocabulary.table.entries],
        "events": [_event(event) for event in vocabulary.events],
        "outcomes": [
            {
                "name": o.name, "title": o.title, "events": list(o.events), "recurrent": o.recurrent,
                "complement": o.complement, "calibrated": o.name in calibrated,
            }
            for o in outcomes_of(vocabulary)
        ],
        "interventions": [
            {
                "entry": e.name, "title": e.title, "actions": ["START", "STOP"],
                "effect": "identified" if e.name in identified else "association",
                "startEvent": f"start-{e.name}", "stopEvent": f"stop-{e.name}",
                "codes": [{"system": system, "code": code} for system, code in e.codes],
            }
            for e in drugs
        ],
        "ignored": ignored,
        "labels": list(vocabulary.labels),
    }  # fmt: skip


def calibration_document(vocabulary: Vocabulary, calibration: Calibration) -> dict:
    """calibration.json."""
    return {
        "apiVersion": "twinward.io/calibration/v1",
        "alpha": {event.name: round(float(calibration.alpha[event.index]), 6) for event in vocabulary.events},
        "kappa": calibration.kappa,
        "logitSd": calibration.logit_sd,
        "source": calibration.source,
    }


def write_json(path: Path, document: dict, indent: int | None = None) -> None:
    """Writes JSON with a newline at the end."""
    separators = None if indent else (",", ":")
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


ROLES = (
    ("vocabulary.json", "vocabulary"), ("calibration.json", "calibration"),
    ("golden.json", "golden"), ("evaluation.json", "evaluation"), ("CARD.md", "card"),
)  # fmt: skip


def _file(directory: Path, path: str, role: str, member: int | None = None) -> dict:
    data = (directory / path).read_bytes()
    entry: dict = {"path": path, "role": role, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return entry | ({} if member is None else {"member": member})


def write_manifest(
    directory: Path, sizes: Sizes, golden: dict[str, str], training: dict, calibration: Calibration, members: int
) -> str:
    """Writes manifest.json over the files of the directory; returns its sha256, which is the bundle's digest."""
    graphs = [_file(directory, f"member-{number}/step.onnx", "graph", number) for number in range(members)]
    manifest = {
        "apiVersion": "twinward.io/bundle/v1", "task": "Trajectory", "name": NAME, "version": VERSION,
        "files": [*graphs, *(_file(directory, path, role) for path, role in ROLES)],
        "graph": {
            "contract": CONTRACT, "opset": OPSET, "members": members, "vocab": sizes.vocab, "events": sizes.events,
            "hidden": [LAYERS, sizes.hidden], "horizons": sizes.horizons, "outcomes": sizes.outcomes,
            "timeUnit": "year", "tick": formula.TICK_YEARS, "ageCap": formula.AGE_CAP_YEARS,
            "operators": sorted(ALLOWED_OPERATORS),
        },
        "streams": {
            "generator": "philox4x32-10", "key": "sha256(seed|subject_key)[0:8]",
            "counter": ["sample", "eventStream", "occurrence", 0], "exponential": "-log1p(-u53)",
        },
        "calibration": {"alpha": "validation split", "kappa": calibration.kappa, "truth": calibration.truth},
        "training": training,
        "intendedUse": {
            "status": "research", "statement": "Not clinically validated; refit locally.", "ageYears": [18, 100],
            "maxHorizonDays": MAX_HORIZON_DAYS, "minCoverage": 0.8, "effects": "association",
        },
        "golden": {"cases": 16, "digests": golden, "relTolerance": 1e-4, "sameOrder": 0.999},
    }  # fmt: skip
    write_json(directory / "manifest.json", manifest, indent=2)
    return hashlib.sha256((directory / "manifest.json").read_bytes()).hexdigest()
