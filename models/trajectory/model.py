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
from trajectory.parameters import EMBEDDING, Sizes

BETA_SCALE = 0.02
"""`beta` is learnt in units of 0.02 per year, so that one learning rate fits level and slope."""


@dataclass(frozen=True)
class Batch:
    """Points of B persons padded to T. Flat points P, loss points Q (rows of P).

    lit, lit_starts: CSR of indices lit at the P points; place [P]: b * T + t; features [P, 14]; bags [Q, V];
    risk [Q, K]; age, start, end [Q, 1] in years (segment bounds of the loss); hits [Q, K]: events at the segment's end.
    """

    persons: int
    width: int
    lit: Tensor
    lit_starts: Tensor
    place: Tensor
    features: Tensor
    loss_rows: Tensor
    bags: Tensor
    risk: Tensor
    age: Tensor
    start: Tensor
    end: Tensor
    hits: Tensor


class HazardModel(nn.Module):
    """Weights as in `parameters.shapes`; `baseline` [K] sets the initial log rates at 60."""

    def __init__(self, sizes: Sizes, baseline: np.ndarray) -> None:
        super().__init__()
        v, k, h = sizes.vocab, sizes.events, sizes.hidden
        self.sizes = sizes
        self.embedding = nn.EmbeddingBag(v, EMBEDDING, mode="sum", include_last_offset=True)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.gru = nn.GRU(EMBEDDING + formula.FEATURES, h, num_layers=2, batch_first=True)
        self.norm = nn.LayerNorm(h, eps=1e-5)
        self.level = nn.Parameter(0.01 * torch.randn(h, k))
        self.slope = nn.Parameter(torch.zeros(h, k))
        self.slope_bias = nn.Parameter(torch.zeros(k))
        self.alpha = nn.Parameter(torch.tensor(baseline, dtype=torch.float32))
        self.beta = nn.Parameter(torch.full((k,), 0.03 / BETA_SCALE))
        self.wide = nn.Parameter(1e-3 * torch.randn(v, k))
        self.register_buffer("phi", torch.tensor(formula.PHI, dtype=torch.float32))

    def states(self, batch: Batch) -> Tensor:
        """Upper GRU state after every loss point, normalised: [Q, H]."""
        x = torch.cat([self.embedding(batch.lit, batch.lit_starts), batch.features], dim=1)
        padded = x.new_zeros(batch.persons * batch.width, x.shape[1])
        padded[batch.place] = x
        out, _ = self.gru(padded.view(batch.persons, batch.width, -1))
        flat = out.reshape(batch.persons * batch.width, -1)
        return self.norm(flat[batch.place[batch.loss_rows]])

    def hazards(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """log lambda at the segment's start and slope g, both [Q, K]."""
        state = self.states(batch)
        beta = BETA_SCALE * self.beta
        years = batch.age.clamp(max=formula.AGE_CAP_YEARS) - formula.AGE_REFERENCE_YEARS
        log_rate = self.alpha + beta * years + batch.bags @ self.wide + state @ self.level
        log_rate = log_rate.clamp(formula.LOG_LAMBDA_MIN, formula.LOG_LAMBDA_MAX)
        bend = formula.RESIDUAL_SLOPE_MAX * torch.tanh(state @ self.slope + self.slope_bias)
        slope = beta * (batch.age < formula.AGE_CAP_YEARS) + bend
        return log_rate, slope.clamp(formula.SLOPE_MIN, formula.SLOPE_MAX)

    def terms(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Integrated hazards over the loss part of each segment, and log hazards of what happened: both [Q, K]."""
        log_rate, slope = self.hazards(batch)
        duration = batch.end - batch.start
        bend = slope * duration
        phi = self.phi[-1]
        for coefficient in self.phi.flip(0)[1:]:
            phi = phi * bend + coefficient
        spent = batch.risk * torch.exp(log_rate + slope * batch.start) * duration * phi
        return spent, batch.hits * batch.risk * (log_rate + slope * batch.end)

    def export_weights(self) -> dict[str, np.ndarray]:
        """Weights under the names and shapes of `parameters.shapes`."""
        gru = dict(self.gru.named_parameters())
        tensors = {
            "embedding": self.embedding.weight, "norm_scale": self.norm.weight, "norm_bias": self.norm.bias,
            "level": self.level, "slope": self.slope, "slope_bias": self.slope_bias, "alpha": self.alpha,
            "beta": BETA_SCALE * self.beta, "wide": self.wide,
        }  # fmt: skip
        for layer in (1, 2):
            tensors[f"x{layer}"] = gru[f"weight_ih_l{layer - 1}"].T
            tensors[f"h{layer}"] = gru[f"weight_hh_l{layer - 1}"].T
            tensors[f"bx{layer}"] = gru[f"bias_ih_l{layer - 1}"]
            tensors[f"bh{layer}"] = gru[f"bias_hh_l{layer - 1}"]
        return {name: tensor.detach().numpy().astype(np.float32).copy() for name, tensor in tensors.items()}
