"""A user's own data from an `.npz` file."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, get_args

import numpy as np
from numpy.typing import NDArray

from evonas.errors import ConfigError, DataError
from evonas.tasks.settings import TaskSettings
from evonas.tasks.task import Modality, Task

#: how the files of np.savez and np.save begin
_ARCHIVE, _SINGLE_ARRAY = b"PK", b"\x93NUMPY"
_NAMES = ("x_train", "y_train", "x_test", "y_test")


def read_npz(settings: TaskSettings) -> Task:
    """The task of the archive `task.path`: x_train, y_train, x_test and y_test.

    It is a file as `np.savez` or `np.savez_compressed` writes it; what its arrays are
    follows from their axes, or from `task.modality`.

    Raises:
        DataError: missing, corrupt, incomplete, or arrays that cannot be learned from.
        ConfigError: there is no such modality or metric.
    """
    path = settings.path
    assert path is not None  # whoever has none is not sent here
    if settings.modality not in (None, *get_args(Modality)):
        raise ConfigError(
            f"task.modality: expected one of {', '.join(get_args(Modality))}, got "
            f"{settings.modality!r}"
        )
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
    return Task.from_arrays(
        arrays["x_train"],
        arrays["y_train"],
        arrays["x_test"],
        arrays["y_test"],
        metric=settings.metric,
        name=path.stem,
        source=str(path),
        modality=settings.modality,
    )


def _read(stream: IO[bytes], path: Path) -> dict[str, NDArray[Any]]:
    start = stream.read(len(_SINGLE_ARRAY))
    if start != _SINGLE_ARRAY and not start.startswith(_ARCHIVE):
        # NumPy would take anything else for a pickle, and propose to trust it.
        raise DataError(
            f"{path}: expected an .npz archive as np.savez writes it, got a file that "
            f"begins with {start!r}"
        )
    stream.seek(0)
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
