"""Batches of images as rows of bytes, red first: CIFAR and down-sampled ImageNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.pickles import read_pickled_dict
from evonas.tasks.published import checked_classes

#: images (N, H, W, 3) uint8 and their class numbers (N,)
Batch = tuple[NDArray[np.uint8], NDArray[np.int64]]


def pickled_batch(
    content: bytes, where: str, key: str, classes: int, side: int, first: int = 0
) -> Batch:
    """The images of a pickled batch and their labels as they stand there.

    Args:
        content: of the file.
        where: name of the file, for messages.
        key: of the labels.
        classes: how many there are.
        side: of an image, in pixels.
        first: the smallest label.

    Raises:
        DataError: something else than rows of pixels and as many labels.
    """
    entries = read_pickled_dict(content, where)
    for name in ("data", key):
        if name not in entries:
            raise DataError(
                f"{where}: expected entries data and {key}, got "
                f"{', '.join(sorted(entries)) or 'none'}; fetch the official file again"
            )
    rows: Any = entries["data"]
    width = 3 * side * side
    if not isinstance(rows, np.ndarray) or rows.dtype != np.uint8:
        got = getattr(rows, "dtype", type(rows).__name__)
        raise DataError(f"{where}: data: expected an array of bytes, got {got}")
    if rows.ndim != 2 or rows.shape[1] != width or not len(rows):
        raise DataError(
            f"{where}: data: expected N×{width} pixels (3 colours of {side}×{side}), "
            f"got {'×'.join(map(str, rows.shape))}"
        )
    labels = entries[key]
    if not isinstance(labels, list | np.ndarray) or len(labels) != len(rows):
        got = len(labels) if isinstance(labels, list | np.ndarray) else type(labels)
        raise DataError(
            f"{where}: {key}: expected one label an image ({len(rows)}), got {got}"
        )
    numbers = checked_classes(labels, classes, f"{where}: {key}", first)
    return channels_last(rows, side), numbers


def channels_last(rows: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Rows of all red, all green, all blue pixels as images (N, side, side, 3)."""
    planes = rows.reshape(-1, 3, side, side)
    return np.ascontiguousarray(np.moveaxis(planes, 1, -1))


def joined(batches: Sequence[Batch]) -> Batch:
    """Several batches as one, in their order."""
    return (
        np.concatenate([images for images, _ in batches]),
        np.concatenate([labels for _, labels in batches]),
    )
