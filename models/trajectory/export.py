"""Turns weights into a bundle directory. `trajectory.train` calls it; by hand it writes an untrained one:

    python -m trajectory.export --random 1 --out /tmp/bundle

Prints the digest: sha256 of the manifest's bytes. Needs no PyTorch.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from codetable.load import FIRST_EDITION, load_code_table
from codetable.vocabulary import Vocabulary, build_vocabulary
from trajectory.bundle import Calibration, calibration_document, vocabulary_document, write_json, write_manifest
from trajectory.golden import golden_cases
from trajectory.graph import build_graph
from trajectory.parameters import Sizes, random_weights
from trajectory.rollout import Step

HERE = Path(__file__).resolve().parent
DEFAULT_OUT = HERE.parent / "bundles" / "trajectory-core"
LARGEST_BYTES = 20 * 2**20


def engine_class() -> str:
    """Engine, provider and instruction set that the golden digest belongs to, such as ort-1.30.0/cpu/avx512."""
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    level = "avx512" if " avx512f" in flags else "avx2" if " avx2" in flags else "base"
    return f"ort-{onnxruntime.__version__}/cpu/{level}"


def vocabulary_and_sizes() -> tuple[Vocabulary, Sizes]:
    """Vocabulary of models/codes.yaml and the sizes that follow from it."""
    vocabulary = build_vocabulary(load_code_table())
    return vocabulary, Sizes(vocabulary.size, len(vocabulary.events))


def vocabulary_of_bundle(folder: Path) -> tuple[Vocabulary, Sizes]:
    """Vocabulary of the edition of the code table that a bundle was trained on. Raises ValueError for another one."""
    document = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    for path in (None, FIRST_EDITION):
        vocabulary = build_vocabulary(load_code_table(path) if path else load_code_table())
        if list(vocabulary.labels) == document["labels"]:
            return vocabulary, Sizes(vocabulary.size, len(vocabulary.events))
    raise ValueError(f"{folder}: trained on another code table; train it again")


@dataclass(frozen=True)
class Content:
    """What a bundle is made of: weights of each member, calibration, evaluation on the development worlds (flags of
    the vocabulary follow from it), facts of the training, card."""

    members: list[dict[str, np.ndarray]]
    calibration: Calibration
    evaluation: dict
    training: dict
    card: str = ""


def write_bundle(out: Path, content: Content) -> str:
    """Writes all files of the bundle and returns its digest. Raises ValueError when it is larger than 20 MB."""
    vocabulary, sizes = vocabulary_and_sizes()
    for number, weights in enumerate(content.members):
        graph = build_graph(weights, sizes).SerializeToString(deterministic=True)
        (out / f"member-{number}").mkdir(parents=True, exist_ok=True)
        (out / f"member-{number}" / "step.onnx").write_bytes(graph)
    calibrated = {name for name, passed in content.evaluation.get("calibrated", {}).items() if passed}
    identified = {name for name, passed in content.evaluation.get("identified", {}).items() if passed}
    write_json(out / "vocabulary.json", vocabulary_document(vocabulary, calibrated, identified))
    write_json(out / "calibration.json", calibration_document(vocabulary, content.calibration))
    first = Step((out / "member-0" / "step.onnx").read_bytes(), sizes)
    golden, digest = golden_cases(first, vocabulary, content.calibration.alpha)
    write_json(out / "golden.json", golden)
    write_json(out / "evaluation.json", content.evaluation)
    card = content.card or (HERE / "CARD.md").read_text(encoding="utf-8")
    (out / "CARD.md").write_text(card, encoding="utf-8", newline="\n")
    found = write_manifest(out, sizes, {engine_class(): digest}, content.training, content.calibration,
                           len(content.members))  # fmt: skip
    total = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    if total > LARGEST_BYTES:
        raise ValueError(f"the bundle has {total} bytes, more than {LARGEST_BYTES}: train fewer members")
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--random", type=int, required=True, help="seed of untrained weights")
    parser.add_argument("--members", type=int, default=1)
    arguments = parser.parse_args()
    _, sizes = vocabulary_and_sizes()
    weights = [random_weights(sizes, arguments.random + number) for number in range(arguments.members)]
    calibration = Calibration(np.zeros(sizes.events))
    training = {"command": "none: seeded random weights"}
    print(write_bundle(arguments.out, Content(weights, calibration, {"status": "untrained"}, training)))


if __name__ == "__main__":
    main()
