"""The GRU as one differentiable operation with its gradient written out.

PyTorch's own GRU on a CPU multiplies twice per time step on the way back and keeps every gate as a node of its own;
here a step costs one small product each way, and all gradients of weights are one large product at the end.
Gate order is reset, update, new, as in `parameters.shapes`; the bias of the new gate's state part is inside the reset.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class _Recurrence(torch.autograd.Function):
    """gates [T, B, 3H] (input part, bias included), weight [H, 3H], bias [3H] -> states [T, B, H]."""

    @staticmethod
    def forward(ctx, gates: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        steps, rows, width = gates.shape[0], gates.shape[1], weight.shape[0]
        out = gates.new_empty(steps, rows, width)
        switch = gates.new_empty(steps, rows, 2 * width)
        fresh, inner = torch.empty_like(out), torch.empty_like(out)
        state = gates.new_zeros(rows, width)
        for t in range(steps):
            own = torch.addmm(bias, state, weight)
            both = torch.add(gates[t, :, : 2 * width], own[:, : 2 * width], out=switch[t]).sigmoid_()
            inner[t] = own[:, 2 * width :]
            new = torch.addcmul(gates[t, :, 2 * width :], both[:, :width], inner[t], out=fresh[t]).tanh_()
            state = torch.lerp(new, state, both[:, width:], out=out[t])
        ctx.save_for_backward(weight, out, switch, fresh, inner)
        return out

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        weight, out, switch, fresh, inner = ctx.saved_tensors
        steps, rows, width = out.shape
        reset, update = switch[..., :width], switch[..., width:]
        before = torch.cat([out.new_zeros(1, rows, width), out[:-1]])
        # factors that do not depend on the gradient, for all steps at once
        to_new = (1.0 - update) * (1.0 - fresh * fresh)
        to_update = (before - fresh) * update * (1.0 - update)
        to_reset = inner * reset * (1.0 - reset)
        inputs = out.new_empty(steps, rows, 3 * width)
        states = out.new_empty(steps, rows, 3 * width)
        back, flowing = weight.t().contiguous(), out.new_zeros(rows, width)
        for t in range(steps - 1, -1, -1):
            flowing = flowing + grad[t]
            new = torch.mul(flowing, to_new[t], out=inputs[t, :, 2 * width :])
            torch.mul(new, to_reset[t], out=states[t, :, :width])
            torch.mul(flowing, to_update[t], out=states[t, :, width : 2 * width])
            torch.mul(new, reset[t], out=states[t, :, 2 * width :])
            flowing = torch.addmm(flowing * update[t], states[t], back)
        inputs[..., : 2 * width] = states[..., : 2 * width]
        flat = states.view(-1, 3 * width)
        return inputs, before.view(-1, width).t() @ flat, flat.sum(0)


class Recurrent(nn.Module):
    """One GRU layer: x [T, B, I] -> states [T, B, H], from a state of zeros."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        scale = width**-0.5
        self.input_weight = nn.Parameter(torch.empty(inputs, 3 * width).uniform_(-scale, scale))
        self.input_bias = nn.Parameter(torch.empty(3 * width).uniform_(-scale, scale))
        self.weight = nn.Parameter(torch.empty(width, 3 * width).uniform_(-scale, scale))
        self.bias = nn.Parameter(torch.empty(3 * width).uniform_(-scale, scale))

    def forward(self, x: Tensor) -> Tensor:
        """States after every step."""
        steps, rows, inputs = x.shape
        gates = torch.addmm(self.input_bias, x.reshape(-1, inputs), self.input_weight)
        return _Recurrence.apply(gates.view(steps, rows, -1), self.weight, self.bias)
