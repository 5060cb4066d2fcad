"""What a network sees of a prepared batch, by its recipe and fidelity."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from evonas.architecture import Shape
from evonas.candidate import Recipe
from evonas.errors import ConfigError
from evonas.evaluation import Fidelity
from evonas.training.data import DeviceData
from evonas.training.memory_format import channels_last


class InputView:
    """Batches as one training's network reads them: smaller maps, another scale.

    At a resolution below 1 maps are averaged down to that share of their sides.
    Without variance normalisation inputs are centred and divided by one number for all
    channels (the largest standard deviation), so that channels keep their proportions.

    Args:
        data: whose batches.
        recipe: says whether the variance of each channel is normalised.
        fidelity: has the resolution.

    Attributes:
        shape: of one sample that the network reads.
        std: by which its raw inputs are divided, a value a channel.

    Raises:
        ConfigError: a resolution below 1 for samples that have no sides.
    """

    def __init__(self, data: DeviceData, recipe: Recipe, fidelity: Fidelity) -> None:
        self.shape = viewed_shape(data.task.input_shape, fidelity.resolution)
        self._size = None if fidelity.resolution == 1 else self.shape[1:]
        self.std = tuple(data.input_scale.std)
        self._factor: torch.Tensor | None = None
        if not recipe.variance_normalisation and len(set(self.std)) > 1:
            own = torch.tensor(self.std, device=data.device)
            sides = (1,) * (len(self.shape) - 1)
            self._factor = (own / own.max()).view(-1, *sides)
            self.std = (max(self.std),) * len(self.std)

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        """A prepared batch as the network reads it."""
        if self._factor is not None:
            inputs = channels_last(inputs * self._factor)
        if self._size is not None:
            inputs = channels_last(F.interpolate(inputs, self._size, mode="area"))
        return inputs


def viewed_shape(shape: Shape, resolution: float) -> Shape:
    """Shape of a sample at a resolution.

    Args:
        shape: of a sample of the data.
        resolution: share of every side, (0, 1].

    Raises:
        ConfigError: it has no sides.
    """
    if resolution == 1:
        return shape
    if len(shape) < 2:
        raise ConfigError(
            f"fidelity.resolution: expected 1 for samples of shape {shape}, which have "
            f"no sides that could be made smaller, got {resolution}"
        )
    return (shape[0], *(max(1, round(side * resolution)) for side in shape[1:]))
