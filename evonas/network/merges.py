"""Modules of several inputs: sums and concatenations, with size matching inside.

They use torch and the standard library only, since their source is copied into exports.
All take and give channels-first batches: (N, C), (N, C, L), (N, C, H, W) or
(N, C, D, H, W).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional


class Sum(nn.Module):
    """The sum of inputs of one shape."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Added from left to right."""
        return _added(inputs)


class Concat(nn.Module):
    """The channels of inputs of one size, in order."""

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """All channels side by side."""
        return torch.cat(inputs, dim=1)


class SizeMatchedSum(nn.Module):
    """The sum of inputs of different shapes, each first brought to one.

    Larger maps are max-pooled to `size` (Miikkulainen et al. 2017), or averaged to
    vectors where `size` is empty; inputs with fewer channels than the most are
    projected to that many.

    Args:
        channels: of each input.
        size: of the result's maps, without channels; empty: the result is a vector.
    """

    def __init__(self, channels: Sequence[int], size: Sequence[int] = ()) -> None:
        super().__init__()
        self.size = tuple(size)
        self.projections = _projections(channels, len(size))

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Resize, project and add, from left to right."""
        matched: list[torch.Tensor] = [
            project(match_size(x, self.size))
            for project, x in zip(self.projections, inputs, strict=True)
        ]
        return _added(matched)


class GatedSum(nn.Module):
    """The sum of inputs, each times a learned number; sizes as in `SizeMatchedSum`.

    Args:
        channels: of each input.
        size: of the result's maps, without channels; empty: the result is a vector.
        gate_init: first value of the gates but the first input's, which begins at 1.
    """

    def __init__(
        self, channels: Sequence[int], size: Sequence[int] = (), gate_init: float = 0.0
    ) -> None:
        super().__init__()
        self.size = tuple(size)
        self.projections = _projections(channels, len(size))
        # One tensor a gate, so that those there are can be handed on when one joins.
        self.gates = nn.ParameterList(
            nn.Parameter(torch.tensor(gate_init if slot else 1.0))
            for slot in range(len(channels))
        )

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Resize, project, multiply and add, from left to right."""
        gated: list[torch.Tensor] = [
            gate * project(match_size(x, self.size))
            for gate, project, x in zip(
                self.gates, self.projections, inputs, strict=True
            )
        ]
        return _added(gated)


class SizeMatchedConcat(nn.Module):
    """The channels of inputs of different sizes, each first brought to the smallest.

    Larger maps are max-pooled to `size` (Miikkulainen et al. 2017), or averaged to
    vectors where `size` is empty.

    Args:
        size: of the result's maps, without channels; empty: the result is a vector.
    """

    def __init__(self, size: Sequence[int] = ()) -> None:
        super().__init__()
        self.size = tuple(size)

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Resize, then put all channels side by side."""
        return torch.cat([match_size(x, self.size) for x in inputs], dim=1)


def match_size(x: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:
    """Maps brought to a size that is nowhere larger; to vectors for the empty size."""
    if x.shape[2:] == size:
        return x
    if not size:
        return x.flatten(2).mean(2)
    pools = (
        functional.adaptive_max_pool1d,
        functional.adaptive_max_pool2d,
        functional.adaptive_max_pool3d,
    )
    x = pools[len(size) - 1](x, size)
    return x


def _added(terms: Sequence[torch.Tensor]) -> torch.Tensor:
    """Their sum, from left to right."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _projections(channels: Sequence[int], rank: int) -> nn.ModuleList:
    """For each input what brings it to the most channels; rank 0: vectors."""
    most = max(channels)
    return nn.ModuleList(
        nn.Identity() if count == most else _projection(count, most, rank)
        for count in channels
    )


def _projection(inputs: int, outputs: int, rank: int) -> nn.Module:
    """A dense mix of the channels at each position, without bias; rank 0: vectors."""
    if rank == 0:
        return nn.Linear(inputs, outputs, bias=False)
    conv = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[rank - 1]
    return conv(inputs, outputs, 1, bias=False)
