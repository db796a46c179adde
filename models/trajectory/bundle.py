"""Writes a bundle directory: vocabulary, calibration, manifest and digest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from codetable.load import Entry
from codetable.vocabulary import EventSpec, Vocabulary
from trajectory import formula
from trajectory.graph import ALLOWED_OPERATORS, CONTRACT, OPSET
from trajectory.outcomes import OUTCOMES
from trajectory.parameters import LAYERS, Sizes

NAME, VERSION = "trajectory-core", "0.1.0"
MAX_HORIZON_DAYS = 3653
KAPPA = 1.3
"""Inflation of the interval of a risk on the logit scale; invented until it is fitted on separate worlds."""


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
            for o in OUTCOMES
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


def calibration_document(vocabulary: Vocabulary, alpha: np.ndarray, logit_sd: dict[str, float]) -> dict:
    """calibration.json: alpha is added to log_hr; logit_sd is the error of a risk against the oracle, if known."""
    return {
        "apiVersion": "twinward.io/calibration/v1",
        "alpha": {event.name: round(float(alpha[event.index]), 6) for event in vocabulary.events},
        "kappa": KAPPA,
        "logitSd": logit_sd,
        "source": "validation split of the synthetic population",
    }


def write_json(path: Path, document: dict, indent: int | None = None) -> None:
    """Writes JSON with a newline at the end."""
    separators = None if indent else (",", ":")
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


ROLES = (
    ("member-0/step.onnx", "graph"), ("vocabulary.json", "vocabulary"), ("calibration.json", "calibration"),
    ("golden.json", "golden"), ("evaluation.json", "evaluation"), ("CARD.md", "card"),
)  # fmt: skip


def _file(directory: Path, path: str, role: str) -> dict:
    data = (directory / path).read_bytes()
    entry: dict = {"path": path, "role": role, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return entry | ({"member": 0} if role == "graph" else {})


def write_manifest(directory: Path, sizes: Sizes, golden: dict[str, str], training: dict) -> str:
    """Writes manifest.json over the files of the directory; returns its sha256, which is the bundle's digest."""
    manifest = {
        "apiVersion": "twinward.io/bundle/v1", "task": "Trajectory", "name": NAME, "version": VERSION,
        "files": [_file(directory, path, role) for path, role in ROLES],
        "graph": {
            "contract": CONTRACT, "opset": OPSET, "members": 1, "vocab": sizes.vocab, "events": sizes.events,
            "hidden": [LAYERS, sizes.hidden], "horizons": sizes.horizons, "outcomes": sizes.outcomes,
            "timeUnit": "year", "tick": formula.TICK_YEARS, "ageCap": formula.AGE_CAP_YEARS,
            "operators": sorted(ALLOWED_OPERATORS),
        },
        "streams": {
            "generator": "philox4x32-10", "key": "sha256(seed|subject_key)[0:8]",
            "counter": ["sample", "eventStream", "occurrence", 0], "exponential": "-log1p(-u53)",
        },
        "calibration": {"alpha": "validation split", "kappa": KAPPA, "truth": "synthetic"},
        "training": training,
        "intendedUse": {
            "status": "research", "statement": "Not clinically validated; refit locally.", "ageYears": [18, 100],
            "maxHorizonDays": MAX_HORIZON_DAYS, "minCoverage": 0.8, "effects": "association",
        },
        "golden": {"cases": 16, "digests": golden, "relTolerance": 1e-4, "sameOrder": 0.999},
    }  # fmt: skip
    write_json(directory / "manifest.json", manifest, indent=2)
    return hashlib.sha256((directory / "manifest.json").read_bytes()).hexdigest()
