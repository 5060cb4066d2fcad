"""Losses of a training, and those that explode."""

from __future__ import annotations

import math

import pytest
import torch

from evonas.training.loss_meter import LossMeter


def test_the_mean_is_of_the_losses_since_the_last_one() -> None:
    """And begins anew."""
    meter = LossMeter(torch.device("cpu"), 4)
    for value in (1.0, 2.0, 6.0):
        assert meter.add(torch.tensor(value)) is None
    assert meter.mean() == 3.0
    meter.add(torch.tensor(5.0))
    assert meter.mean() == 5.0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e4])
def test_an_exploded_loss_is_told_at_its_step(bad: float) -> None:
    """On a CPU, where reading it costs nothing."""
    meter = LossMeter(torch.device("cpu"), 4)
    assert meter.add(torch.tensor(1.0)) is None
    found = meter.add(torch.tensor(bad))
    assert found is not None
    assert LossMeter.exploded(found)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_on_a_gpu_it_is_told_a_few_steps_later(bad: float) -> None:
    """Without waiting for the device at every step."""
    device = torch.device("cuda")
    meter = LossMeter(device, 4)
    meter.add(torch.tensor(bad, device=device))
    found = None
    for _ in range(20):
        found = found or meter.add(torch.tensor(1.0, device=device))
        torch.cuda.synchronize()
    assert found is not None
