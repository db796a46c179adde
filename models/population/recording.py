"""How a site writes an entry down: code, unit and value. Both views of the event list, FHIR and MEDS, ask here."""

from __future__ import annotations

import numpy as np

from codetable.load import Code, Entry
from codetable.vocabulary import Vocabulary
from population.definition import Recording

CODED_BY_HABIT = ("condition", "drug", "measurement", "procedure")
SIGNIFICANT = 6


class Scribe:
    """Writes entries of a vocabulary by the habits of a site."""

    def __init__(self, vocabulary: Vocabulary, recording: Recording | None = None) -> None:
        self.vocabulary, self._recording = vocabulary, recording or Recording()
        self._by_code = vocabulary.table.by_code()
        self.owners, self.entries = entry_of_index(vocabulary), vocabulary.table.by_name()

    def code(self, entry: Entry) -> Code:
        """The first code of the entry, or by habit the last one that is its own (no combination product)."""
        if not self._recording.last_code or entry.kind not in CODED_BY_HABIT:
            return entry.codes[0]
        return next(code for code in reversed(entry.codes) if len(self._by_code[code]) == 1)

    def unit(self, entry: Entry) -> str | None:
        """UCUM unit in which the entry is written; None for what has none."""
        return self._recording.units.get(entry.name, entry.unit)

    def values(self, entry: Entry, canonical: np.ndarray) -> np.ndarray:
        """Values in that unit, to six significant digits; a value on the edge of a bin stays on its side of it."""
        unit = next((one for one in entry.units if one.ucum == self.unit(entry)), None)
        if unit is None or unit == entry.units[0]:
            return canonical
        exact = (canonical - unit.offset) / unit.factor
        with np.errstate(divide="ignore"):
            step = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(exact), 1e-12))) - (SIGNIFICANT - 1))
        written = np.round(exact / step) * step
        edges = np.array(entry.bins)
        wanted = np.searchsorted(edges, canonical, side="right")
        below = np.searchsorted(edges, written * unit.factor + unit.offset, side="right") < wanted
        return np.where(below, written + step, written)


def entry_of_index(vocabulary: Vocabulary) -> dict[int, Entry]:
    """Entry by vocabulary index."""
    entries = vocabulary.table.by_name()
    return {index: entries[name] for name, own in vocabulary.indices.items() for index in own}
