"""The training loop of one network, without a loader, a copy or a needless wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import torch

from evonas.candidate import Recipe
from evonas.evaluation import Fidelity, Outcome
from evonas.network import Network
from evonas.training.augment import Augmentation
from evonas.training.data import DeviceData
from evonas.training.losses import Loss
from evonas.training.optimizers import make_optimizer, set_rate
from evonas.training.schedule import rate_factor

#: A loss beyond this is no longer learning: cross-entropy of ten classes starts near 2,
#: squared error of standardised values near 1.
EXPLODED = 1e4


class StoppedError(Exception):
    """A training that ended early, as an outcome.

    Args:
        outcome: what the record will say.
        reason: for people.
    """

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


class Training:
    """One network in training: the optimizer, the place in the data and the clock.

    An epoch is as many samples as the share of the data has. Batches are cut from an
    endless row of shuffled epochs, so every batch is full and every sample comes
    equally often, also for part of an epoch.

    Args:
        network: in channels-last, on the data's device.
        data: to train on.
        recipe: how.
        fidelity: for how long, and on which share of the data.
        loss: to be made small.
        seed: of the order of the samples and their augmentation.
        deadline: of `time.monotonic`, after which it stops; None: none.
    """

    def __init__(
        self,
        network: Network,
        data: DeviceData,
        recipe: Recipe,
        fidelity: Fidelity,
        loss: Loss,
        seed: int,
        deadline: float | None = None,
    ) -> None:
        self.network = network
        self.data = data
        self.recipe = recipe
        self.loss = loss
        self.deadline = deadline
        count = max(1, round(fidelity.data_share * len(data.train_positions)))
        self.pool = data.train_positions[:count]
        self.batch_size = min(recipe.batch_size, count)
        self.steps_per_epoch = count / self.batch_size
        trained = recipe.procedure == "supervised"
        self.total_steps = (
            max(1, round(fidelity.epochs * self.steps_per_epoch)) if trained else 0
        )
        self.step = 0
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        if trained and not weights:
            raise StoppedError(
                Outcome.INVALID, "the network has no weights, there is nothing to train"
            )
        self.optimizer = make_optimizer(weights, recipe) if trained else None
        self.generator = torch.Generator(data.device).manual_seed(seed)
        self.augmentation = _augmentation(recipe, data)
        self._row = self.pool[:0]

    def epochs(self) -> Iterator[tuple[float, float]]:
        """Train to the end, an epoch at a time: epochs done so far, mean loss of it.

        Raises:
            StoppedError: the loss exploded or the deadline passed.
        """
        whole = int(self.total_steps / self.steps_per_epoch)
        marks = {round(epoch * self.steps_per_epoch) for epoch in range(1, whole + 1)}
        marks = {mark for mark in marks if 0 < mark <= self.total_steps}
        for start, end in pairwise(sorted({0, *marks, self.total_steps})):
            mean_loss = self._advance(end - start)
            yield self.step / self.steps_per_epoch, mean_loss

    def _advance(self, steps: int) -> float:
        """Take some steps; their mean loss."""
        self.network.train()
        on_cpu = self.data.device.type == "cpu"
        total = 0.0
        waiting = torch.zeros((), device=self.data.device)
        for _ in range(steps):
            loss = self._take_step()
            if on_cpu:
                total += self._checked(loss.item())
            else:
                # Reading the value would wait for the device: once an epoch is enough.
                waiting += loss
            if self.deadline is not None and time.monotonic() > self.deadline:
                raise StoppedError(
                    Outcome.TIMED_OUT,
                    f"the time limit passed after {self.step} of {self.total_steps} "
                    "steps",
                )
        if on_cpu:
            return total / steps
        return self._checked(waiting.item() / steps)

    def _take_step(self) -> torch.Tensor:
        """One batch forward, backward, into the weights; its loss, not waited for."""
        assert self.optimizer is not None  # without one there are no steps
        factor = rate_factor(
            self.recipe, self.step, self.total_steps, self.steps_per_epoch
        )
        set_rate(self.optimizer, self.recipe.learning_rate * factor)
        inputs, targets = self.data.batch(
            self._next_positions(), self.augmentation, self.generator
        )
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.network(inputs), targets)
        torch.autograd.backward(loss)
        self.optimizer.step()
        self.step += 1
        return loss.detach()

    def _next_positions(self) -> torch.Tensor:
        while len(self._row) < self.batch_size:
            shuffled = torch.randperm(
                len(self.pool), generator=self.generator, device=self.pool.device
            )
            self._row = torch.cat((self._row, self.pool[shuffled]))
        batch, self._row = (
            self._row[: self.batch_size],
            self._row[self.batch_size :],
        )
        return batch

    def _checked(self, loss: float) -> float:
        # Written so that a NaN fails as well.
        if not abs(loss) < EXPLODED:
            raise StoppedError(
                Outcome.DIVERGED,
                f"the training loss became {loss:g} by step {self.step} of "
                f"{self.total_steps} (learning rate {self.recipe.learning_rate:g})",
            )
        return loss


def _augmentation(recipe: Recipe, data: DeviceData) -> Augmentation | None:
    """The recipe's augmentation, where it changes anything on this task."""
    if data.task.modality != "image":
        return None
    pixels = data.task.x_train
    peak = 255.0 if pixels.dtype == np.uint8 else max(1.0, float(pixels.max()))
    augmentation = Augmentation(recipe, data.input_scale.mean, peak)
    return augmentation if augmentation.active else None
