"""Turns weights into a bundle directory.

    python -m trajectory.export --weights runs/trajectory/weights.npz     the trained bundle
    python -m trajectory.export --random 1                               an untrained one, for tests of the contract

Prints the digest: sha256 of the manifest's bytes. Needs no PyTorch.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnxruntime

from codetable.load import FIRST_EDITION, load_code_table
from codetable.vocabulary import Vocabulary, build_vocabulary
from trajectory.bundle import calibration_document, vocabulary_document, write_json, write_manifest
from trajectory.golden import golden_cases
from trajectory.graph import build_graph
from trajectory.parameters import Sizes, load_weights, random_weights
from trajectory.rollout import Step

HERE = Path(__file__).resolve().parent
DEFAULT_OUT = HERE.parent / "bundles" / "trajectory-core"


def engine_class() -> str:
    """Engine, provider and instruction set that the golden digest belongs to, such as ort-1.30.0/cpu/avx512."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    level = "avx512" if " avx512f" in flags else "avx2" if " avx2" in flags else "base"
    return f"ort-{onnxruntime.__version__}/cpu/{level}"


def vocabulary_and_sizes() -> tuple[Vocabulary, Sizes]:
    """Vocabulary of the committed code table and the sizes that follow from it."""
    vocabulary = build_vocabulary(load_code_table(FIRST_EDITION))
    return vocabulary, Sizes(vocabulary.size, len(vocabulary.events))


def write_bundle(out: Path, weights: dict[str, np.ndarray], alpha: np.ndarray, evaluation: dict, training: dict) -> str:
    """Writes all files of the bundle and returns its digest. The card is trajectory/CARD.md."""
    vocabulary, sizes = vocabulary_and_sizes()
    model = build_graph(weights, sizes)
    (out / "member-0").mkdir(parents=True, exist_ok=True)
    (out / "member-0" / "step.onnx").write_bytes(model.SerializeToString(deterministic=True))
    calibrated = {name for name, passed in evaluation.get("calibrated", {}).items() if passed}
    identified = {name for name, passed in evaluation.get("identified", {}).items() if passed}
    write_json(out / "vocabulary.json", vocabulary_document(vocabulary, calibrated, identified))
    write_json(out / "calibration.json", calibration_document(vocabulary, alpha, evaluation.get("logitSd", {})))
    golden, digest = golden_cases(Step(model.SerializeToString(), sizes), vocabulary, alpha)
    write_json(out / "golden.json", golden)
    write_json(out / "evaluation.json", evaluation)
    (out / "CARD.md").write_text((HERE / "CARD.md").read_text(encoding="utf-8"), encoding="utf-8", newline="\n")
    return write_manifest(out, sizes, {engine_class(): digest}, training)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--weights", type=Path, help="weights.npz of trajectory.train")
    source.add_argument("--random", type=int, help="seed of untrained weights")
    arguments = parser.parse_args()
    _, sizes = vocabulary_and_sizes()
    if arguments.weights is None:
        weights, alpha = random_weights(sizes, arguments.random), np.zeros(sizes.events)
        evaluation, training = {"status": "untrained"}, {"command": "none: seeded random weights"}
    else:
        weights = load_weights(arguments.weights)
        alpha = weights.pop("calibration_alpha")
        evaluation_path = HERE / "evaluation" / "evaluation.json"
        evaluation = json.loads(evaluation_path.read_text("utf-8")) if evaluation_path.exists() else {}
        training = json.loads(arguments.weights.with_name("training.json").read_text("utf-8"))
    print(write_bundle(arguments.out, weights, np.asarray(alpha), evaluation, training))


if __name__ == "__main__":
    main()
