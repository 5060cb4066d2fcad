"""A task's data on the device: raw as they came, made into batches by position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from evonas.network import Preprocess
from evonas.tasks import Task
from evonas.tasks.statistics import class_weights, input_scale, target_scale
from evonas.training.augment import Augmentation
from evonas.training.memory_format import channels_last

#: samples a forward pass when only measuring; on a CPU 64 and 128 were the fastest of
#: 32 to 1,024 for 28×28 images (which of them depends on the network), and 1,024 took
#: up to twice as long
_CHUNK = 128


@dataclass(frozen=True, eq=False)
class Part:
    """Samples to measure on.

    Attributes:
        inputs: raw, on the device.
        positions: of the samples among the inputs, on the device; None: all.
        targets: as the loss reads them: classes, or standardised values.
        truth: as metrics read them: classes, or values in their own unit.
    """

    inputs: torch.Tensor
    positions: torch.Tensor | None
    targets: torch.Tensor
    truth: NDArray[np.generic]


class DeviceData:
    """Training and validation data of one task, resident on a device.

    Pixels stay bytes there; conversion and normalisation happen a batch at a time.

    Args:
        task: whose data.
        device: on which they are wanted.
        split_seed: see `Task.split`.
        validation_share: see `Task.split`.
    """

    def __init__(
        self,
        task: Task,
        device: torch.device,
        split_seed: int,
        validation_share: float | None,
    ) -> None:
        self.task = task
        self.device = device
        splits = task.split(split_seed, validation_share)
        self.input_scale = input_scale(task, splits.train)
        self.target_scale = target_scale(task, splits.train)
        mean, std = self.input_scale.mean, self.input_scale.std
        self.arrange = Preprocess(task.layout).to(device)
        self.standardise = Preprocess("channels_first", mean, std).to(device)
        self.prepare = Preprocess(task.layout, mean, std).to(device)
        weights = class_weights(task, splits.train)
        #: what a sample of each class counts in the default loss; None: all count 1
        self.class_weights = None if weights is None else self._place(weights)
        self.inputs = self._place(task.x_train)
        self.targets = self._targets(task.y_train)
        #: in an order of which every first part is a fair sample
        self.train_positions = self._place(splits.train)
        positions = self._place(splits.validation)
        self.validation = Part(
            self.inputs,
            positions,
            self.targets.index_select(0, positions),
            task.y_train[splits.validation],
        )

    def test(self) -> Part:
        """The test samples; only a final evaluation may ask for them."""
        return Part(
            self._place(self.task.x_test),
            None,
            self._targets(self.task.y_test),
            self.task.y_test,
        )

    def batch(
        self,
        positions: torch.Tensor,
        augmentation: Augmentation | None,
        generator: torch.Generator,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and targets of the training samples at these positions."""
        raw = self.inputs.index_select(0, positions)
        if augmentation is None:
            inputs = self.prepare(raw)
        else:
            inputs = self.standardise(augmentation(self.arrange(raw), generator))
        return channels_last(inputs), self.targets.index_select(0, positions)

    def chunks(self, part: Part) -> Iterator[torch.Tensor]:
        """The inputs of a part in order, ready for the network, some at a time."""
        for start in range(0, len(part.targets), _CHUNK):
            if part.positions is None:
                raw = part.inputs[start : start + _CHUNK]
            else:
                positions = part.positions[start : start + _CHUNK]
                raw = part.inputs.index_select(0, positions)
            yield channels_last(self.prepare(raw))

    def in_own_unit(self, outputs: torch.Tensor) -> NDArray[np.float32]:
        """A network's outputs as metrics read them: values scaled back."""
        values: NDArray[np.float32] = outputs.float().cpu().numpy()
        if self.target_scale.mean:
            mean = np.array(self.target_scale.mean, np.float32)
            std = np.array(self.target_scale.std, np.float32)
            values = values * std + mean
        return values

    def _targets(self, targets: NDArray[np.generic]) -> torch.Tensor:
        """As the loss reads them."""
        placed = self._place(targets)
        if self.target_scale.mean:
            mean = torch.tensor(self.target_scale.mean, device=self.device)
            std = torch.tensor(self.target_scale.std, device=self.device)
            placed = (placed - mean) / std
        return placed

    def _place(self, array: NDArray[np.generic]) -> torch.Tensor:
        """On the device; on a CPU without a copy where torch can share the memory."""
        return torch.from_numpy(np.require(array, requirements=("C", "W"))).to(
            self.device
        )
