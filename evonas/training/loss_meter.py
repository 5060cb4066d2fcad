"""The losses of a training: their mean, and whether one of them exploded.

On a GPU reading a value waits for every kernel before it. There the largest loss so far
is copied to the host every few steps by the side of the work, and looked at once it has
arrived; only the mean of an epoch is waited for.
"""

from __future__ import annotations

import torch

#: A loss beyond this is no longer learning: cross-entropy of ten classes starts near 2,
#: squared error of standardised values near 1.
EXPLODED = 1e4


class LossMeter:
    """Adds up losses of steps.

    Args:
        device: where the losses are.
        look_every: steps between two looks, on a GPU; on a CPU it is every step.

    Attributes:
        total: of the losses since the last mean; on a GPU a tensor there.
        steps: how many losses that is.
    """

    def __init__(self, device: torch.device, look_every: int) -> None:
        self._on_gpu = device.type == "cuda"
        self._device = device
        self._look_every = look_every
        self._since = 0
        self.total: float | torch.Tensor = 0.0
        self.steps = 0
        if self._on_gpu:
            self._worst = torch.zeros((), device=device)
            self._arrived = torch.zeros((), pin_memory=True)
            self._event: torch.cuda.Event | None = None

    @staticmethod
    def exploded(loss: float) -> bool:
        """Whether a loss is beyond learning; no number is, too."""
        # Written so that a NaN fails as well.
        return not abs(loss) < EXPLODED

    def add(self, loss: torch.Tensor) -> float | None:
        """Take the loss of a step in; one that exploded, as soon as it is known."""
        self.steps += 1
        if not self._on_gpu:
            value = loss.item()
            self.total += value
            return value if self.exploded(value) else None
        self.total += loss
        # A NaN wins every maximum, so it is never lost.
        torch.maximum(self._worst, loss.abs(), out=self._worst)
        return self._look()

    def mean(self) -> float:
        """Of the losses since the last call, for which a GPU is waited for."""
        mean = float(self.total) / self.steps
        self.total, self.steps = 0.0, 0
        return mean

    def _look(self) -> float | None:
        self._since += 1
        if self._event is not None:
            if not self._event.query():  # type: ignore[no-untyped-call]
                return None
            self._event = None
            worst = self._arrived.item()
            return worst if self.exploded(worst) else None
        if self._since >= self._look_every:
            self._since = 0
            self._arrived.copy_(self._worst, non_blocking=True)
            self._event = torch.cuda.Event()  # type: ignore[no-untyped-call]
            self._event.record(torch.cuda.current_stream(self._device))
        return None
