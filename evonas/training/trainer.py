"""The training loop of one network, without a loader, a copy or a needless wait."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch

from evonas.candidate import Recipe
from evonas.evaluation import Fidelity, Outcome
from evonas.network import Network
from evonas.training.augment import Augmentation
from evonas.training.average import WeightAverage
from evonas.training.data import DeviceData
from evonas.training.extent import Extent
from evonas.training.graphs import GraphedStep
from evonas.training.loss_meter import LossMeter
from evonas.training.losses import Loss, mass
from evonas.training.optimizers import make_optimizer, set_rate
from evonas.training.precision import Precision
from evonas.training.schedule import kept_step, rate_factor
from evonas.training.state import TrainingState
from evonas.training.stopped import StoppedError
from evonas.training.view import InputView

#: steps between two looks of a GPU training at its losses
_LOOK_EVERY = 32


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
        parts: into which each batch is cut to need less memory; their gradients are
            added up, so that a step is the recipe's.
        keep: put by in `kept` the state that a longer training goes on from.
        precision: of the forward pass; None: fp32.
        cuda_graphs: launch each step's kernels at once; on a GPU, for whole batches.
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
        *,
        parts: int = 1,
        keep: bool = False,
        precision: Precision | None = None,
        cuda_graphs: bool = False,
    ) -> None:
        self.network = network
        self.data = data
        self.recipe = recipe
        self.loss = loss
        self.deadline = deadline
        self.parts = parts
        self.view = InputView(data, recipe, fidelity)
        self.extent = Extent.of(recipe, fidelity, len(data.train_positions))
        self.pool = data.train_positions[: self.extent.samples]
        self.batch_size = self.extent.batch_size
        self.steps_per_epoch = self.extent.steps_per_epoch
        self.total_steps = self.extent.total_steps
        trained = self.total_steps > 0
        self.kept_step = kept_step(recipe.schedule, self.total_steps) if keep else None
        self.kept: TrainingState | None = None
        self.step = 0
        #: one entry an epoch that was measured; whoever measures adds them
        self.curve: list[dict[str, float]] = []
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        if trained and not weights:
            raise StoppedError(
                Outcome.INVALID, "the network has no weights, there is nothing to train"
            )
        self.optimizer = make_optimizer(weights, recipe) if trained else None
        decay = recipe.weight_average
        self.average = WeightAverage(network, decay) if trained and decay > 0 else None
        self.precision = precision or Precision("fp32", data.device)
        self.scaler = self.precision.scaler()
        on_gpu = data.device.type == "cuda"
        self._graphs = cuda_graphs and on_gpu and parts == 1 and self.scaler is None
        self._graphed: GraphedStep | None = None
        self.generator = torch.Generator(data.device).manual_seed(seed)
        self.augmentation = _augmentation(recipe, data)
        self.row = self.pool[:0]
        self.meter = LossMeter(data.device, _LOOK_EVERY)

    def epochs(self) -> Iterator[tuple[float, float]]:
        """Train to the end, an epoch at a time: epochs done so far, mean loss of it.

        Raises:
            StoppedError: the loss exploded or the deadline passed.
        """
        for mark in self.marks():
            self._advance(mark)
            yield self.step / self.steps_per_epoch, self._checked(self.meter.mean())

    def finish(self, kept: TrainingState | None) -> None:
        """Be at the end: the network has the weights that training ended with.

        Args:
            kept: what a longer training goes on from, if there is anything.
        """
        self.step = self.total_steps
        self.average = None  # of those weights already
        self.kept = kept

    def marks(self) -> list[int]:
        """Steps that it will still pause at to be measured."""
        # A training goes on from its very mark where that was not measured before.
        return self.extent.marks(self.step if self.meter.steps else self.step + 1)

    def _advance(self, mark: int) -> None:
        """Take the steps up to a mark."""
        self.network.train()
        while self.step < mark:
            self._keep_if_due()
            exploded = self.meter.add(self._take_step())
            if exploded is not None:
                self._checked(exploded)
            if self.deadline is not None and time.monotonic() > self.deadline:
                raise StoppedError(
                    Outcome.TIMED_OUT,
                    f"the time limit passed after {self.step} of {self.total_steps} "
                    "steps",
                )
        self._keep_if_due()

    def _keep_if_due(self) -> None:
        if self.step == self.kept_step and self.kept is None:
            self.kept = TrainingState.of(self)

    def _take_step(self) -> torch.Tensor:
        """One batch forward, backward, into the weights; its loss, not waited for."""
        assert self.optimizer is not None  # without one there are no steps
        factor = rate_factor(
            self.recipe, self.step, self.total_steps, self.steps_per_epoch
        )
        set_rate(self.optimizer, self.recipe.learning_rate * factor)
        loss = self._gradients(self._next_positions())
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update()
        if self.average is not None:
            self.average.update()
        self.step += 1
        return loss

    def _gradients(self, positions: torch.Tensor) -> torch.Tensor:
        """Fill in the gradients of a batch; its loss."""
        if self._graphs:
            inputs, targets = self._batch(positions)
            if self._graphed is None:
                self._graphed = GraphedStep(
                    self.network, self._loss_of, inputs, targets
                )
            return self._graphed(inputs, targets)
        self.network.zero_grad(set_to_none=True)
        total: torch.Tensor | None = None
        # No part of a single sample: batch norm over vectors refuses it.
        parts = positions.chunk(min(self.parts, max(1, len(positions) // 2)))
        batches = [self._batch(part) for part in parts]
        for inputs, targets in batches:
            loss = self._loss_of(inputs, targets)
            if len(batches) > 1:
                whole = sum(mass(self.loss, others) for _, others in batches)
                loss = loss * (mass(self.loss, targets) / whole)
            scaled = loss if self.scaler is None else self.scaler.scale(loss)
            torch.autograd.backward(scaled)
            total = loss.detach() if total is None else total + loss.detach()
        assert total is not None  # a batch has samples
        return total

    def _batch(self, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        inputs, targets = self.data.batch(positions, self.augmentation, self.generator)
        return self.view(inputs), targets

    def _loss_of(self, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        with self.precision.autocast():
            outputs = self.network(inputs)
        return self.loss(outputs.float(), targets)

    def _next_positions(self) -> torch.Tensor:
        while len(self.row) < self.batch_size:
            shuffled = torch.randperm(
                len(self.pool), generator=self.generator, device=self.pool.device
            )
            self.row = torch.cat((self.row, self.pool[shuffled]))
        batch, self.row = (
            self.row[: self.batch_size],
            self.row[self.batch_size :],
        )
        return batch

    def _checked(self, loss: float) -> float:
        if LossMeter.exploded(loss):
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
    scale = data.input_scale
    augmentation = Augmentation(recipe, scale.mean, scale.peak)
    return augmentation if augmentation.active else None
