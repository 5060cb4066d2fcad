"""Checks of arrays that came from outside, before anything is built on them.

Every message says where the array comes from, what was expected and what was found.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.metrics import Kind

Array = NDArray[Any]

#: below this many distinct whole numbers, float labels look like class numbers
_FEW_VALUES = 20
#: what an embedding can have at most
_LARGEST_TOKEN = 9_999_999


def checked_inputs(array: Array, name: str) -> Array:
    """The inputs as uint8 or float32, one sample a row.

    Raises:
        DataError: not numeric, not of rank 2 to 4, empty, or with a NaN or infinity.
    """
    array = np.asarray(array)
    _check_numeric(array, name)
    if not 2 <= array.ndim <= 4:
        raise DataError(
            f"{name}: expected N×F tables, N×H×W or N×H×W×C images or N×C×L series, "
            f"got shape {_shape(array)}"
        )
    if array.size == 0:
        raise DataError(f"{name}: expected at least one sample, got {_shape(array)}")
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype.kind in "iu" and array.min() >= 0 and array.max() <= 255:
        return np.ascontiguousarray(array, dtype=np.uint8)
    _check_finite(array, name)
    with np.errstate(over="ignore"):
        narrow = np.ascontiguousarray(array, dtype=np.float32)
    if array.dtype != np.float32:
        _check_finite(narrow, f"{name} as float32")
    return narrow


def checked_tokens(array: Array, name: str) -> NDArray[np.int32]:
    """Token numbers (N, L), from 0.

    Raises:
        DataError: not whole numbers, not of two axes, empty, or negative.
    """
    array = np.asarray(array)
    _check_numeric(array, name)
    if array.dtype.kind not in "iu" or array.ndim != 2 or array.size == 0:
        raise DataError(
            f"{name}: expected token numbers as whole numbers (N, length), got "
            f"{array.dtype} of shape {_shape(array)}"
        )
    if array.min() < 0 or array.max() > _LARGEST_TOKEN:
        place = np.argwhere((array < 0) | (array > _LARGEST_TOKEN))[0]
        raise DataError(
            f"{name}[{place[0]}, {place[1]}]: expected a token number from 0 to "
            f"{_LARGEST_TOKEN:,}, got {array[tuple(place)]}"
        )
    return np.ascontiguousarray(array, dtype=np.int32)


def check_same_samples(train: Array, test: Array, where: str) -> None:
    """One sample of either array must be as large as one of the other.

    Raises:
        DataError: they differ in shape.
    """
    if train.shape[1:] != test.shape[1:]:
        raise DataError(
            f"{where}: x_train and x_test must have samples of one shape, got "
            f"{_shape(train)} and {_shape(test)}"
        )


def check_channels_last(array: Array, name: str) -> None:
    """Images with channels must have them last.

    Raises:
        DataError: the second axis looks like the channels.
    """
    if array.ndim == 4 and array.shape[1] in (1, 3) and array.shape[3] > 4:
        raise DataError(
            f"{name}: expected images as N×H×W×C, got {_shape(array)}, which looks "
            "like N×C×H×W; move the channels last with np.moveaxis(x, 1, -1)"
        )


def kind_of_labels(labels: Array, name: str) -> Kind:
    """Whether targets without a metric named are classes or values.

    Raises:
        DataError: not numeric, or floats that look like class numbers.
    """
    labels = np.asarray(labels)
    _check_numeric(labels, name)
    if labels.dtype.kind in "iub":
        return "classification"
    values = np.unique(labels[:100_000])
    if len(values) <= _FEW_VALUES and np.all(values == np.floor(values)):
        raise DataError(
            f"{name}: {labels.dtype} that holds only {len(values)} different whole "
            "numbers; for classification store integers (y.astype(np.int64)), for "
            "regression say so with task.metric: rmse"
        )
    return "regression"


def checked_labels(labels: Array, samples: int, name: str) -> NDArray[np.int64]:
    """Class numbers (N,) from 0.

    Raises:
        DataError: not whole numbers, not one a sample, or negative.
    """
    labels = np.asarray(labels)
    _check_numeric(labels, name)
    if labels.dtype.kind not in "iub":
        raise DataError(
            f"{name}: expected whole numbers as classes, got {labels.dtype}; use "
            "y.astype(np.int64), or a metric for regression (rmse, mae, pearson, r2)"
        )
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        raise DataError(
            f"{name}: expected one class number a sample, (N,), got {_shape(labels)}; "
            "one-hot labels become numbers with y.argmax(1)"
        )
    _check_count(labels, samples, name)
    if labels.min() < 0:
        place = int(np.flatnonzero(labels < 0)[0])
        raise DataError(
            f"{name}[{place}]: expected a class number from 0, got {labels[place]}"
        )
    if labels.max() > np.iinfo(np.int64).max:
        # As int64 it would be a negative number, or another class.
        place = int(np.argmax(labels))
        raise DataError(
            f"{name}[{place}]: expected a class number below the number of samples, "
            f"got {labels[place]}; np.unique(y, return_inverse=True)[1] renumbers them"
        )
    return labels.astype(np.int64)


def check_classes(train: NDArray[np.int64], test: NDArray[np.int64], where: str) -> int:
    """How many classes there are: every number from 0 to the largest, in training.

    Raises:
        DataError: one class only, numbers without a sample, or test classes that the
            training labels do not have.
    """
    known = np.unique(train)
    highest = int(known[-1])
    if len(known) == 1:
        raise DataError(
            f"{where}: y_train holds one class only ({highest}); expected at least two"
        )
    if highest >= len(known):
        gap = int(np.flatnonzero(np.arange(len(known)) != known)[0])
        raise DataError(
            f"{where}: y_train reaches class {highest} but has no sample of class "
            f"{gap}; expected every class from 0 to the largest (np.unique(y, "
            "return_inverse=True)[1] renumbers them)"
        )
    unseen = np.flatnonzero(test > highest)
    if len(unseen):
        raise DataError(
            f"{where}: y_test[{unseen[0]}] is class {test[unseen[0]]}, but y_train has "
            f"classes 0 to {highest} only; every test class needs training samples"
        )
    return highest + 1


def checked_values(values: Array, samples: int, name: str) -> NDArray[np.float32]:
    """Targets of a regression (N, outputs).

    Raises:
        DataError: not numeric, of another length, with a NaN, or (of more than one
            sample) without any variation.
    """
    values = np.asarray(values)
    _check_numeric(values, name)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] == 0:
        raise DataError(
            f"{name}: expected targets as (N,) or (N, outputs), got {_shape(values)}"
        )
    _check_count(values, samples, name)
    _check_finite(values, name)
    if len(values) > 1 and np.ptp(values, axis=0).min() == 0:
        column = int(np.argmin(np.ptp(values, axis=0)))
        raise DataError(
            f"{name}: target {column} is {values[0, column]} for every sample; there "
            "is nothing to learn"
        )
    return np.ascontiguousarray(values, dtype=np.float32)


def _check_numeric(array: Array, name: str) -> None:
    if array.dtype.kind not in "iufb":
        raise DataError(
            f"{name}: expected numbers, got an array of {array.dtype}; text and "
            "objects must be turned into numbers first"
        )


def _check_finite(array: Array, name: str) -> None:
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return
    place = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
    count = int((~np.isfinite(array)).sum())
    raise DataError(
        f"{name}[{', '.join(str(int(i)) for i in place)}]: expected a finite number, "
        f"got {array[place]} ({count} such values); fill or drop them"
    )


def _check_count(array: Array, samples: int, name: str) -> None:
    if len(array) != samples:
        raise DataError(
            f"{name}: expected one entry a sample ({samples}), got {len(array)}"
        )


def _shape(array: Array) -> str:
    return "×".join(str(side) for side in array.shape) or "a single number"
