"""The outcomes that a bundle can be asked for, as groups of hazard events of a vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

from codetable.vocabulary import Vocabulary

CANCERS = (
    "breast-cancer", "colorectal-cancer", "lung-cancer", "prostate-cancer", "melanoma", "bladder-cancer",
    "pancreatic-cancer", "kidney-cancer", "lymphoma", "endometrial-cancer",
)  # fmt: skip
"""Those of them that a vocabulary has are the outcome cancer."""
HORIZON_YEARS = (1.0, 2.0, 5.0, 10.0)
"""Horizons of the evaluation; a request may ask for any up to 3653 days."""


@dataclass(frozen=True)
class Outcome:
    """`recurrent`: the figure is an expected count. `complement`: the figure is 1 - risk of any of the events."""

    name: str
    title: str
    events: tuple[str, ...]
    recurrent: bool = False
    complement: bool = False


def deaths_of(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Names of the causes of death."""
    return tuple(event.name for event in vocabulary.events if event.terminal)


def outcomes_of(vocabulary: Vocabulary) -> tuple[Outcome, ...]:
    """The outcomes in the order of their columns."""
    deaths = deaths_of(vocabulary)
    cancers = tuple(name for name in CANCERS if name in vocabulary.event_index)
    composite = ("mi", "stroke", "heart-failure", *cancers, "dementia", "esrd", "hip-fracture", *deaths)
    return (
        Outcome("mi", "Myocardial infarction", ("mi",)),
        Outcome("stroke", "Stroke", ("stroke",)),
        Outcome("heart-failure", "Heart failure", ("heart-failure",)),
        Outcome("atrial-fibrillation", "Atrial fibrillation", ("atrial-fibrillation",)),
        Outcome("type2-diabetes", "Type 2 diabetes", ("type2-diabetes",)),
        Outcome("ckd", "Chronic kidney disease", ("ckd",)),
        Outcome("hypertension", "Hypertension", ("hypertension",)),
        Outcome("copd", "Chronic obstructive pulmonary disease", ("copd",)),
        Outcome("dementia", "Dementia", ("dementia",)),
        Outcome("cancer", "Cancer of any kind that is modelled", cancers),
        Outcome("fracture", "Fracture of any bone", ("fracture", "hip-fracture")),
        Outcome("pneumonia", "Pneumonia", ("pneumonia",)),
        Outcome("mace", "Infarction, stroke or cardiovascular death", ("mi", "stroke", "death-cardiovascular")),
        Outcome("hospital-admission", "Hospital admissions", ("hospital-admission",), recurrent=True),
        Outcome("death", "Death from any cause", deaths),
        Outcome(
            "event-free",
            "Alive without infarction, stroke, heart failure, cancer, dementia, kidney failure or hip fracture",
            composite,
            complement=True,
        ),
    )
