"""Published data sets: where their files are looked for, and how one gets them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.task import Task

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Published:
    """A data set that others publish.

    Attributes:
        name: of the task, and of its folder in `EVONAS_DATA`.
        files: what a folder must hold, for people.
        get: how one comes by it: addresses, sizes, checksums.
        licence: of the data.
        source: address of who publishes it.
        usual: further folders in which a package may have put it.
    """

    name: str
    files: str
    get: str
    licence: str
    source: str
    usual: tuple[Path, ...] = ()

    def places(self, directory: Path | None) -> list[Path]:
        """The folders to look in, in this order; a configured one is the only one."""
        if directory is not None:
            return [directory]
        data = os.environ.get("EVONAS_DATA")
        return [*([Path(data) / self.name, Path(data)] if data else []), *self.usual]

    def missing(self, directory: Path | None) -> DataError:
        """The error to raise when the files are in none of the places."""
        places = ", ".join(map(str, self.places(directory)))
        where = f"in one of: {places}" if places else "but no folder is named"
        return DataError(
            f"task {self.name}: expected {self.files} {where}. {self.get}. Put them "
            "into a folder and name it in task.directory (or in the environment "
            f"variable EVONAS_DATA, there also as its folder {self.name})"
        )

    def task(
        self,
        where: object,
        train: tuple[Array, Array],
        test: tuple[Array, Array],
        classes: Sequence[str],
    ) -> Task:
        """The task of these arrays.

        Args:
            where: the files are, for messages.
            train: images and their class numbers.
            test: the same, of the test set.
            classes: names of all classes.

        Raises:
            DataError: the arrays cannot be learned from; tells `where`.
        """
        try:
            task = Task.from_arrays(*train, *test, classes=classes, name=self.name)
        except DataError as error:
            raise DataError(f"{where}: {error}") from error
        return replace(task, licence=self.licence, source=self.source)


def checked_classes(
    labels: Iterable[int] | Array, classes: int, where: object, first: int = 0
) -> NDArray[np.int64]:
    """The class numbers that a file holds.

    Args:
        labels: as read: one whole number a sample.
        classes: how many classes the data set has.
        where: the labels were read, for messages.
        first: the smallest number.

    Raises:
        DataError: no whole numbers, or one that is no class; tells its position.
    """
    if not isinstance(labels, np.ndarray):
        labels = list(labels)
        for place, label in enumerate(labels):
            if not isinstance(label, int) or not 0 <= label - first < classes:
                raise _no_class(where, place, label, first, classes)
    numbers = np.asarray(labels)
    if numbers.ndim != 1 or (numbers.size and numbers.dtype.kind not in "iu"):
        raise DataError(
            f"{where}: expected one class number a sample, got "
            f"{'×'.join(map(str, numbers.shape))} values of {numbers.dtype}; fetch the "
            "official file again"
        )
    wrong = np.flatnonzero((numbers < first) | (numbers >= first + classes))
    if len(wrong):
        raise _no_class(where, int(wrong[0]), numbers[wrong[0]], first, classes)
    return numbers.astype(np.int64)


def _no_class(
    where: object, place: int, label: object, first: int, classes: int
) -> DataError:
    return DataError(
        f"{where}: label {place}: expected a class from {first} to "
        f"{first + classes - 1}, got {label}; fetch the official file again"
    )
