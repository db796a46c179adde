"""What the inference worker is measured against, in one Python process that answers requests on its standard input.

    python baselines.py BUNDLE

Reads lines `KIND SECONDS`, answers each with a JSON line {"rows", "events", "cpu", "wall"}: rows through a graph, events
sampled, CPU and wall seconds of the measured part. Kinds:

    graph    the step graph in onnxruntime on 256 fixed rows, nothing else
    host     ten-year futures with the Python host loop of models/ and onnxruntime
    torch    the same with the graph's operators in PyTorch
    delphi   a transformer of 2 million parameters that reads its whole context again for every event
    cached   the same transformer with a cache of keys and values

Kinds that need PyTorch answer {"skipped": reason} without it. One thread everywhere.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    torch = None

OUTPUTS = ["h_out", "event", "dt_out", "cum", "out_comp"]
GRAPH_ROWS = 256
HOST_ROWS = 512
SAMPLES, PREFIX, EVENTS = 64, 64, 4
"""Trajectories at once, events known before, events to sample."""


def session(bundle: Path) -> onnxruntime.InferenceSession:
    """The step graph of member 0 on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    graph = str(bundle / "member-0/step.onnx")
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def golden_inputs(bundle: Path, rows: int) -> dict[str, np.ndarray]:
    """The golden rows, repeated."""
    packed = json.loads((bundle / "golden.json").read_text(encoding="utf-8"))["step"]["inputs"]
    inputs = {}
    for name, array in packed.items():
        value = np.frombuffer(base64.b64decode(array["data"]), np.float32).reshape(array["shape"])
        inputs[name] = value if name == "out_map" else np.resize(value, (rows, *value.shape[1:]))
    return inputs


class GraphLoop:
    """Runs the graph on the same rows again and again."""

    def __init__(self, bundle: Path) -> None:
        self._session = session(bundle)
        self._inputs = golden_inputs(bundle, GRAPH_ROWS)

    def once(self) -> tuple[int, int]:
        self._session.run(OUTPUTS, self._inputs)
        return GRAPH_ROWS, 0


class HostLoop:
    """Rolls ten-year futures with the Python host of models/trajectory."""

    def __init__(self, bundle: Path, run: object = None) -> None:
        from trajectory.export import vocabulary_of_bundle
        from trajectory.golden import HISTORY, index_rows, outcome_map
        from trajectory.outcomes import outcomes_of
        from trajectory.rollout import Question, Step, event_tables
        from trajectory.streams import stream_key

        vocabulary, sizes = vocabulary_of_bundle(bundle)
        outcomes = outcomes_of(vocabulary)
        self._step = Step(str(bundle / "member-0/step.onnx"), sizes)
        inner = run or self._step.run
        self._rows = 0

        def counted(inputs: dict[str, np.ndarray], outputs: list[str] | None = None) -> dict[str, np.ndarray]:
            self._rows += len(inputs["age"])
            return inner(inputs, outputs)

        self._step.run = counted
        self._tables = event_tables(vocabulary)
        self._start = index_rows(self._step, vocabulary, list(HISTORY), 24000.5, "male").repeat(HOST_ROWS)
        recurrent = np.array([outcome.recurrent for outcome in outcomes])
        columns = outcome_map(vocabulary, sizes)[:, : len(outcomes)]
        self._question = Question(np.array([10.0]), columns, recurrent, np.zeros(sizes.events))
        self._key = np.tile(np.array(stream_key(7, b"bench"), np.uint64), (HOST_ROWS, 1))
        self._first = 0

    def once(self) -> tuple[int, int]:
        from trajectory.rollout import Clocks, roll

        before = self._rows
        clocks = Clocks(self._tables, self._key, np.arange(self._first, self._first + HOST_ROWS))
        totals = roll(self._step, self._tables, self._start, self._question, clocks, keep_paths=True)
        self._first += HOST_ROWS
        return self._rows - before, sum(len(path) for path in totals.paths)


def torch_graph(bundle: Path):
    """The operators of the step graph in PyTorch, checked against onnxruntime on the golden rows."""
    import onnx
    from onnx import helper, numpy_helper

    graph = onnx.load(bundle / "member-0/step.onnx").graph
    constants = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    types = {onnx.TensorProto.FLOAT: torch.float32, onnx.TensorProto.INT32: torch.int32,
             onnx.TensorProto.INT64: torch.int64, onnx.TensorProto.BOOL: torch.bool}  # fmt: skip
    lists = {name: [int(v) for v in value.flatten()] for name, value in constants.items() if value.dtype == torch.int64}
    simple = {
        "Add": torch.add, "And": torch.logical_and, "Div": torch.div, "Exp": torch.exp, "Greater": torch.gt,
        "Less": torch.lt, "LessOrEqual": torch.le, "MatMul": torch.matmul, "Min": torch.minimum, "Mul": torch.mul,
        "Sigmoid": torch.sigmoid, "Sub": torch.sub, "Tanh": torch.tanh, "Where": torch.where,
    }  # fmt: skip

    def compute(node, attributes, values):
        kind, inputs = node.op_type, [values.get(name) for name in node.input]
        axes = lists.get(node.input[1]) if len(node.input) > 1 else None
        if kind in simple:
            return simple[kind](*inputs)
        if kind == "ArgMin":
            return torch.argmin(inputs[0], attributes.get("axis", 0), bool(attributes.get("keepdims", 1)))
        if kind == "Cast":
            return inputs[0].to(types[attributes["to"]])
        if kind == "Clip":
            return torch.clamp(inputs[0], *inputs[1:])
        if kind == "Concat":
            return torch.cat(inputs, attributes["axis"])
        if kind == "LayerNormalization":
            return functional.layer_norm(inputs[0], inputs[1].shape, *inputs[1:], eps=attributes["epsilon"])
        if kind == "ReduceMin":
            return torch.amin(inputs[0], axes, bool(attributes.get("keepdims", 1)))
        if kind == "Slice":
            start, end, axis = (lists[name][0] for name in node.input[1:4])
            return inputs[0].narrow(axis, start, min(end, inputs[0].shape[axis]) - start)
        if kind == "Squeeze":
            return inputs[0].squeeze(axes[0])
        if kind == "Unsqueeze":
            return inputs[0].unsqueeze(axes[0])
        raise NotImplementedError(kind)

    nodes = [(node, {a.name: helper.get_attribute_value(a) for a in node.attribute}) for node in graph.node]

    def run(inputs: dict[str, np.ndarray], outputs: list[str] | None = None) -> dict[str, np.ndarray]:
        with torch.inference_mode():
            values = {**constants, **{name: torch.tensor(value) for name, value in inputs.items()}}
            for node, attributes in nodes:
                values[node.output[0]] = compute(node, attributes, values)
        return {name: values[name].numpy() for name in outputs or [output.name for output in graph.output]}

    golden = golden_inputs(bundle, 16)
    for wanted, name in zip(session(bundle).run(OUTPUTS, golden), OUTPUTS, strict=True):
        np.testing.assert_allclose(run(golden, [name])[name], wanted, rtol=1e-3, atol=1e-5)
    return run


if torch is not None:

    class Block(nn.Module):
        """A layer of 120 dimensions and 12 heads."""

        def __init__(self, width: int = 120, heads: int = 12) -> None:
            super().__init__()
            self._heads = heads
            self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
            self.project, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x, cache: list | None):
            b, s, width = x.shape
            q, k, v = (
                part.view(b, s, self._heads, -1).transpose(1, 2)
                for part in self.project(self.first(x)).split(width, 2)
            )
            if cache is not None:
                if cache:
                    k, v = torch.cat((cache[0], k), 2), torch.cat((cache[1], v), 2)
                cache[:] = [k, v]
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=s > 1)
            x = x + self.out(y.transpose(1, 2).reshape(b, s, width))
            return x + self.feed(self.second(x))

    class Delphi(nn.Module):
        """12 layers, 1270 codes, 2.3 million parameters, random weights; age as sines, competing exponentials."""

        def __init__(self, width: int = 120, layers: int = 12, codes: int = 1270) -> None:
            super().__init__()
            self.embed = nn.Embedding(codes, width)
            self.ages = nn.Linear(width, width)
            self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, codes, bias=False)
            self.head.weight = self.embed.weight
            self.register_buffer("scales", torch.exp(-torch.arange(width // 2) * (2 * np.log(1e4) / width)))

        def forward(self, codes, ages, caches: list | None):
            angles = ages[:, :, None] * self.scales
            x = self.embed(codes) + self.ages(torch.cat((angles.sin(), angles.cos()), 2))
            for at, block in enumerate(self.blocks):
                x = block(x, None if caches is None else caches[at])
            return self.head(self.norm(x[:, -1]))

    class DelphiLoop:
        """Samples events for 64 trajectories that share a history of 64 events."""

        def __init__(self, *, cached: bool) -> None:
            torch.manual_seed(7)
            self._model, self._cached = Delphi().eval(), cached
            self._codes = torch.randint(1, 1270, (1, PREFIX)).repeat(SAMPLES, 1)
            self._ages = torch.linspace(30, 66, PREFIX)[None, :].repeat(SAMPLES, 1)

        @torch.inference_mode()
        def once(self) -> tuple[int, int]:
            codes, ages = self._codes, self._ages
            caches = [[] for _ in range(12)] if self._cached else None
            new_codes, new_ages = codes, ages
            for _ in range(EVENTS):
                read = (new_codes, new_ages) if self._cached else (codes, ages)
                rates = self._model(*read, caches)
                waits = -torch.log(torch.rand_like(rates)) * torch.exp(-rates)
                wait, code = waits.min(1)
                new_codes, new_ages = code[:, None], ages[:, -1:] + wait[:, None] / 365.25
                codes, ages = torch.cat((codes, new_codes), 1), torch.cat((ages, new_ages), 1)
            return 0, SAMPLES * EVENTS


def make(kind: str, bundle: Path):
    """The loop of a kind; None when it needs PyTorch and there is none."""
    if kind == "graph":
        return GraphLoop(bundle)
    if kind == "host":
        return HostLoop(bundle)
    if torch is None:
        return None
    torch.set_num_threads(1)
    return HostLoop(bundle, torch_graph(bundle)) if kind == "torch" else DelphiLoop(cached=kind == "cached")


def measure(loop, seconds: float) -> dict[str, float]:
    """Runs a loop for at least so long."""
    cpu, wall, rows, events = time.process_time(), time.perf_counter(), 0, 0
    while time.perf_counter() - wall < seconds:
        done = loop.once()
        rows, events = rows + done[0], events + done[1]
    return {"rows": rows, "events": events, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def main() -> None:
    """Command line."""
    bundle, loops = Path(sys.argv[1]), {}
    for line in sys.stdin:
        kind, seconds = line.split()
        if kind not in loops:
            loops[kind] = make(kind, bundle)
            if loops[kind] is not None:
                loops[kind].once()
        loop = loops[kind]
        answer = {"skipped": "PyTorch is not installed"} if loop is None else measure(loop, float(seconds))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
