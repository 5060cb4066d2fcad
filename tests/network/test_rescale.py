"""Predictions in the targets' own unit."""

from __future__ import annotations

import pytest
import torch

from evonas.network.rescale import Rescale


def test_rescaling_undoes_standardising() -> None:
    """For each output by its own constants."""
    targets = torch.randn(20, 2) * torch.tensor([3.0, 0.1]) + torch.tensor([5.0, -2.0])
    mean, std = targets.mean(0), targets.std(0)
    back = Rescale(mean.tolist(), std.tolist())((targets - mean) / std)
    torch.testing.assert_close(back, targets)


def test_constants_come_in_pairs() -> None:
    """One deviation too few is a mistake, not a broadcast."""
    with pytest.raises(ValueError, match="as many means as std, got 2 and 1"):
        Rescale([1.0, 2.0], [1.0])
