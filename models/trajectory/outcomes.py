"""The outcomes that the bundle can be asked for, as groups of hazard events."""

from __future__ import annotations

from dataclasses import dataclass

DEATHS = ("death-cardiovascular", "death-cancer", "death-respiratory", "death-other")
CANCERS = ("breast-cancer", "colorectal-cancer", "lung-cancer", "prostate-cancer")


@dataclass(frozen=True)
class Outcome:
    """`recurrent`: the figure is an expected count. `complement`: the figure is 1 - risk of any of the events."""

    name: str
    title: str
    events: tuple[str, ...]
    recurrent: bool = False
    complement: bool = False


OUTCOMES = (
    Outcome("mi", "Myocardial infarction", ("mi",)),
    Outcome("stroke", "Stroke", ("stroke",)),
    Outcome("heart-failure", "Heart failure", ("heart-failure",)),
    Outcome("atrial-fibrillation", "Atrial fibrillation", ("atrial-fibrillation",)),
    Outcome("type2-diabetes", "Type 2 diabetes", ("type2-diabetes",)),
    Outcome("ckd", "Chronic kidney disease", ("ckd",)),
    Outcome("hypertension", "Hypertension", ("hypertension",)),
    Outcome("copd", "Chronic obstructive pulmonary disease", ("copd",)),
    Outcome("dementia", "Dementia", ("dementia",)),
    Outcome("cancer", "Breast, colorectal, lung or prostate cancer", CANCERS),
    Outcome("fracture", "Fracture of any bone", ("fracture", "hip-fracture")),
    Outcome("pneumonia", "Pneumonia", ("pneumonia",)),
    Outcome("mace", "Infarction, stroke or cardiovascular death", ("mi", "stroke", "death-cardiovascular")),
    Outcome("hospital-admission", "Hospital admissions", ("hospital-admission",), recurrent=True),
    Outcome("death", "Death from any cause", DEATHS),
    Outcome(
        "event-free",
        "Alive without infarction, stroke, heart failure, cancer, dementia, kidney failure or hip fracture",
        ("mi", "stroke", "heart-failure", *CANCERS, "dementia", "esrd", "hip-fracture", *DEATHS),
        complement=True,
    ),
)
HORIZON_YEARS = (1.0, 2.0, 5.0, 10.0)
"""Horizons of the evaluation; a request may ask for any up to 3653 days."""
