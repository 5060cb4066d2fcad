"""Files that commands write where a user says."""

from __future__ import annotations

from pathlib import Path

from evonas.errors import DataError, RunDirectoryError
from evonas.storage.files import replace_file


def write_file(path: Path, data: bytes, what: str) -> None:
    """Write a file, whole or not at all.

    Args:
        path: is replaced if it is there.
        data: its content.
        what: it is, for messages.

    Raises:
        DataError: it cannot be written.
    """
    try:
        replace_file(path, data)
    except (OSError, RunDirectoryError) as error:
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        reason = getattr(cause, "strerror", None) or cause
        raise DataError(
            f"{path}: expected to write the {what} here, got {reason}; make room, "
            "check the permissions, or name another file"
        ) from error
