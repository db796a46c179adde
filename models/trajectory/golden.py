"""Golden cases: what a host must reproduce. Everything is seeded, so that an export is reproducible."""

from __future__ import annotations

import base64
import hashlib

import numpy as np

from codetable.vocabulary import Vocabulary
from trajectory.graph import input_shapes
from trajectory.outcomes import outcomes_of
from trajectory.parameters import Sizes
from trajectory.rollout import Clocks, Question, Rows, Step, event_tables, risk_mask, roll
from trajectory.streams import exponentials, stream_key
from trajectory.tokenise import CodedEvent, instants, tokenise

ROWS = 16
OUTPUT_ORDER = ("h_out", "event", "dt_out", "cum", "out_comp", "log_lambda")
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"

HISTORY = (
    CodedEvent(SNOMED, "59621000", -3000.25, "OCCUR"),
    CodedEvent(RXNORM, "314076", -2999.5, "START"),
    CodedEvent(LOINC, "8480-6", -900.0, "MEASURE", 151.0, "mm[Hg]"),
    CodedEvent(LOINC, "8480-6", -400.0, "MEASURE", 17.2, "kPa"),
    CodedEvent(LOINC, "2339-0", -400.0, "MEASURE", 6.1, "mmol/L"),
    CodedEvent(LOINC, "72166-2", -400.0, "MEASURE", concept=f"{SNOMED}|8517006"),
    CodedEvent(SNOMED, "444814009", -399.9, "OCCUR"),
    CodedEvent(SNOMED, "444814009", -385.0, "RESOLVE"),
    CodedEvent(RXNORM, "746030", -200.0, "START"),
    CodedEvent(RXNORM, "314076", -150.0, "START"),
    CodedEvent(RXNORM, "314076", -20.0, "STOP"),
    CodedEvent(LOINC, "8480-6", -10.0, "MEASURE", 151.0, "mmol/L"),
    CodedEvent(LOINC, "85354-9", -10.0, "MEASURE"),
    CodedEvent(SNOMED, "1", -10.0, "OCCUR"),
)
"""A history that meets every rule of the tokeniser. Written by hand; nobody's record."""


def packed(array: np.ndarray) -> dict:
    """Array as shape, type and base64 of its little-endian bytes."""
    data = np.ascontiguousarray(array)
    return {"shape": list(data.shape), "type": str(data.dtype), "data": base64.b64encode(data.tobytes()).decode()}


def step_inputs(vocabulary: Vocabulary, sizes: Sizes, seed: int = 2026) -> dict[str, np.ndarray]:
    """Sixteen rows that cover ages 18 to 100, ticks, empty and full bags, and clocks that fire and do not."""
    generator = np.random.default_rng(seed)
    x = {n: np.zeros(s if n == "out_map" else (ROWS, *s), np.float32) for n, s in input_shapes(sizes).items()}
    x["age"][:, 0] = np.linspace(18, 100, ROWS)
    x["dt"][:, 0] = generator.uniform(0, 1, ROWS) * (np.arange(ROWS) > 0)
    x["bag"] = (generator.random((ROWS, sizes.vocab)) < 0.06).astype(np.float32)
    lit = generator.random((ROWS, sizes.vocab)) < 0.02
    x["now"] = (lit & (np.arange(ROWS)[:, None] % 4 != 0)).astype(np.float32)
    x["h"] = generator.uniform(-1, 1, x["h"].shape).astype(np.float32)
    x["risk"] = risk_mask(event_tables(vocabulary), x["bag"])
    x["log_hr"] = (0.2 * generator.standard_normal(x["log_hr"].shape)).astype(np.float32)
    x["clock"] = generator.exponential(1.0, x["clock"].shape).astype(np.float32)
    x["clock"][-4:] = 1e9
    x["t_stop"][:, 0] = np.where(np.arange(ROWS) % 3 == 0, 1.0, generator.uniform(0.01, 1, ROWS))
    x["h_rem"] = np.maximum(0, generator.uniform(-1, 5, x["h_rem"].shape)).astype(np.float32)
    x["out_map"] = outcome_map(vocabulary, sizes)
    x["out_alive"] = (generator.random(x["out_alive"].shape) < 0.9).astype(np.float32)
    return x


def outcome_map(vocabulary: Vocabulary, sizes: Sizes) -> np.ndarray:
    """All outcomes of the bundle as columns [K, O] of 0/1."""
    result = np.zeros((sizes.events, sizes.outcomes), np.float32)
    for column, outcome in enumerate(outcomes_of(vocabulary)):
        result[[vocabulary.event_index[name] for name in outcome.events], column] = 1.0
    return result


def output_digest(outputs: dict[str, np.ndarray]) -> str:
    """sha256 over the bytes of the outputs in OUTPUT_ORDER."""
    digest = hashlib.sha256()
    for name in OUTPUT_ORDER:
        digest.update(np.ascontiguousarray(outputs[name]).tobytes())
    return digest.hexdigest()


def _multi_hot(size: int, indices: tuple[int, ...]) -> np.ndarray:
    row = np.zeros((1, size), np.float32)
    row[0, list(indices)] = 1.0
    return row


def index_rows(step: Step, vocabulary: Vocabulary, history: list[CodedEvent], age_days: float, sex: str) -> Rows:
    """Folds one history and returns the single row of the point at the index."""
    tokens, _ = tokenise(vocabulary, history, vocabulary.table.by_code())
    sizes = step.sizes
    h, empty = np.zeros((1, 2, sizes.hidden), np.float32), np.zeros((1, sizes.vocab), np.float32)
    bag = _multi_hot(sizes.vocab, (vocabulary.indices[f"sex-{sex}"][0],))
    points = [(i.offset_days / 365.25, i.now, i.bag) for i in instants(vocabulary, tokens, age_days, sex)]
    age, last, pending = age_days / 365.25, None, None
    for time, now, holds in [*points, (0.0, (), None)]:
        if holds is None and last == 0.0:
            break
        while last is not None and time - last > 1.0:
            h = step.fold(pending)
            last += 1.0
            pending = Rows(empty, bag, np.array([age + last]), np.array([1.0]), h)
        h = h if pending is None else step.fold(pending)
        bag = bag if holds is None else _multi_hot(sizes.vocab, holds)
        dt = 0.0 if last is None else time - last
        pending = Rows(_multi_hot(sizes.vocab, now), bag, np.array([age + time]), np.array([dt]), h)
        last = time
    return pending


def _tokeniser_case(vocabulary: Vocabulary) -> dict:
    age_days, sex = 20000.5, "female"
    tokens, coverage = tokenise(vocabulary, list(HISTORY), vocabulary.table.by_code())
    found = instants(vocabulary, tokens, age_days, sex)
    return {
        "ageAtIndexDays": age_days, "sex": sex,
        "history": [{k: v for k, v in vars(event).items() if v is not None} for event in HISTORY],
        "coverage": vars(coverage),
        "instants": [{"offset_days": i.offset_days, "now": i.now, "bag": i.bag} for i in found],
    }  # fmt: skip


def _rollout_case(step: Step, vocabulary: Vocabulary, alpha: np.ndarray) -> dict:
    tables, sizes = event_tables(vocabulary), step.sizes
    start = index_rows(step, vocabulary, list(HISTORY), 20000.5, "female").repeat(ROWS)
    horizons = np.array([365.0, 1826.0, 3652.0]) / 365.25
    outcomes = outcomes_of(vocabulary)
    recurrent = np.array([outcome.recurrent for outcome in outcomes])
    question = Question(horizons, outcome_map(vocabulary, sizes)[:, : len(outcomes)], recurrent, alpha)
    key = np.tile(np.array(stream_key(7, b"golden"), np.uint64), (ROWS, 1))
    totals = roll(step, tables, start, question, Clocks(tables, key, np.arange(ROWS)), keep_paths=True)
    return {
        "seed": 7, "subjectKeyUtf8": "golden", "ageAtIndexDays": 20000.5, "sex": "female", "samples": ROWS,
        "horizonsDays": [365, 1826, 3652], "outcomes": [outcome.name for outcome in outcomes],
        "paths": [[{"event": vocabulary.events[k].name, "days": t * 365.25} for k, t in p] for p in totals.paths],
        "count": packed(totals.count), "compensator": packed(totals.compensator),
        "stateAtIndex": packed(start.h[:1]),
    }  # fmt: skip


def _stream_case(vocabulary: Vocabulary) -> dict:
    words = stream_key(7, b"golden")
    key = tuple(np.full(4, word, np.uint64) for word in words)
    names = ("mi", "stroke", "death-other", "start-statin")
    stream = np.array([vocabulary.events[vocabulary.event_index[name]].stream for name in names], np.uint64)
    sample, occurrence = np.array([0, 1, 63, 4095], np.uint64), np.array([0, 0, 1, 2], np.uint64)
    values = exponentials(key, sample, stream, occurrence)
    draws = [
        {"event": n, "sample": int(s), "occurrence": int(o), "exponential": float(v)}
        for n, s, o, v in zip(names, sample, occurrence, values, strict=True)
    ]
    return {"seed": 7, "subjectKeyUtf8": "golden", "key": list(words), "draws": draws}


def golden_cases(step: Step, vocabulary: Vocabulary, alpha: np.ndarray) -> tuple[dict, str]:
    """The golden document and the digest of the step outputs on this engine."""
    inputs = step_inputs(vocabulary, step.sizes)
    outputs = step.run(inputs)
    digest = output_digest(outputs)
    document = {
        "apiVersion": "twinward.io/golden/v1",
        "cases": ROWS,
        "relTolerance": 1e-4,
        "absTolerance": 1e-6,
        "step": {
            "inputs": {name: packed(value) for name, value in inputs.items()},
            "outputs": {name: packed(outputs[name]) for name in OUTPUT_ORDER},
            "digestOrder": list(OUTPUT_ORDER),
        },
        "tokeniser": _tokeniser_case(vocabulary),
        "streams": _stream_case(vocabulary),
        "rollout": _rollout_case(step, vocabulary, alpha),
    }
    return document, digest
