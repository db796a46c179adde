"""What a training run is asked for, and where it keeps its files.

run/meds/                       generated records, when none were given
run/recipe.json                 the request, the digest of the data and of the code table: a run never mixes two
run/tensors/{train,tuning}/     sequences, mapped by every process
run/members/<name>/checkpoint.pt, weights.npz, member.json
run/calibration.json            alpha, kappa, logitSd, and what they were fitted on
run/bundle/                     what the inference worker serves
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from codetable.vocabulary import Vocabulary

RUNS = Path(__file__).resolve().parent.parent / "runs"
ADDITIVE = "additive"
"""Name of the member without a GRU: the baseline that the network has to beat."""
NETWORK = "network"
"""Name of a member that sees everybody once, as the additive one does: both meet in `trajectory.rivals`."""


@dataclass(frozen=True)
class Recipe:
    """Members, epochs, persons per batch, learning rates of the network and of the additive part, weight decay of the
    network, standard deviation of the normal prior of a log hazard ratio, washout in years, seed."""

    members: int = 5
    epochs: int = 3
    batch: int = 128
    network_rate: float = 3e-3
    additive_rate: float = 2e-2
    decay: float = 0.05
    prior_sd: float = 0.5
    washout: float = 1.0
    seed: int = 1

    def names(self) -> tuple[str, ...]:
        """Names of everything that is trained: member-0 … and the additive baseline."""
        return (*(f"member-{number}" for number in range(self.members)), ADDITIVE)


class RunMismatch(ValueError):
    """The run folder belongs to another request; the message says which part differs."""


def vocabulary_digest(vocabulary: Vocabulary) -> str:
    """sha256 of the labels, the bins, the codes and the events: what tensors depend on."""
    entries = [(e.name, e.codes, e.bins, e.effect, e.hazard) for e in vocabulary.table.entries]
    events = [(e.name, e.now, e.set, e.clear, e.requires, e.excludes) for e in vocabulary.events]
    return hashlib.sha256(json.dumps([vocabulary.labels, entries, events]).encode()).hexdigest()


def claim_run(run: Path, recipe: Recipe, vocabulary: Vocabulary, data: str) -> None:
    """Notes the request in the run folder, or checks that the folder is of the same one."""
    wanted = {"recipe": asdict(recipe), "data": data, "vocabulary": vocabulary_digest(vocabulary)}
    path = run / "recipe.json"
    if not path.exists():
        run.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        return
    found = json.loads(path.read_text("utf-8"))
    differing = [name for name in wanted if found.get(name) != wanted[name]]
    if differing:
        raise RunMismatch(f"{path}: {', '.join(differing)} differ from this request; choose another --run")


def read_recipe(run: Path) -> Recipe:
    """The recipe of a run folder."""
    return Recipe(**json.loads((run / "recipe.json").read_text("utf-8"))["recipe"])
