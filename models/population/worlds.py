"""The worlds by name: `definition("matched")`, and the vocabulary that each of them speaks.

matched       Gompertz ages, log-additive effects: the class that the model assumes
thresholds    interactions, counts of diseases, risks that bend with age, U-shapes
frailty       three hidden classes of persons
feedback      treatment and a measured confounder act on each other
second-site   matched, with shifted baselines, other codes and units, 15 % of the records lost
first         the world of the first bundle and of the committed samples, in the first edition of the code table
"""

from __future__ import annotations

from functools import cache

from codetable.load import FIRST_EDITION, load_code_table
from codetable.vocabulary import Vocabulary, build_vocabulary
from population import figures, measure, world
from population.definition import Definition, Start, VisitProcedure, Visits

WORLDS = ("matched", "thresholds", "frailty", "feedback", "second-site", "first")
_MAKERS = {
    "matched": figures.matched,
    "thresholds": figures.thresholds,
    "frailty": figures.frailty,
    "feedback": figures.feedback,
    "second-site": figures.second_site,
}


@cache
def definition(name: str) -> Definition:
    """A world by name. Raises ValueError for a name that is not in WORLDS."""
    if name == "first":
        return _first()
    if name not in _MAKERS:
        raise ValueError(f"world {name!r} does not exist; choose one of {', '.join(WORLDS)}")
    return _MAKERS[name](figures.read_figures())


@cache
def vocabulary_of(name: str) -> Vocabulary:
    """Vocabulary of a world: of the first edition for `first`, else of models/codes.yaml."""
    return build_vocabulary(load_code_table(FIRST_EDITION) if name == "first" else load_code_table())


def _first() -> Definition:
    hazards = {**world.CONDITIONS, **world.DEATHS}
    for drug, hazard in world.DRUG_STARTS.items():
        hazards[f"start-{drug}"] = hazard
        hazards[f"stop-{drug}"] = world.Hazard(world.DRUG_STOP_RATE, 0.0, {})
    chronic = ("hypertension", "type2-diabetes", "ckd", "heart-failure", "atrial-fibrillation", "copd", "mi", "stroke")
    return Definition(
        name="first",
        hazards=hazards,
        drug_effects=world.DRUG_EFFECTS,
        recencies=world.RECENCIES,
        measurements=measure.MEASUREMENTS,
        procedures=tuple(VisitProcedure(*figure) for figure in measure.VISIT_PROCEDURES),
        unrecorded=world.UNRECORDED_BEFORE_ENTRY,
        visits=Visits((1.5, 0.8, 0.45), (0.5, 1.5), chronic),
        start=Start(male=0.49, smoking=(0.42, 0.34)),
        visits_before_entry=True,
    )
