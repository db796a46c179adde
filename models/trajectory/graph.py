"""Builds the graph `hazard-step/1` by hand, so that no operator gets in that is not on the allow-list.

The order of operations is stated in CONTRACT.md. Everything is float32; the only dynamic axis is b.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from trajectory import formula
from trajectory.parameters import Sizes, check_weights

OPSET = 18
CONTRACT = "hazard-step/1"
ALLOWED_OPERATORS = frozenset({
    "Add", "And", "ArgMin", "Cast", "Clip", "Concat", "Div", "Exp", "Greater", "LayerNormalization", "Less",
    "LessOrEqual", "MatMul", "Min", "Mul", "ReduceMin", "Sigmoid", "Slice", "Squeeze", "Sub", "Tanh",
    "Unsqueeze", "Where",
})  # fmt: skip
"""Operators whose result for a row has the same bits in any batch (onnxruntime CPU, rows padded to 16)."""


def input_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Inputs in order, without the leading axis b; all float32. `out_map` alone has no axis b."""
    v, k, h, j, o = sizes.vocab, sizes.events, sizes.hidden, sizes.horizons, sizes.outcomes
    return {
        "now": (v,), "bag": (v,), "age": (1,), "dt": (1,), "h": (2, h), "risk": (k,), "log_hr": (k,),
        "clock": (k,), "t_stop": (1,), "h_rem": (j,), "out_map": (k, o), "out_alive": (o,),
    }  # fmt: skip


def output_shapes(sizes: Sizes) -> dict[str, tuple[int, ...]]:
    """Outputs in order, without the leading axis b; float32 but for `event`, which is int32 [b]."""
    k, h, j, o = sizes.events, sizes.hidden, sizes.horizons, sizes.outcomes
    return {"h_out": (2, h), "event": (), "dt_out": (1,), "cum": (k,), "out_comp": (j, o), "log_lambda": (k,)}


class Builder:
    """Collects nodes and constants; every method returns the name of the tensor that it made."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, value: object, dtype: type = np.float32, name: str | None = None) -> str:
        """A constant tensor; equal unnamed constants are shared."""
        array = np.asarray(value, dtype)
        key = name or f"c_{array.dtype}_{array.shape}_{array.tobytes().hex()[:64]}"
        if key not in self.constants:
            self.constants[key] = numpy_helper.from_array(array, key)
        return key

    def op(self, kind: str, *inputs: str, output: str | None = None, **attributes: object) -> str:
        """Adds a node with one output."""
        result = output or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [result], **attributes))
        return result

    def total(self, *terms: str, output: str | None = None) -> str:
        """Sum of terms, left to right."""
        result = terms[0]
        for term in terms[1:-1]:
            result = self.op("Add", result, term)
        return self.op("Add", result, terms[-1], output=output)

    def polynomial(self, coefficients: np.ndarray, x: str) -> str:
        """Horner evaluation; coefficients in ascending powers."""
        result = self.constant(coefficients[-1])
        for coefficient in coefficients[-2::-1]:
            result = self.op("Add", self.op("Mul", result, x), self.constant(coefficient))
        return result

    def slice(self, x: str, start: int, end: int, axis: int) -> str:
        """x[start:end] along an axis."""
        bounds = [self.constant([value], np.int64) for value in (start, end, axis)]
        return self.op("Slice", x, *bounds)

    def unsqueeze(self, x: str, axis: int, output: str | None = None) -> str:
        """A new axis of length one."""
        return self.op("Unsqueeze", x, self.constant([axis], np.int64), output=output)


def _features(b: Builder) -> str:
    offset = b.op("Sub", "age", b.constant(formula.AGE_CENTERS[None, :]))
    scaled = b.op("Mul", offset, b.constant(1.0 / formula.AGE_WIDTH))
    square = b.op("Mul", b.op("Mul", scaled, scaled), b.constant(-0.5))
    saturated = b.op("Div", "dt", b.op("Add", "dt", b.constant(formula.TIME_SCALES[None, :])))
    return b.op("Concat", b.op("Exp", square), saturated, axis=1)


def _gru(b: Builder, x: str, h: str, layer: int, hidden: int) -> str:
    """r = sigma(xr + hr), z = sigma(xz + hz), n = tanh(xn + r hn), h' = n + z (h - n)."""
    gx = b.op("Add", b.op("MatMul", x, f"x{layer}"), f"bx{layer}")
    gh = b.op("Add", b.op("MatMul", h, f"h{layer}_w"), f"bh{layer}")
    parts = [(b.slice(gx, i * hidden, (i + 1) * hidden, 1), b.slice(gh, i * hidden, (i + 1) * hidden, 1))
             for i in range(3)]  # fmt: skip
    reset = b.op("Sigmoid", b.op("Add", *parts[0]))
    update = b.op("Sigmoid", b.op("Add", *parts[1]))
    new = b.op("Tanh", b.op("Add", parts[2][0], b.op("Mul", reset, parts[2][1])))
    return b.op("Add", new, b.op("Mul", update, b.op("Sub", h, new)))


def _state(b: Builder, hidden: int) -> str:
    """Folds the instant into the state, names it `h_out`, and returns the normalised upper layer [b, H]."""
    x = b.op("Concat", b.op("MatMul", "now", "embedding"), _features(b), axis=1)
    axis = b.constant([1], np.int64)
    old = [b.slice("h", layer, layer + 1, 1) for layer in range(2)]
    lower = _gru(b, x, b.op("Squeeze", old[0], axis), 1, hidden)
    upper = _gru(b, lower, b.op("Squeeze", old[1], axis), 2, hidden)
    b.op("Concat", b.unsqueeze(lower, 1), b.unsqueeze(upper, 1), axis=1, output="h_out")
    return b.op("LayerNormalization", upper, "norm_scale", "norm_bias", axis=-1, epsilon=1e-5)


def _hazard(b: Builder, state: str) -> tuple[str, str]:
    """Names `log_lambda` at the start of the segment; returns lambda and the slope g, both [b, K]."""
    capped = b.op("Min", "age", b.constant(formula.AGE_CAP_YEARS))
    years = b.op("Sub", capped, b.constant(formula.AGE_REFERENCE_YEARS))
    level = b.op("MatMul", state, "level")
    additive = b.op("MatMul", "bag", "wide")
    log_lambda = b.total("alpha", b.op("Mul", years, "beta"), additive, level, "log_hr")
    low, high = b.constant(formula.LOG_LAMBDA_MIN), b.constant(formula.LOG_LAMBDA_MAX)
    b.op("Clip", log_lambda, low, high, output="log_lambda")
    below_cap = b.op("Cast", b.op("Less", "age", b.constant(formula.AGE_CAP_YEARS)), to=TensorProto.FLOAT)
    bend = b.op("Tanh", b.op("Add", b.op("MatMul", state, "slope"), "slope_bias"))
    bend = b.op("Mul", bend, b.constant(formula.RESIDUAL_SLOPE_MAX))
    slope = b.op("Add", b.op("Mul", below_cap, "beta"), bend)
    slope = b.op("Clip", slope, b.constant(formula.SLOPE_MIN), b.constant(formula.SLOPE_MAX))
    return b.op("Exp", "log_lambda"), slope


def _integrated(b: Builder, rate: str, slope: str, duration: str, output: str | None = None) -> str:
    """rate * d * phi(slope * d) with rate [b, K] already masked by risk and d [b, 1]."""
    bend = b.polynomial(formula.PHI, b.op("Mul", slope, duration))
    return b.op("Mul", b.op("Mul", rate, duration), bend, output=output)


def _first_event(b: Builder, rate: str, masked: str, slope: str) -> None:
    """Names `event` and `dt_out`: the earliest event whose clock runs out before t_stop."""
    at_stop = _integrated(b, masked, slope, "t_stop")
    at_risk = b.op("Greater", "risk", b.constant(0.5))
    fires = b.op("And", b.op("LessOrEqual", "clock", at_stop), at_risk)
    ratio = b.op("Div", "clock", rate)
    bounds = [b.constant(value) for value in formula.PSI_RANGE]
    bent = b.polynomial(formula.PSI, b.op("Clip", b.op("Mul", slope, ratio), *bounds))
    wait = b.op("Min", b.op("Mul", ratio, bent), "t_stop")
    wait = b.op("Where", fires, wait, b.constant(formula.NEVER_YEARS))
    first = b.op("ReduceMin", wait, b.constant([1], np.int64), keepdims=1)
    b.op("Min", first, "t_stop", output="dt_out")
    index = b.op("Cast", b.op("ArgMin", wait, axis=1, keepdims=0), to=TensorProto.INT32)
    soonest = b.op("ReduceMin", wait, b.constant([1], np.int64), keepdims=0)
    any_fires = b.op("Less", soonest, b.constant(formula.NEVER_YEARS / 2))
    b.op("Where", any_fires, index, b.constant(-1, np.int32), output="event")


def _outcomes(b: Builder, masked: str, slope: str) -> None:
    """Names `out_comp`: sum over events of L_k(min(dt_out, h_rem)), by powers of the slope, so that it is cheap."""
    power, parts = masked, []
    for degree, coefficient in enumerate(formula.PHI):
        power = power if degree == 0 else b.op("Mul", power, slope)
        parts.append(b.unsqueeze(b.op("Mul", power, b.constant(coefficient)), 1))
    sums = b.op("MatMul", b.op("Concat", *parts, axis=1), "out_map")
    duration = b.unsqueeze(b.op("Min", "dt_out", "h_rem"), 2)
    total = b.slice(sums, len(formula.PHI) - 1, len(formula.PHI), 1)
    for degree in range(len(formula.PHI) - 2, -1, -1):
        total = b.op("Add", b.op("Mul", total, duration), b.slice(sums, degree, degree + 1, 1))
    total = b.op("Mul", total, duration)
    b.op("Mul", total, b.unsqueeze("out_alive", 1), output="out_comp")


def build_graph(weights: dict[str, np.ndarray], sizes: Sizes) -> onnx.ModelProto:
    """The step graph with the weights inside. Raises ValueError for wrong weights or a forbidden operator."""
    check_weights(weights, sizes)
    b = Builder()
    for name, value in weights.items():
        b.constant(value, name={"h1": "h1_w", "h2": "h2_w"}.get(name, name))
    state = _state(b, sizes.hidden)
    rate, slope = _hazard(b, state)
    masked = b.op("Mul", rate, "risk")
    _first_event(b, rate, masked, slope)
    _integrated(b, masked, slope, "dt_out", output="cum")
    _outcomes(b, masked, slope)
    inputs = [_value(name, shape, name != "out_map") for name, shape in input_shapes(sizes).items()]
    outputs = [_value(name, shape, True) for name, shape in output_shapes(sizes).items()]
    graph = helper.make_graph(b.nodes, "hazard-step", inputs, outputs, list(b.constants.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="twinward")
    model.ir_version = 10
    helper.set_model_props(model, {"contract": CONTRACT})
    check_graph(model, sizes)
    return model


def _value(name: str, shape: tuple[int, ...], batched: bool) -> onnx.ValueInfoProto:
    kind = TensorProto.INT32 if name == "event" else TensorProto.FLOAT
    return helper.make_tensor_value_info(name, kind, ["b", *shape] if batched else list(shape))


def check_graph(model: onnx.ModelProto, sizes: Sizes) -> None:
    """Raises ValueError when the graph has a forbidden operator or differs from the contract in a name or shape."""
    onnx.checker.check_model(model, full_check=True)
    forbidden = {node.op_type for node in model.graph.node} - ALLOWED_OPERATORS
    if forbidden:
        raise ValueError(f"operators {sorted(forbidden)} are not row-stable; express them with the allow-list")
    for values, expected in ((model.graph.input, input_shapes(sizes)), (model.graph.output, output_shapes(sizes))):
        found = {v.name: tuple(d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim) for v in values}
        wanted = {n: (shape if n == "out_map" else ("b", *shape)) for n, shape in expected.items()}
        if found != wanted:
            raise ValueError(f"graph has {found}, the contract {CONTRACT} wants {wanted}")
