"""The step graph and its host: exact formulas, row-stable bits, golden cases of the committed bundle."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from population.oracle import integrated
from trajectory import formula
from trajectory.export import engine_class, vocabulary_of_bundle
from trajectory.golden import HISTORY, OUTPUT_ORDER, index_rows, outcome_map, output_digest, step_inputs
from trajectory.graph import ALLOWED_OPERATORS, build_graph, check_graph
from trajectory.outcomes import outcomes_of
from trajectory.parameters import random_weights
from trajectory.rollout import Clocks, Question, Step, event_tables, roll
from trajectory.streams import exponentials, philox, stream_key
from trajectory.tokenise import CodedEvent, instants, tokenise

BUNDLE = Path(__file__).resolve().parents[1] / "bundles" / "trajectory-core"
VOCABULARY, SIZES = vocabulary_of_bundle(BUNDLE)
STEP = Step((BUNDLE / "member-0" / "step.onnx").read_bytes(), SIZES)


def golden() -> dict:
    return json.loads((BUNDLE / "golden.json").read_text("utf-8"))


def unpacked(document: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(document["data"]), document["type"]).reshape(document["shape"])


def test_polynomials_are_exact_to_seven_digits() -> None:
    x, z = np.linspace(*formula.PHI_RANGE, 2001), np.linspace(*formula.PSI_RANGE, 2001)
    phi = np.polynomial.polynomial.polyval(x, formula.PHI)
    psi = np.polynomial.polynomial.polyval(z, formula.PSI)
    assert np.abs(phi / formula.phi_exact(x) - 1).max() < 1.3e-7
    assert np.abs(psi / formula.psi_exact(z) - 1).max() < 1.3e-7


@pytest.mark.parametrize("batch", [1, 7, 16, 64, 256])
def test_a_row_has_the_same_bits_in_any_batch(batch: int) -> None:
    inputs = {n: v if n == "out_map" else np.tile(v, (32, *[1] * (v.ndim - 1))) for n, v in
              step_inputs(VOCABULARY, SIZES).items()}  # fmt: skip
    order = np.random.default_rng(batch).permutation(512)
    whole = STEP.run(inputs)
    part = STEP.run({n: v if n == "out_map" else v[order[:batch]] for n, v in inputs.items()})
    assert all(np.array_equal(part[name], whole[name][order[:batch]]) for name in whole)


def test_outputs_agree_with_float64_formulas() -> None:
    inputs = step_inputs(VOCABULARY, SIZES)
    out = STEP.run(inputs)
    rate = np.exp(out["log_lambda"].astype(np.float64)) * inputs["risk"]
    dt = out["dt_out"].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = np.where(rate > 0, out["cum"] / (rate * dt), 1.0)
    # phi(g d) between its values at the limits of the slope
    low, high = (formula.phi_exact(g * dt) for g in (formula.SLOPE_MIN, formula.SLOPE_MAX))
    assert (growth >= low * (1 - 1e-5)).all() and (growth <= high * (1 + 1e-5)).all()
    none = out["event"] < 0
    assert none.sum() >= 4 and np.array_equal(out["dt_out"][none], inputs["t_stop"][none])
    fired = np.flatnonzero(~none)
    k = out["event"][fired]
    assert out["cum"][fired, k] == pytest.approx(inputs["clock"][fired, k], rel=1e-4)
    others = out["cum"] > inputs["clock"] * (1 + 1e-4)
    assert not others[:, :].any()
    full = (inputs["h_rem"][:, :, None] >= dt[:, None]) * out["cum"].astype(np.float64)[:, None, :]
    expected = full @ inputs["out_map"] * inputs["out_alive"][:, None, :]
    complete = (inputs["h_rem"] >= dt)[:, :, None] & (expected > 0)
    assert out["out_comp"][complete] == pytest.approx(expected[complete], rel=1e-4)
    assert (out["out_comp"][np.broadcast_to(inputs["h_rem"][:, :, None] == 0, out["out_comp"].shape)] == 0).all()


def test_age_is_frozen_at_the_cap() -> None:
    inputs = step_inputs(VOCABULARY, SIZES)
    inputs["risk"][:], inputs["clock"][:] = 1, 1e9
    rows = {n: np.repeat(v[:1], 2, axis=0) if n != "out_map" else v for n, v in inputs.items()}
    rows["age"][:, 0] = [100.0, 100.0]
    rows["t_stop"][:, 0] = [0.5, 1.0]
    out = STEP.run(rows)
    rate = np.exp(out["log_lambda"].astype(np.float64))
    slack = formula.RESIDUAL_SLOPE_MAX
    assert (out["cum"][1] <= integrated(rate[1], slack, 1.0) * (1 + 1e-5)).all()


def test_a_forbidden_operator_or_a_wrong_shape_is_refused() -> None:
    model = build_graph(random_weights(SIZES, 3), SIZES)
    assert {node.op_type for node in model.graph.node} <= ALLOWED_OPERATORS
    with_log = onnx.ModelProto.FromString(model.SerializeToString())
    with_log.graph.node.append(helper.make_node("Log", ["age"], ["logged"]))
    with pytest.raises(ValueError, match="Log"):
        check_graph(with_log, SIZES)
    wrong = onnx.ModelProto.FromString(model.SerializeToString())
    wrong.graph.input[2].type.tensor_type.shape.dim[1].dim_value = 2
    with pytest.raises((ValueError, onnx.checker.ValidationError, onnx.shape_inference.InferenceError)):
        check_graph(wrong, SIZES)


def test_the_manifest_lists_every_file_by_its_digest() -> None:
    manifest = json.loads((BUNDLE / "manifest.json").read_text("utf-8"))
    listed = {entry["path"]: entry for entry in manifest["files"]}
    found = {str(p.relative_to(BUNDLE)) for p in BUNDLE.rglob("*") if p.is_file()} - {"manifest.json"}
    assert found == set(listed)
    for path, entry in listed.items():
        data = (BUNDLE / path).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert (manifest["graph"]["vocab"], manifest["graph"]["events"]) == (SIZES.vocab, SIZES.events)
    assert sum(entry["bytes"] for entry in listed.values()) < 20 * 2**20


def test_golden_steps_are_reproduced() -> None:
    document = golden()["step"]
    outputs = STEP.run({name: unpacked(value) for name, value in document["inputs"].items()})
    for name in OUTPUT_ORDER:
        assert outputs[name] == pytest.approx(unpacked(document["outputs"][name]), rel=1e-4, abs=1e-6)
    digests = json.loads((BUNDLE / "manifest.json").read_text("utf-8"))["golden"]["digests"]
    if engine_class() in digests:
        assert output_digest(outputs) == digests[engine_class()]


def test_golden_rollouts_are_reproduced() -> None:
    document, alpha = golden()["rollout"], json.loads((BUNDLE / "calibration.json").read_text("utf-8"))["alpha"]
    start = index_rows(STEP, VOCABULARY, list(HISTORY), document["ageAtIndexDays"], document["sex"]).repeat(16)
    recurrent = np.array([outcome.recurrent for outcome in outcomes_of(VOCABULARY)])
    log_hr = np.array([alpha[event.name] for event in VOCABULARY.events])
    horizons = np.array(document["horizonsDays"]) / 365.25
    question = Question(horizons, outcome_map(VOCABULARY, SIZES)[:, : len(outcomes_of(VOCABULARY))], recurrent, log_hr)
    key = np.tile(np.array(stream_key(7, b"golden"), np.uint64), (16, 1))
    clocks = Clocks(event_tables(VOCABULARY), key, np.arange(16))
    totals = roll(STEP, event_tables(VOCABULARY), start, question, clocks, keep_paths=True)
    assert totals.compensator == pytest.approx(unpacked(document["compensator"]), rel=1e-3, abs=1e-6)
    expected = [[step["event"] for step in path] for path in document["paths"]]
    assert [[VOCABULARY.events[k].name for k, _ in path] for path in totals.paths] == expected


def test_a_path_does_not_depend_on_who_else_is_in_the_batch() -> None:
    start = index_rows(STEP, VOCABULARY, list(HISTORY), 20000.5, "female")
    tables, out_map = event_tables(VOCABULARY), outcome_map(VOCABULARY, SIZES)[:, :2]
    question = Question(np.array([3.0]), out_map, np.zeros(2, bool), np.zeros(SIZES.events))

    def paths(samples: np.ndarray) -> list:
        key = np.tile(np.array(stream_key(1, b"a"), np.uint64), (len(samples), 1))
        rows = start.repeat(len(samples))
        return roll(STEP, tables, rows, question, Clocks(tables, key, samples), keep_paths=True).paths

    assert paths(np.arange(40))[17:20] == paths(np.arange(17, 20))


def test_philox_matches_the_published_vectors() -> None:
    zero = np.zeros(1, np.uint64)
    ones = np.full(1, 0xFFFFFFFF, np.uint64)
    first = [int(word[0]) for word in philox((zero, zero, zero, zero), (zero, zero))]
    last = [int(word[0]) for word in philox((ones, ones, ones, ones), (ones, ones))]
    assert first == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert last == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def test_exponentials_have_mean_and_variance_one() -> None:
    key = tuple(np.full(20000, word, np.uint64) for word in stream_key(3, b"x"))
    sample = np.arange(20000, dtype=np.uint64)
    drawn = exponentials(key, sample, np.full(20000, 77, np.uint64), np.zeros(20000, np.uint64))
    assert drawn.mean() == pytest.approx(1.0, abs=0.03) and drawn.var() == pytest.approx(1.0, abs=0.08)


def test_the_tokeniser_keeps_its_rules() -> None:
    document = golden()["tokeniser"]
    history = [CodedEvent(**event) for event in document["history"]]
    tokens, coverage = tokenise(VOCABULARY, history, VOCABULARY.table.by_code())
    found = instants(VOCABULARY, tokens, document["ageAtIndexDays"], document["sex"])
    assert vars(coverage) == {"mapped": 11, "ignored": 1, "unmapped": 1, "bad_unit": 1} == document["coverage"]
    names = [{VOCABULARY.labels[index] for index in instant.now} for instant in found]
    assert names[0] == {"hypertension"} and names[1] == {"ras-inhibitor"}
    # kPa and mmol/L are converted; the sinus infection of 2 hours later is the same day of age
    assert {"systolic-pressure:2", "glucose:2", "smoking:former", "upper-respiratory-infection"} == names[3]
    assert names[4] == {"beta-blocker", "thiazide"}
    assert names[5] == {"ras-inhibitor:stop"} and len(found) == 6
    assert VOCABULARY.indices["ras-inhibitor"][0] not in found[5].bag
