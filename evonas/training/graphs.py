"""A training step's forward and backward pass as one CUDA graph.

Small networks leave a GPU waiting for the next launch. A graph launches all kernels of
a step at once. Everything that it reads and writes stays at its place: inputs are
copied in, gradients lie where they were captured.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from evonas.network import Network

#: passes before a capture, in which libraries choose and prepare their kernels
_WARM_UP = 3

#: (inputs, targets) → scalar loss
LossOf = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class GraphedStep:
    """Loss and gradients of batches of one size.

    Args:
        network: whose gradients are taken; its running statistics are as before when
            this is made.
        loss_of: forward pass and loss, without anything that waits for the device.
        inputs: of a batch, ready for the network.
        targets: of the batch.
    """

    def __init__(
        self,
        network: Network,
        loss_of: LossOf,
        inputs: torch.Tensor,
        targets: torch.Tensor,
    ) -> None:
        self._inputs = inputs.clone()
        self._targets = targets.clone()
        before = [buffer.clone() for buffer in network.buffers()]
        draws = torch.cuda.get_rng_state(inputs.device)
        side = torch.cuda.Stream(inputs.device)  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream(inputs.device))
        with torch.cuda.stream(side):
            for _ in range(_WARM_UP):
                network.zero_grad(set_to_none=True)
                torch.autograd.backward(loss_of(self._inputs, self._targets))
        torch.cuda.current_stream(inputs.device).wait_stream(side)
        for buffer, value in zip(network.buffers(), before, strict=True):
            buffer.copy_(value)
        torch.cuda.set_rng_state(draws, inputs.device)
        # Gradients that are none are written, not added to, at every replay.
        network.zero_grad(set_to_none=True)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._loss = loss_of(self._inputs, self._targets)
            torch.autograd.backward(self._loss)

    def __call__(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The loss of a batch; its gradients are in the network's weights."""
        self._inputs.copy_(inputs)
        self._targets.copy_(targets)
        self._graph.replay()
        return self._loss.detach().clone()
