"""The hybrid hazard model in PyTorch, and its point-process likelihood.

Log-hazard of event k at the start of a segment = Gompertz age baseline + log-additive part over the bag + residual of
a 2-layer GRU; inside the segment it rises by g_k = beta_k + s_k(h) per year. The likelihood integrates every hazard
that is at risk over the whole observation, the censored tail included, from the loss start (left truncation) on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from trajectory import formula
from trajectory.likelihood import SegmentLoss
from trajectory.parameters import EMBEDDING, Sizes
from trajectory.recurrent import Recurrent

BETA_SCALE = 0.02
"""`beta` is learnt in units of 0.02 per year, so that one learning rate fits level and slope."""


@dataclass(frozen=True)
class Batch:
    """B persons of at most T points, laid out time first: slot = t * B + b.

    lit, lit_starts: CSR of indices lit, by slot; change, change_starts, sign: CSR of changes of the bag, by slot;
    features [T * B, 14]; loss_slots [Q]; risk [Q, K]; age, start, end [Q, 1] in years (segment bounds of the loss);
    happened_row, happened: row of Q and event of what happened at the segment's end.
    """

    persons: int
    width: int
    lit: Tensor
    lit_starts: Tensor
    change: Tensor
    change_starts: Tensor
    sign: Tensor
    features: Tensor
    loss_slots: Tensor
    risk: Tensor
    age: Tensor
    start: Tensor
    end: Tensor
    happened_row: Tensor
    happened: Tensor


class HazardModel(nn.Module):
    """Weights as in `parameters.shapes`; `baseline` [K] sets the initial log rates at 60. `residual`: with the GRU."""

    def __init__(self, sizes: Sizes, baseline: np.ndarray, *, residual: bool = True) -> None:
        super().__init__()
        v, k, h = sizes.vocab, sizes.events, sizes.hidden
        self.sizes, self.residual = sizes, residual
        self.embedding = nn.EmbeddingBag(v, EMBEDDING, mode="sum", include_last_offset=True)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.layers = nn.ModuleList([Recurrent(EMBEDDING + formula.FEATURES, h), Recurrent(h, h)])
        self.norm = nn.LayerNorm(h, eps=1e-5)
        self.level = nn.Parameter((0.01 if residual else 0.0) * torch.randn(h, k))
        self.slope = nn.Parameter(torch.zeros(h, k))
        self.slope_bias = nn.Parameter(torch.zeros(k))
        self.alpha = nn.Parameter(torch.tensor(baseline, dtype=torch.float32))
        self.beta = nn.Parameter(torch.full((k,), 0.03 / BETA_SCALE))
        self.wide = nn.Parameter(1e-3 * torch.randn(v, k))
        if not residual:
            for parameter in (*self.layers.parameters(), *self.norm.parameters(), *self.embedding.parameters(),
                              self.level, self.slope, self.slope_bias):  # fmt: skip
                parameter.requires_grad_(False)

    def states(self, batch: Batch) -> Tensor:
        """Upper GRU state after every loss point, normalised: [Q, H]."""
        x = torch.cat([self.embedding(batch.lit, batch.lit_starts), batch.features], dim=1)
        x = x.view(batch.width, batch.persons, -1)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x.view(batch.width * batch.persons, -1)[batch.loss_slots])

    def _additive(self, batch: Batch) -> Tensor:
        """bag @ wide at every loss point, as the running sum of what changed: [Q, K]."""
        change = nn.functional.embedding_bag(
            batch.change, self.wide, batch.change_starts, mode="sum", per_sample_weights=batch.sign,
            include_last_offset=True,
        )  # fmt: skip
        running = change.view(batch.width, batch.persons, -1).cumsum(0)
        return running.view(batch.width * batch.persons, -1)[batch.loss_slots]

    def hazards(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """log lambda at the segment's start and slope g, both [Q, K], not clipped yet."""
        beta = BETA_SCALE * self.beta
        years = batch.age.clamp(max=formula.AGE_CAP_YEARS) - formula.AGE_REFERENCE_YEARS
        level = torch.addcmul(self.alpha + self._additive(batch), years, beta)
        slope = (batch.age < formula.AGE_CAP_YEARS) * beta
        if not self.residual:
            return level, slope
        both = self.states(batch) @ torch.cat([self.level, self.slope], dim=1)
        k = self.sizes.events
        bend = formula.RESIDUAL_SLOPE_MAX * torch.tanh(both[:, k:] + self.slope_bias)
        return level + both[:, :k], slope + bend

    def sums(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Per event [K]: integrated hazard over the loss parts, and log hazard of what happened."""
        level, slope = self.hazards(batch)
        where = batch.happened_row, batch.happened
        return SegmentLoss.apply(level, slope, batch.risk, batch.start, batch.end, *where)

    def loss(self, batch: Batch) -> Tensor:
        """Negative log-likelihood of the batch, a sum over persons."""
        spent, earned = self.sums(batch)
        return (spent - earned).sum()

    def export_weights(self) -> dict[str, np.ndarray]:
        """Weights under the names and shapes of `parameters.shapes`."""
        tensors = {
            "embedding": self.embedding.weight, "norm_scale": self.norm.weight, "norm_bias": self.norm.bias,
            "level": self.level, "slope": self.slope, "slope_bias": self.slope_bias, "alpha": self.alpha,
            "beta": BETA_SCALE * self.beta, "wide": self.wide,
        }  # fmt: skip
        for number, layer in enumerate(self.layers, start=1):
            tensors[f"x{number}"], tensors[f"bx{number}"] = layer.input_weight, layer.input_bias
            tensors[f"h{number}"], tensors[f"bh{number}"] = layer.weight, layer.bias
        return {name: tensor.detach().numpy().astype(np.float32).copy() for name, tensor in tensors.items()}
