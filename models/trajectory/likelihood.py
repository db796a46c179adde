"""The point-process likelihood of segments as one differentiable operation, gradient included.

Over the loss part [start, end] of a segment that began at log-hazard `level` (per year) and rises by `slope`, event k
spends risk * exp(level + slope * start) * d * phi(slope * d), d = end - start, and what happened at the end earns
level + slope * end. Both are clipped as in the graph.
"""

from __future__ import annotations

import torch
from torch import Tensor

from trajectory import formula

PHI = tuple(float(coefficient) for coefficient in formula.PHI)


def phi_and_gradient(x: Tensor) -> tuple[Tensor, Tensor]:
    """phi(x) and its derivative by Horner's rule."""
    value, gradient = torch.full_like(x, PHI[-1]), torch.zeros_like(x)
    for coefficient in PHI[-2::-1]:
        gradient.mul_(x).add_(value)
        value.mul_(x).add_(coefficient)
    return value, gradient


class SegmentLoss(torch.autograd.Function):
    """level, slope, risk [Q, K], start, end [Q, 1], happened: positions (row, k) of events -> sums over events [K]:
    hazard spent and log hazard earned. Only their difference has a gradient: backward takes one scalar per column."""

    @staticmethod
    def forward(ctx, level, slope, risk, start, end, row, event) -> tuple[Tensor, Tensor]:
        clipped = level.clamp(formula.LOG_LAMBDA_MIN, formula.LOG_LAMBDA_MAX)
        bend = slope.clamp(formula.SLOPE_MIN, formula.SLOPE_MAX)
        duration = end - start
        phi, change = phi_and_gradient(bend * duration)
        rate = torch.addcmul(clipped, bend, start).exp_().mul_(risk).mul_(duration)
        spent = rate * phi
        counted = risk[row, event]
        earned = (clipped[row, event] + bend[row, event] * end[row, 0]) * counted
        to_slope = spent * start
        to_slope += rate.mul_(change).mul_(duration)
        to_level = spent
        sums = spent.sum(0), torch.zeros_like(spent[0]).index_add_(0, event, earned)
        hits = -counted
        to_level.index_put_((row, event), hits, accumulate=True)
        to_slope.index_put_((row, event), hits * end[row, 0], accumulate=True)
        ctx.save_for_backward(to_level.mul_(clipped == level), to_slope.mul_(bend == slope))
        return sums

    @staticmethod
    def backward(ctx, to_spent: Tensor, to_earned: Tensor) -> tuple[Tensor | None, ...]:
        """For loss = weight * (spent - earned): the two gradients must be opposite."""
        if not torch.equal(to_spent, -to_earned):
            raise ValueError("SegmentLoss: differentiate spent - earned, with equal weights, or nothing")
        level, slope = ctx.saved_tensors
        return level * to_spent, slope * to_spent, None, None, None, None, None
