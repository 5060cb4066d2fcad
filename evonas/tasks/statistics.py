"""Means and deviations of a task's arrays, from the samples that are trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.tasks.splits import Indices
from evonas.tasks.task import Task

#: of the raw inputs that are looked at together; a float64 copy is eight times as large
_PART_BYTES = 1 << 19
#: values in columns (one a channel, feature or target), a part of them at a time
Parts = Callable[[], Iterator[NDArray[Any]]]
#: mean and deviation of each column, and the largest value of all
Moments = tuple[NDArray[np.float64], NDArray[np.float64], float]


@dataclass(frozen=True, slots=True)
class Scale:
    """What brings values to mean 0 and deviation 1; empty: they stay as they are.

    Attributes:
        mean: subtracted, one value a channel (or feature, or target).
        std: divided by, after that; 1 where a channel never varies.
        peak: the largest value of all, 1 where none is above 0. Of images it is full
            brightness: some have 16 shades in bytes.
    """

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    peak: float = 1.0


def input_scale(task: Task, samples: Indices) -> Scale:
    """The scale of the inputs, in the raw arrays' unit; none for tokens."""
    if task.layout == "tokens":
        return Scale()
    inputs = task.x_train
    # In the order of the file, where they are mapped from one.
    samples = np.sort(samples)

    def parts() -> Iterator[NDArray[Any]]:
        """A bounded number of samples at a time: the data may be larger than memory."""
        size = max(1, _PART_BYTES * len(inputs) // max(1, inputs.nbytes))
        for start in range(0, len(samples), size):
            chosen = inputs[samples[start : start + size]]
            if task.layout == "image_hw":
                yield chosen.reshape(-1, 1)
            elif task.layout == "channels_first":
                yield np.moveaxis(chosen, 1, -1).reshape(-1, chosen.shape[1])
            else:
                yield chosen.reshape(-1, chosen.shape[-1])

    return _scale(parts, inputs.dtype)


def target_scale(task: Task, samples: Indices) -> Scale:
    """The scale of the targets of a regression; none for classes."""
    if task.kind == "classification":
        return Scale()
    targets = task.y_train[samples]
    return _scale(lambda: iter((targets,)), targets.dtype)


def _scale(parts: Parts, dtype: np.dtype[Any]) -> Scale:
    mean, std, peak = _byte_moments(parts) if dtype == np.uint8 else _moments(parts)
    std = np.where(std > 0, std, 1.0)
    return Scale(
        tuple(map(float, mean)), tuple(map(float, std)), peak if peak > 0 else 1.0
    )


def _byte_moments(parts: Parts) -> Moments:
    """Mean and deviation by counting, exact and without a float copy of the pixels."""
    values = np.arange(256)
    counts = sum(
        np.stack([np.bincount(column, minlength=256) for column in columns.T])
        for columns in parts()
    )
    count = np.sum(counts, axis=1)
    mean = counts @ values / count
    square = counts @ values**2 / count
    peak = float(np.flatnonzero(np.sum(counts, axis=0)).max(initial=0))
    return mean, np.sqrt(np.maximum(square - mean**2, 0.0)), peak


def _moments(parts: Parts) -> Moments:
    """Mean, then deviation from it: two passes lose no digits to a large mean."""
    count = sum(len(columns) for columns in parts())
    total = sum(columns.sum(0, dtype=np.float64) for columns in parts())
    mean = np.asarray(total / count)
    square = sum(
        ((columns.astype(np.float64) - mean) ** 2).sum(0) for columns in parts()
    )
    peak = float(max(columns.max() for columns in parts()))
    return mean, np.sqrt(square / count), peak


def class_weights(task: Task, samples: Indices) -> NDArray[np.float32] | None:
    """What one sample of each class counts in the loss; None where all count 1.

    Balanced, every class has the same say: samples / (classes x samples of the class).
    """
    if task.class_weights == "none":
        return None
    counts = np.bincount(task.y_train[samples], minlength=task.outputs)
    weights = len(samples) / (task.outputs * np.maximum(counts, 1))
    return weights.astype(np.float32)
