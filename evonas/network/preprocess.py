"""Preprocess: from a batch as a task's arrays hold it to what a network reads.

It uses torch only, since its source is copied into exports: an exported network takes
raw inputs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


class Preprocess(nn.Module):
    """Brings a raw batch into channels-first float32 and standardises it.

    Args:
        layout: of the raw batch: "image_hwc" (N, H, W, C), "image_hw" (N, H, W),
            "channels_first" (N, C, ...), "vector" (N, F) or "tokens" (N, L). Tokens
            are whole numbers and are only made int64.
        mean: subtracted; one value a channel (or feature), one for all, or none.
        std: divided by, after that; as many values as `mean`.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(
        self, layout: str, mean: Sequence[float] = (), std: Sequence[float] = ()
    ) -> None:
        super().__init__()
        layouts = ("image_hwc", "image_hw", "channels_first", "vector", "tokens")
        if layout not in layouts:
            raise ValueError(f"expected a layout of {layouts}, got {layout!r}")
        if len(mean) != len(std) or not all(value > 0 for value in std):
            raise ValueError(
                "expected mean and std of one length with every std above 0, "
                f"got {len(mean)} means and std {list(std)}"
            )
        self.layout = layout
        # They are constants of the data, not weights: outside the state dict.
        for name, values in (("mean", mean), ("std", std)):
            constant = torch.tensor(list(values), dtype=torch.float32)
            self.register_buffer(name, constant, persistent=False)

    def forward(self, raw: torch.Tensor) -> torch.Tensor:
        """The batch as the network's first layer reads it."""
        if self.layout == "tokens":
            return raw.long()
        batch = raw.float()
        if self.layout == "image_hwc":
            batch = batch.permute(0, 3, 1, 2)
        elif self.layout == "image_hw":
            batch = batch.unsqueeze(1)
        if self.mean.numel() == 0:
            return batch
        axes = (1, -1) + (1,) * (batch.dim() - 2)
        return (batch - self.mean.view(axes)) / self.std.view(axes)
