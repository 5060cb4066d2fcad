"""Rescale: from standardised predictions to the targets' own unit.

It uses torch only, since its source is copied into exports: an exported network gives
values as the data have them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Rescale(nn.Module):
    """Undoes the standardisation of the targets that a network was trained on.

    Args:
        mean: of the targets, one value an output.
        std: as many values as `mean`.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != len(std):
            raise ValueError(
                f"expected as many means as std, got {len(mean)} and {len(std)}"
            )
        # They are constants of the data, not weights: outside the state dict.
        for name, values in (("mean", mean), ("std", std)):
            constant = torch.tensor(list(values), dtype=torch.float32)
            self.register_buffer(name, constant, persistent=False)

    def forward(self, outputs: torch.Tensor) -> torch.Tensor:
        """Predictions in the targets' own unit."""
        return outputs * self.std + self.mean
