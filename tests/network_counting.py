"""What torch counts in a network: parameters, multiply-adds, shapes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from evonas.architecture import Architecture, Shape


def parameters(module: nn.Module) -> int:
    """Trainable elements."""
    return sum(weight.numel() for weight in module.parameters())


def multiply_adds(module: nn.Module, *batches: torch.Tensor) -> float:
    """Multiply-adds a sample of a forward pass, as torch's own counter sees them."""
    with _counted_recurrence(), torch.no_grad():
        counter = FlopCounterMode(display=False)
        with counter:
            module(*batches)
    return counter.get_total_flops() / 2 / len(batches[0])


@contextmanager
def _counted_recurrence() -> Iterator[None]:
    """Without oneDNN, whose fused LSTM the counter does not know."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # remarks on Intel GPUs
        with torch.backends.mkldnn.flags(enabled=False):
            yield


def sample_batch(architecture: Architecture, shape: Shape, count: int) -> torch.Tensor:
    """A batch that an architecture reads: tokens for an embedding, else noise."""
    generator = torch.Generator().manual_seed(1)
    sizes = [
        int(layer.params["vocabulary"])
        for layer in architecture.layers
        if layer.op == "embedding"
    ]
    if sizes:
        return torch.randint(min(sizes), (count, *shape), generator=generator)
    return torch.randn((count, *shape), generator=generator)
