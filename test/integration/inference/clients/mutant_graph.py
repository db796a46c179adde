"""Writes a step graph with one operator more, whose result depends on where a row lies in its batch.

    python mutant_graph.py STEP.onnx OPERATOR OUT.onnx

The operator is applied to `log_lambda` (made positive) and its result, made small, is added to the output `cum`.
"""

from __future__ import annotations

import sys

import numpy as np
import onnx
from onnx import helper, numpy_helper


def mutate(model: onnx.ModelProto, operator: str) -> None:
    """Puts the operator into the graph."""
    graph = model.graph
    for node in graph.node:
        node.output[:] = ["cum_before" if name == "cum" else name for name in node.output]
        node.input[:] = ["cum_before" if name == "cum" else name for name in node.input]
    graph.initializer.append(numpy_helper.from_array(np.float32(1e-3), "mutant_scale"))
    graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), "mutant_axis"))
    inputs = ["mutant_positive", *(["mutant_axis"] if operator == "ReduceSum" else [])]
    graph.node.extend([
        helper.make_node("Exp", ["log_lambda"], ["mutant_positive"]),
        helper.make_node(operator, inputs, ["mutant_result"]),
        helper.make_node("Mul", ["mutant_result", "mutant_scale"], ["mutant_small"]),
        helper.make_node("Add", ["cum_before", "mutant_small"], ["cum"]),
    ])  # fmt: skip


def main() -> None:
    """Command line."""
    source, operator, target = sys.argv[1:4]
    model = onnx.load(source)
    mutate(model, operator)
    onnx.checker.check_model(model)
    onnx.save(model, target)


if __name__ == "__main__":
    main()
