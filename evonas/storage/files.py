"""Writing files so that nobody ever reads half of one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from evonas.errors import RunDirectoryError

#: End of the names of files that are still being written.
UNFINISHED = ".tmp"


def replace_file(path: Path, data: bytes) -> None:
    """Write `data` beside `path`, flush it to the disk, then rename it to `path`.

    After a power loss the old content or the new one is there, whole.

    Raises:
        RunDirectoryError: the file system refused (full, read-only, no permission).
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        try:
            with open(beside, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        sync_directory(path.parent)
    except OSError as error:
        raise write_failure(path, error) from error


def sync_directory(directory: Path) -> None:
    """Flush the names in a directory, so that a new file survives a power loss."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        # Some network file systems refuse to flush a directory: nothing is lost then
        # but the promise about power loss.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_unfinished(path: Path) -> bool:
    """Whether a file is one that `replace_file` did not come to rename."""
    return path.name.startswith(".") and path.name.endswith(UNFINISHED)


def remove_unfinished(directory: Path) -> list[Path]:
    """Remove what killed writers left in `directory`; gives what was removed."""
    removed = []
    for path in sorted(directory.glob(f"*{UNFINISHED}")):
        if is_unfinished(path):
            path.unlink(missing_ok=True)
            removed.append(path)
    return removed


def write_failure(path: Path, error: OSError) -> RunDirectoryError:
    """The error to raise when the file system refuses to write `path`."""
    return RunDirectoryError(
        f"{path}: expected to write it, got {error.strerror or error} from the file "
        "system; what was written before is intact. Make room (or check the "
        "permissions) and go on with `evonas resume`"
    )
