"""FCNet's official files: HDF5, a group for each configuration.

The name of a group is its configuration as JSON. `valid_mse` holds the squared error of
every run after every epoch, `final_test_error` and `runtime` a number a run, `n_params`
the parameters of the network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.cells.fcnet import CHOICES, FcnetCell
from evonas.errors import ArchitectureError, DataError
from evonas.formats.packages import load_package

#: runs and epochs of one configuration at most
_MOST_RUNS, _MOST_EPOCHS = 100, 10_000


@dataclass(frozen=True, eq=False)
class FcnetTraining:
    """What the file has of one configuration.

    Attributes:
        place: file and group, for messages.
        digits: of the configuration, see `evonas.cells.FcnetCell`.
        validation: squared error, (runs, epochs).
        test: squared error in the end, (runs,).
        seconds: of each training, (runs,).
        parameters: of the network.
    """

    place: str
    digits: str
    validation: NDArray[np.float64]
    test: NDArray[np.float64]
    seconds: NDArray[np.float64]
    parameters: int


def read_fcnet_hdf5(path: Path) -> tuple[int, Iterator[FcnetTraining]]:
    """How many configurations a file has, and each when it is its turn.

    Args:
        path: of `fcnet_protein_structure_data.hdf5` or its like.

    Raises:
        DataError: missing, damaged, or no such file; while it is read, with the group.
    """
    h5py = load_package("h5py", "h5py")
    if not path.is_file():
        raise DataError(f"{path}: expected an HDF5 file, there is none")
    try:
        with h5py.File(path, "r") as file:
            count = len(file)
    except OSError as error:
        raise DataError(
            f"{path}: expected an HDF5 file of FCNet, got: {error}; fetch it again"
        ) from error
    if not count:
        raise DataError(f"{path}: expected configurations, got none")
    return count, _trainings(h5py, path)


def _trainings(h5py: Any, path: Path) -> Iterator[FcnetTraining]:
    try:
        with h5py.File(path, "r") as file:
            for name in file:
                # links may lead to other files, which nobody has asked to read
                if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                    raise DataError(
                        f"{path}, group {name[:80]!r}: expected a group of this file, "
                        "got a link"
                    )
                yield _training(h5py, f"{path}, group {name[:200]!r}", name, file[name])
    except (OSError, RuntimeError) as error:
        raise DataError(
            f"{path}: expected an HDF5 file of FCNet, got: {error}; fetch it again"
        ) from error


def _training(h5py: Any, place: str, name: str, group: Any) -> FcnetTraining:
    if not isinstance(group, h5py.Group):
        raise DataError(f"{place}: expected a group of measurements, got values")
    validation = _values(h5py, place, group, "valid_mse", 2)
    test = _values(h5py, place, group, "final_test_error", 1)
    seconds = _values(h5py, place, group, "runtime", 1)
    parameters = _values(h5py, place, group, "n_params", 1)
    runs = len(validation)
    if not (len(test) == len(seconds) == runs) or not parameters.size:
        raise DataError(
            f"{place}: expected {runs} runs of each as of valid_mse, got {len(test)} "
            f"of final_test_error and {len(seconds)} of runtime"
        )
    count = float(parameters[0])
    if not (0 < count < 2**53 and count.is_integer()) or (seconds < 0).any():
        raise DataError(
            f"{place}: expected a number of parameters and times of 0 or more, got "
            f"{count:g} and {seconds.min():g}"
        )
    return FcnetTraining(
        place, _digits(place, name), validation, test, seconds, int(count)
    )


def _values(
    h5py: Any, place: str, group: Any, name: str, rank: int
) -> NDArray[np.float64]:
    found = group.get(name)
    if not isinstance(found, h5py.Dataset) or found.dtype.kind not in "fiu":
        raise DataError(f"{place}: expected numbers in {name!r}, got none")
    shape = found.shape if found.shape is not None else ()
    limits = (_MOST_RUNS, _MOST_EPOCHS)[:rank]
    if len(shape) != rank or any(
        not 0 < side <= most for side, most in zip(shape, limits, strict=True)
    ):
        raise DataError(
            f"{place}: {name}: expected {' × '.join(('runs', 'epochs')[:rank])}, got "
            f"the shape {shape}"
        )
    return np.asarray(found[()], np.float64)


def _digits(place: str, name: str) -> str:
    """Of the configuration that a group is named by."""
    try:
        values = json.loads(name)
        if set(values) != set(CHOICES):
            raise ValueError(f"the choices {', '.join(map(str, values))}")
        return FcnetCell.of_values(values, 1).digits
    except (TypeError, ValueError, RecursionError, ArchitectureError) as error:
        raise DataError(
            f"{place}: expected a configuration as JSON with values of "
            f"{', '.join(CHOICES)}, got another one ({error})"
        ) from None
