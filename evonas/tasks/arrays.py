"""A user's own data from an `.npz` file."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from evonas.errors import DataError
from evonas.tasks.cache import staged
from evonas.tasks.metrics import Kind, find_metric
from evonas.tasks.task import Task

_NAMES = ("x_train", "y_train", "x_test", "y_test")


#: stands in for another metric of its kind, until the task is measured by that
_OF_KIND = {"classification": "accuracy", "regression": "rmse"}


def read_npz(path: Path, metric: str | None = None, cache: str | None = None) -> Task:
    """The task of a file with x_train, y_train, x_test and y_test.

    Args:
        path: of the `.npz` file, as `np.savez` or `np.savez_compressed` writes it.
        metric: see `Task.from_arrays`.
        cache: see `TaskSettings`.

    Raises:
        DataError: missing, corrupt, incomplete, or arrays that cannot be learned from.
        ConfigError: there is no such metric.
    """
    path = path.absolute()
    kind = None if metric is None else find_metric(metric).kind
    choice = {"kind": kind}
    task = staged(path.stem, [path], lambda _: _task(path, kind), cache, choice)
    return task if metric is None else task.measured_by(metric)


def _task(path: Path, kind: Kind | None) -> Task:
    try:
        with path.open("rb") as stream:
            arrays = _read(stream, path)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(
            f"{path}: there is no such file; task.path must name an .npz archive"
        ) from None
    except (
        OSError,
        ValueError,
        EOFError,
        # an encrypted member, or a version or compression that zipfile has not
        RuntimeError,
        # a header that claims a huge array
        MemoryError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise DataError(
            f"{path}: expected an .npz archive as np.savez writes it, but it cannot be "
            f"read: {error}"
        ) from error
    try:
        return Task.from_arrays(
            arrays["x_train"],
            arrays["y_train"],
            arrays["x_test"],
            arrays["y_test"],
            metric=None if kind is None else _OF_KIND[kind],
            name=path.stem,
            source=str(path),
        )
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def _read(stream: IO[bytes], path: Path) -> dict[str, NDArray[Any]]:
    content = np.load(stream, allow_pickle=False)
    if not isinstance(content, np.lib.npyio.NpzFile):
        raise DataError(f"{path}: expected an .npz archive, got a single array")
    with content:
        missing = [name for name in _NAMES if name not in content.files]
        if missing:
            raise DataError(
                f"{path}: expected the arrays {', '.join(_NAMES)}; missing "
                f"{', '.join(missing)}, found {', '.join(content.files) or 'none'}"
            )
        arrays = {}
        for name in _NAMES:
            try:
                arrays[name] = content[name]
            except ValueError as error:
                raise DataError(
                    f"{path}: {name} cannot be read: {error}; it must be a plain "
                    "numeric array (no objects)"
                ) from error
    return arrays
