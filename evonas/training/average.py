"""The moving average of a network's weights, which often generalises better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch

from evonas.network import Network


class WeightAverage:
    """An exponential moving average of weights and running statistics.

    The decay grows with the steps, min(decay, (1 + t) / (10 + t)), so that a short
    training's average does not remember its initial weights.

    Args:
        network: whose tensors are averaged.
        decay: share of the average that a step keeps, below 1.
    """

    def __init__(self, network: Network, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        floating = {
            name: tensor
            for name, tensor in network.state_dict().items()
            if tensor.is_floating_point()
        }
        self._names = tuple(floating)
        self._own = list(floating.values())
        self.tensors = [tensor.clone() for tensor in self._own]

    def update(self) -> None:
        """Take the network's present tensors in, after a step."""
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        self.steps += 1
        torch._foreach_lerp_(self.tensors, self._own, 1 - decay)

    def named(self) -> dict[str, torch.Tensor]:
        """The averages by the names of the network's tensors."""
        return dict(zip(self._names, self.tensors, strict=True))

    def restore(self, tensors: Mapping[str, torch.Tensor], steps: int) -> None:
        """Go on from averages that `named` gave after so many steps."""
        self.steps = steps
        for name, tensor in self.named().items():
            tensor.copy_(tensors[name])

    @contextmanager
    def applied(self) -> Iterator[None]:
        """The network with the averages as its weights, until the end of the block."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        # Copies, since the optimizer holds on to the network's own tensors.
        before = [tensor.clone() for tensor in self._own]
        torch._foreach_copy_(self._own, self.tensors)
        torch._foreach_copy_(self.tensors, before)
