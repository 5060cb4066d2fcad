"""Means and deviations of a task's arrays, from the samples that are trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.tasks.splits import Indices
from evonas.tasks.task import Task


@dataclass(frozen=True, slots=True)
class Scale:
    """What brings values to mean 0 and deviation 1; empty: they stay as they are.

    Attributes:
        mean: subtracted, one value a channel (or feature, or target).
        std: divided by, after that; 1 where a channel never varies.
    """

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()


def input_scale(task: Task, samples: Indices) -> Scale:
    """The scale of the inputs, in the raw arrays' unit; none for tokens."""
    if task.layout == "tokens":
        return Scale()
    chosen = task.x_train[samples]
    if task.layout == "image_hw":
        columns = chosen.reshape(-1, 1)
    elif task.layout == "channels_first":
        columns = np.moveaxis(chosen, 1, -1).reshape(-1, chosen.shape[1])
    else:
        columns = chosen.reshape(-1, chosen.shape[-1])
    return _scale(columns)


def target_scale(task: Task, samples: Indices) -> Scale:
    """The scale of the targets of a regression; none for classes."""
    return Scale() if task.kind == "classification" else _scale(task.y_train[samples])


def _scale(columns: NDArray[Any]) -> Scale:
    if columns.dtype == np.uint8:
        mean, std = _byte_moments(columns)
    else:
        mean, std = columns.mean(0, dtype=np.float64), columns.std(0, dtype=np.float64)
    std = np.where(std > 0, std, 1.0)
    return Scale(tuple(map(float, mean)), tuple(map(float, std)))


def _byte_moments(
    columns: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation by counting, exact and without a float copy of the pixels."""
    values = np.arange(256)
    counts = np.stack([np.bincount(column, minlength=256) for column in columns.T])
    mean = counts @ values / len(columns)
    square = counts @ values**2 / len(columns)
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0))


def class_weights(task: Task, samples: Indices) -> NDArray[np.float32] | None:
    """What one sample of each class counts in the loss; None where all count 1.

    Balanced, every class has the same say: samples / (classes x samples of the class).
    """
    if task.class_weights == "none":
        return None
    counts = np.bincount(task.y_train[samples], minlength=task.outputs)
    weights = len(samples) / (task.outputs * np.maximum(counts, 1))
    return weights.astype(np.float32)
