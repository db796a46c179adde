"""What makes a world: figures only. `oracle.py` turns them into hazards, `simulate.py` runs them."""

from __future__ import annotations

from dataclasses import dataclass, field

from population.measure import Measurement
from population.world import Effects, Hazard, Recency


@dataclass(frozen=True)
class Interaction:
    """The effects hold while `together` all hold, and at least `at_least` of `of` (0: none needed)."""

    name: str
    effects: Effects
    together: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    at_least: int = 0


@dataclass(frozen=True)
class Bend:
    """From `age` on, the log-hazard of `event` has jumped by `jump` and rises by `slope` per year more."""

    event: str
    age: float
    jump: float
    slope: float


@dataclass(frozen=True)
class Frailty:
    """Hidden classes: `shares` sum to 1; the log-hazards of `events` are shifted by the effect of the class."""

    names: tuple[str, ...]
    shares: tuple[float, ...]
    effects: tuple[float, ...]
    events: tuple[str, ...]


@dataclass(frozen=True)
class VisitProcedure:
    """Done at a visit with `chance` by those who are at least `age` and have `needs` (None: everybody)."""

    name: str
    chance: float
    needs: str | None
    age: float


@dataclass(frozen=True)
class FollowUp:
    """Done at the instant of an event with `chance`."""

    event: str
    procedure: str
    chance: float


@dataclass(frozen=True)
class Visits:
    """Years to the next visit by the number of `chronic` diseases (none, one or two, three or more), times a uniform
    factor within `spread`. `raised`: chance of a measurement that a disease calls for; `orders`: factor on the
    others."""

    pace: tuple[float, float, float]
    spread: tuple[float, float]
    chronic: tuple[str, ...]
    raised: float = 0.8
    orders: float = 1.0


@dataclass(frozen=True)
class Start:
    """Shares at the age of 20. `smoking`: share of smokers among men and among women; `flags`: other labels that
    hold for life, by share of persons."""

    male: float
    smoking: tuple[float, float]
    former: float = 0.0
    quits: float = 0.035
    asked: float = 0.4
    flags: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Recording:
    """Habits of a site: whether it writes the last code of an entry instead of the first, UCUM units by measurement
    (others are canonical), and which share of the records is lost."""

    last_code: bool = False
    units: dict[str, str] = field(default_factory=dict)
    missing: float = 0.0


@dataclass(frozen=True)
class Definition:
    """A world. `hazards` by event name, starts and stops of drugs included; `confounders`: the part of the effects on
    starts that does not act in trial participants, whose treatment is thereby random given its indication."""

    name: str
    hazards: dict[str, Hazard]
    drug_effects: dict[str, Effects]
    recencies: tuple[Recency, ...]
    measurements: tuple[Measurement, ...]
    procedures: tuple[VisitProcedure, ...]
    unrecorded: tuple[str, ...]
    visits: Visits
    start: Start
    confounders: dict[str, Effects] = field(default_factory=dict)
    trial: str | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    visits_before_entry: bool = False
    interactions: tuple[Interaction, ...] = ()
    bends: tuple[Bend, ...] = ()
    frailty: Frailty | None = None
    recording: Recording = Recording()
