"""Reads `models/figures.yaml`, the figures of the worlds, into frozen data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml

from population.definition import (
    Bend,
    Definition,
    FollowUp,
    Frailty,
    Interaction,
    Recording,
    Start,
    VisitProcedure,
    Visits,
)  # fmt: skip
from population.measure import Measurement
from population.world import Effects, Hazard, Recency

FIGURES_PATH = Path(__file__).resolve().parent.parent / "figures.yaml"


def read_figures(path: Path = FIGURES_PATH) -> dict:
    """The file as it is."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def effects(raw: dict) -> Effects:
    """Effects by label; a list is one effect per bin, and its zeros are left out.

    >>> effects({"egfr": [3.0, 0, 1.0], "ckd": 0.5, "source": "invented"})
    {'egfr:0': 3.0, 'egfr:2': 1.0, 'ckd': 0.5}
    """
    found: Effects = {}
    for label, value in raw.items():
        if label == "source":
            continue
        if isinstance(value, list):
            found |= {f"{label}:{number}": float(one) for number, one in enumerate(value) if one}
        else:
            found[label] = float(value)
    return found


def matched(raw: dict) -> Definition:
    """The world of the class that the model assumes: Gompertz ages and log-additive effects."""
    hazards = {
        name: Hazard(body["rate"], body["gompertz"], effects(body["effects"]))
        for group in ("conditions", "events", "deaths")
        for name, body in raw[group].items()
    }
    return Definition(
        name="matched",
        hazards=hazards | _drug_hazards(raw),
        drug_effects={drug: effects(body) for drug, body in raw["drug_effects"].items()},
        confounders={f"start-{drug}": effects(body["confounders"]) for drug, body in raw["drug_starts"].items()},
        recencies=tuple(Recency(n, b["years"], effects(b["effects"])) for n, b in raw["recencies"].items()),
        measurements=tuple(_measurement(name, body) for name, body in raw["measurements"].items()),
        procedures=tuple(
            VisitProcedure(name, body["chance"], body.get("needs"), body["age"])
            for name, body in raw["visit_procedures"].items()
        ),
        follow_ups=tuple(
            FollowUp(event, procedure, chance)
            for event, body in raw["follow_ups"].items()
            for procedure, chance in effects(body).items()
        ),
        unrecorded=tuple(raw["before_entry"]["events"]),
        visits=_visits(raw["visits"]),
        start=_start(raw["population"]),
        trial="trial-participant",
    )


def _drug_hazards(raw: dict) -> dict[str, Hazard]:
    found = {}
    short, usual = raw["drug_stops"]["short"], raw["drug_stops"]["usual"]
    for drug, body in raw["drug_starts"].items():
        stop = short if drug in short["drugs"] else usual
        found[f"start-{drug}"] = Hazard(body["rate"], 0.0, effects(body["effects"]))
        found[f"stop-{drug}"] = Hazard(stop["rate"], 0.0, {})
    return found


def _measurement(name: str, body: dict) -> Measurement:
    own = {key: value for key, value in body.items() if key != "source"}
    return Measurement(name, **own | {"ordered_by": tuple(own.get("ordered_by", ()))})


def _visits(raw: dict) -> Visits:
    pace = raw["pace"]
    years = (pace["none"], pace["one"], pace["three"])
    return Visits(years, tuple(pace["spread"]), tuple(pace["chronic"]), raised=raw["ordered"]["chance"])


def _start(raw: dict) -> Start:
    smoking = raw["smoking"]
    return Start(
        male=raw["male"]["share"],
        smoking=(smoking["current-male"], smoking["current-female"]),
        former=smoking["former"],
        quits=smoking["quits-per-visit"],
        asked=smoking["asked-per-visit"],
        flags={name: raw[name]["share"] for name in ("lives-alone", "trial-participant")},
    )


def _with_effects(hazard: Hazard, changed: Effects, *, instead: bool = True) -> Hazard:
    """Effects on a measurement replace those that its other bins had."""
    names = {label.partition(":")[0] for label in changed} if instead else set()
    kept = {label: value for label, value in hazard.effects.items() if label.partition(":")[0] not in names}
    return replace(hazard, effects=kept | changed)


def thresholds(raw: dict) -> Definition:
    """Interactions of three, counts of diseases, ages at which risks bend, and U-shapes of values."""
    base, own = matched(raw), raw["worlds"]["thresholds"]
    shapes = {event: effects(body) for event, body in own["shapes"].items()}
    return replace(
        base,
        name="thresholds",
        hazards=base.hazards | {event: _with_effects(base.hazards[event], shape) for event, shape in shapes.items()},
        interactions=tuple(
            Interaction(
                name,
                effects(body["effects"]),
                tuple(body.get("together", ())),
                tuple(body.get("of", ())),
                body.get("at_least", 0),
            )
            for name, body in own["interactions"].items()
        ),
        bends=tuple(
            Bend(event, float(age), float(jump), float(slope))
            for event, body in own["bends"].items()
            for age, jump, slope in zip(body["ages"], body["jumps"], body["slopes"], strict=True)
        ),
    )


def frailty(raw: dict) -> Definition:
    """Three hidden classes of persons."""
    own = raw["worlds"]["frailty"]
    classes = own["classes"]
    hidden = Frailty(
        tuple(classes),
        tuple(body["share"] for body in classes.values()),
        tuple(body["effect"] for body in classes.values()),
        tuple(own["events"]["names"]),
    )
    return replace(matched(raw), name="frailty", frailty=hidden)


def feedback(raw: dict) -> Definition:
    """Treatment moves a value, the value moves treatment, and both move the outcome."""
    base, own = matched(raw), raw["worlds"]["feedback"]
    shifts = {name: effects(body) for name, body in own["shifts"].items()}
    hazards = dict(base.hazards)
    for event, body in own["outcomes"].items():
        hazards[event] = _with_effects(hazards[event], effects(body))
    for drug, body in own["stops"].items():
        hazards[f"stop-{drug}"] = _with_effects(hazards[f"stop-{drug}"], effects(body))
    starts = {f"start-{drug}": effects(body) for drug, body in own["starts"].items()}
    return replace(
        base,
        name="feedback",
        hazards=hazards,
        confounders=base.confounders | {
            name: _with_effects(Hazard(1.0, 0.0, base.confounders[name]), shape).effects
            for name, shape in starts.items()
        },
        measurements=tuple(
            replace(m, shifts=m.shifts | shifts[m.name]) if m.name in shifts else m for m in base.measurements
        ),
    )  # fmt: skip


def second_site(raw: dict) -> Definition:
    """The matched world elsewhere: other baselines, other codes and units, fewer visits and tests, lost records."""
    base, own = matched(raw), raw["second_site"]
    factors = effects(own["baselines"])
    pace, smoking = own["pace"]["factor"], own["smoking"]
    return replace(
        base,
        name="second-site",
        hazards={
            name: replace(hazard, rate=hazard.rate * 2.718281828459045 ** factors.get(name, 0.0))
            for name, hazard in base.hazards.items()
        },
        visits=replace(
            base.visits, pace=tuple(years * pace for years in base.visits.pace), orders=own["orders"]["factor"]
        ),
        start=replace(
            base.start, smoking=(smoking["current-male"], smoking["current-female"]), former=smoking["former"]
        ),
        recording=Recording(last_code=True, units=dict(own["units"]["ucum"]), missing=own["missing"]["share"]),
    )
