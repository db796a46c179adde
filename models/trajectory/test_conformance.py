"""The committed vectors are those of the committed bundle, and meet every rule of the tokeniser."""

from __future__ import annotations

import json

from trajectory.conformance import PATH, sayings, text
from trajectory.export import DEFAULT_OUT, vocabulary_of_bundle


def test_the_vectors_are_what_the_tokeniser_gives() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run python -m trajectory.conformance"


def test_every_index_is_lit_and_every_status_occurs() -> None:
    vocabulary, sizes = vocabulary_of_bundle(DEFAULT_OUT)
    cases = json.loads(PATH.read_text(encoding="utf-8"))["cases"]
    lit = {index for case in cases for instant in case["instants"] for index in instant["now"]}
    sexes = {index for name in ("sex-female", "sex-male") for index in vocabulary.indices[name]}
    stops = {vocabulary.indices[e.name][1] for e in vocabulary.table.entries if e.kind == "drug"}
    missing = {vocabulary.labels[index] for index in set(range(sizes.vocab)) - lit - sexes - stops}
    assert not missing
    assert len(stops & lit) >= 5
    for status in ("mapped", "ignored", "unmapped", "bad_unit"):
        assert sum(case["coverage"][status] for case in cases) > 0
    said = sum(len(case["history"]) for case in cases)
    assert said > len(sayings(vocabulary))
