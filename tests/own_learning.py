"""A metric, losses and tasks of a user's own, found by `own_learning:Name`."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from evonas.tasks import Metric, Task, TaskSettings

Array = NDArray[Any]


def plain_function(outputs: Array, targets: Array) -> float:
    """Not wrapped, so without a direction."""
    return float((outputs.argmax(1) == targets).mean())


def _worst_class(outputs: Array, targets: Array) -> float:
    right = outputs.argmax(1) == targets
    return float(min(right[targets == label].mean() for label in np.unique(targets)))


worst_class = Metric("worst_class", "classification", "maximise", _worst_class)

not_a_number = Metric(
    "not_a_number", "classification", "maximise", lambda outputs, targets: float("nan")
)

NOT_CALLABLE = 3


def squared_margin(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """A loss as a function."""
    wanted = nn.functional.one_hot(targets, outputs.shape[1])
    return ((outputs - wanted) ** 2).mean()


def nan_loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """A loss that is never a number."""
    return outputs.sum() * float("nan")


def greedy_loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """A loss that asks for more memory than there is."""
    return torch.empty(2**60, dtype=torch.uint8).sum() + outputs.sum()


class MarginLoss(nn.MultiMarginLoss):
    """A loss as a torch class."""


def stripes(settings: TaskSettings) -> Task:
    """A task as a function: lying or standing stripes."""
    rng = np.random.default_rng(settings.split_seed)
    images = np.zeros((60, 6, 6), np.uint8)
    images[:30, ::2] = 200
    images[30:, :, ::2] = 200
    images += rng.integers(0, 50, images.shape, dtype=np.uint8)
    labels = np.repeat([0, 1], 30)
    return Task.from_arrays(
        images[::2], labels[::2], images[1::2], labels[1::2], name="stripes"
    )


def table(settings: TaskSettings) -> Task:
    """A regression over four features."""
    x = np.random.default_rng(1).normal(size=(60, 4)).astype(np.float32)
    y = x.sum(1, keepdims=True)
    return Task.from_arrays(x[:40], y[:40], x[40:], y[40:], name="table")


def no_task(settings: TaskSettings) -> str:
    """A function that gives no task."""
    return "stripes"
