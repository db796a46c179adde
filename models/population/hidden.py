"""What no record names: set points of measurements, hidden classes and the date of the next visit, given the record.

The oracle of a forecast may not know more than the record, or it would beat every model by looking behind it.
"""

from __future__ import annotations

import numpy as np

from population.classes import draw_classes
from population.cohort import Cohort
from population.measure import VisitPanel
from population.oracle import Oracle, People


def redraw(oracle: Oracle, people: People, classes: np.ndarray, random: np.random.Generator) -> None:
    """Draws everything hidden anew, in place, given the record up to now; `classes` [n, C] are the probabilities of the
    hidden classes (`Cohort.classes`). Exact but for the rounding and clipping of values; where a site loses records, it
    is what the complete record would say."""
    panel = VisitPanel(oracle.vocabulary, oracle.world.measurements)
    mean, deviation = panel.posterior(people.measured, people.residual)
    people.set_points = mean + deviation * random.standard_normal(mean.shape)
    people.frailty = draw_classes(classes, random)
    first, last = np.maximum(people.visit_range[:, 0], people.age), people.visit_range[:, 1]
    people.next_visit = first + random.random(len(first)) * np.maximum(last - first, 0.0)


def posterior_people(cohort: Cohort, oracle: Oracle, rows: np.ndarray, random: np.random.Generator) -> People:
    """Copies of some rows (they may repeat) at the end of their record, with everything hidden drawn anew."""
    people = cohort.people.take(rows)
    redraw(oracle, people, cohort.classes[rows], random)
    return people
