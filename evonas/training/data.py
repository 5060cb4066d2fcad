"""A task's data on the device: raw as they came, made into batches by position.

Inputs that do not fit on the device stay on the host, in a memory map where the task
has one, and each batch is gathered there and sent. Both ways give equal batches.
"""

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
#: of a GPU, for the inputs of one worker: several may share it, and networks need room
_SHARE_OF_ALL, _SHARE_OF_FREE = 0.25, 0.5


@dataclass(frozen=True, eq=False)
class Part:
    """Samples to measure on.

    Attributes:
        inputs: raw, on the device, or on the host where they do not fit there.
        positions: of the samples among the inputs, beside them; None: all.
        targets: as the loss reads them: classes, or standardised values.
        truth: as metrics read them: classes, or values in their own unit.
    """

    inputs: torch.Tensor
    positions: torch.Tensor | None
    targets: torch.Tensor
    truth: NDArray[np.generic]


class DeviceData:
    """Training and validation data of one task, on a device or on their way to it.

    Pixels stay bytes; conversion and normalisation happen a batch at a time, on the
    device. On a CPU the arrays of the task are shared, not copied.

    Args:
        task: whose data.
        device: on which they are wanted.
        split_seed: see `Task.split`.
        validation_share: see `Task.split`.
        resident_bytes: largest input array that is copied to the device; larger ones
            stay on the host. None: a share of a GPU's memory, no limit on a CPU.
    """

    def __init__(
        self,
        task: Task,
        device: torch.device,
        split_seed: int,
        validation_share: float | None,
        resident_bytes: int | None = None,
    ) -> None:
        self.task = task
        self.device = device
        self.resident_bytes = resident_bytes
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
        self.inputs, self.streams = self._inputs(task.x_train)
        self.targets = self._targets(task.y_train)
        #: in an order of which every first part is a fair sample
        self.train_positions = self._place(splits.train)
        positions = self._place(splits.validation)
        self.validation = Part(
            self.inputs,
            _shared(splits.validation) if self.streams else positions,
            self.targets.index_select(0, positions),
            task.y_train[splits.validation],
        )

    @property
    def resident(self) -> int:
        """Bytes of inputs and targets that lie on the device."""
        placed = (self.inputs, self.targets, self.train_positions)
        return sum(one.nbytes for one in placed if one.device == self.targets.device)

    def test(self) -> Part:
        """The test samples; only a final evaluation may ask for them."""
        return Part(
            self._inputs(self.task.x_test)[0],
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
        raw = self._gathered(self.inputs, positions)
        if augmentation is None:
            inputs = self.prepare(raw)
        else:
            inputs = self.standardise(augmentation(self.arrange(raw), generator))
        return channels_last(inputs), self.targets.index_select(0, positions)

    def chunks(self, part: Part) -> Iterator[torch.Tensor]:
        """The inputs of a part in order, ready for the network, some at a time."""
        for start in range(0, len(part.targets), _CHUNK):
            end = start + _CHUNK
            if part.positions is None:
                raw = self._sent(part.inputs[start:end])
            else:
                raw = self._gathered(part.inputs, part.positions[start:end])
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

    def _inputs(self, array: NDArray[np.generic]) -> tuple[torch.Tensor, bool]:
        """An array of inputs where it fits, and whether it stayed on the host."""
        limit = self.resident_bytes
        if limit is None and self.device.type == "cuda":
            free, total = torch.cuda.mem_get_info(self.device)
            limit = int(min(_SHARE_OF_ALL * total, _SHARE_OF_FREE * free))
        if limit is not None and array.nbytes > limit:
            return _shared(array), True
        return self._place(array), False

    def _gathered(self, inputs: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        """The inputs at these positions, on the device."""
        if not self.streams:
            return inputs.index_select(0, positions)
        # Positions of training batches come from the device: this waits for it.
        return self._sent(inputs.index_select(0, positions.to(inputs.device)))

    def _sent(self, batch: torch.Tensor) -> torch.Tensor:
        """A batch on the device, wherever it was."""
        if batch.device.type == "cpu" and self.device.type == "cuda":
            # From pinned memory the copy goes on while the host does other things;
            # torch uses that memory again only after the copy has ended.
            batch = batch.pin_memory()
        return batch.to(self.device, non_blocking=True)

    def _place(self, array: NDArray[np.generic]) -> torch.Tensor:
        """On the device; on a CPU without a copy where torch can share the memory."""
        return _shared(array).to(self.device)


def _shared(array: NDArray[np.generic]) -> torch.Tensor:
    """On the host, in the array's own memory if torch may write there.

    It may in a map of the task cache, which is copy-on-write; nobody does.
    """
    return torch.from_numpy(np.require(array, requirements=("C", "W")))
