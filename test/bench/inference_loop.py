"""The same graph in Python onnxruntime, for comparison: a bare loop over fixed rows, or the host loop of models/.

    python inference_loop.py BUNDLE graph|host ROWS SECONDS

Prints one JSON line: rows through the graph, events sampled, CPU seconds of this process, wall seconds.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

OUTPUTS = ["h_out", "event", "dt_out", "cum", "out_comp"]


def session(bundle: Path) -> onnxruntime.InferenceSession:
    """The step graph of member 0 on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(bundle / "member-0/step.onnx"), options, providers=["CPUExecutionProvider"])


def golden_inputs(bundle: Path, rows: int) -> dict[str, np.ndarray]:
    """The golden rows, repeated."""
    packed = json.loads((bundle / "golden.json").read_text(encoding="utf-8"))["step"]["inputs"]
    inputs = {}
    for name, array in packed.items():
        value = np.frombuffer(base64.b64decode(array["data"]), np.float32).reshape(array["shape"])
        inputs[name] = value if name == "out_map" else np.resize(value, (rows, *value.shape[1:]))
    return inputs


def bare_loop(bundle: Path, rows: int, seconds: float) -> tuple[int, int]:
    """Runs the graph on the same rows again and again."""
    run, inputs = session(bundle).run, golden_inputs(bundle, rows)
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        run(OUTPUTS, inputs)
        done += rows
    return done, 0


def host_loop(bundle: Path, rows: int, seconds: float) -> tuple[int, int]:
    """Rolls ten-year futures with the Python host of models/trajectory."""
    from trajectory.export import vocabulary_of_bundle
    from trajectory.golden import HISTORY, index_rows, outcome_map
    from trajectory.outcomes import outcomes_of
    from trajectory.rollout import Clocks, Question, Step, event_tables, roll
    from trajectory.streams import stream_key

    vocabulary, sizes = vocabulary_of_bundle(bundle)
    step = Step(str(bundle / "member-0/step.onnx"), sizes)
    counted = {"rows": 0}
    run = step.run
    step.run = lambda inputs, outputs=None: (counted.update(rows=counted["rows"] + len(inputs["age"])), run(inputs, outputs))[1]
    tables = event_tables(vocabulary)
    start = index_rows(step, vocabulary, list(HISTORY), 24000.5, "male").repeat(rows)
    recurrent = np.array([outcome.recurrent for outcome in outcomes_of(vocabulary)])
    columns = outcome_map(vocabulary, sizes)[:, : len(outcomes_of(vocabulary))]
    question = Question(np.array([10.0]), columns, recurrent, np.zeros(sizes.events))
    key = np.tile(np.array(stream_key(7, b"bench"), np.uint64), (rows, 1))
    events, end, first = 0, time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        clocks = Clocks(tables, key, np.arange(first, first + rows))
        totals = roll(step, tables, start, question, clocks, keep_paths=True)
        events += sum(len(path) for path in totals.paths)
        first += rows
    return counted["rows"], events


def main() -> None:
    """Command line."""
    bundle, kind, rows, seconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    cpu, wall = time.process_time(), time.perf_counter()
    done, events = (bare_loop if kind == "graph" else host_loop)(bundle, rows, seconds)
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    print(json.dumps({"rows": done, "events": events, **spent}))


if __name__ == "__main__":
    main()
