"""The cache of decoded tasks: arrays are decoded once and memory-mapped by everybody.

Every process that trains opens its task itself. Decoding in each of them would cost
seconds and a copy of the data a process; the arrays that one of them has staged as
`.npy` files are mapped by all, and the operating system keeps one copy of their pages.
The cache may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from evonas.errors import ConfigError
from evonas.tasks.staging import Entry, Staging, StagingLock
from evonas.tasks.task import Task

#: a setting that means: no cache, every process decodes for itself
NONE = "none"
#: files smaller than this together are decoded by every process: it takes milliseconds
SMALL_BYTES = 1 << 20
#: how long to wait for another process that stages the same data, in seconds
WAIT_SECONDS = 600.0
#: an entry that nobody opened for so long goes when another is staged: 60 days
UNUSED_SECONDS = 60 * 86_400.0
_LOGGER = logging.getLogger(__name__)


class Allocate(Protocol):
    """Gives an array of bytes of this shape to be filled, in memory or on the disk."""

    def __call__(self, name: str, shape: tuple[int, ...], /) -> NDArray[np.uint8]:
        """An array for the task's field of this name."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """The files that a task is read from, as they are now.

    Attributes:
        digest: of their paths, sizes and times of change.
        size_bytes: together.
    """

    digest: str
    size_bytes: int

    @classmethod
    def of(cls, files: Sequence[Path]) -> _Origin:
        digest, size = hashlib.sha256(), 0
        for path in files:
            try:
                stat = path.stat()
                found = f"{stat.st_size} {stat.st_mtime_ns}"
                size += stat.st_size
            except OSError:
                found = "missing"
            digest.update(f"{path}\0{found}\0".encode("utf-8", "surrogateescape"))
        return cls(digest.hexdigest(), size)


def staged(
    name: str,
    files: Sequence[Path],
    read: Callable[[Allocate], Task],
    setting: str | None,
    choice: Mapping[str, Any],
) -> Task:
    """A task from the cache, which is filled where it does not hold it.

    Where the cache cannot be used (switched off, no room, not writable, another process
    stages for too long) the data are read into memory as if there were none, and a
    warning is logged.

    Args:
        name: of the task.
        files: it is read from; when one changes, the task is read again.
        read: reads it, with a metric of `METRICS`; large arrays may be made by the
            function that it is given, which then lie on the disk from the beginning.
        setting: `task.cache`.
        choice: plain values that decide what is made of the files.

    Raises:
        DataError: the files cannot be read; nothing is left in the cache.
        ConfigError: the setting is no folder.
    """
    folder = cache_folder(setting)
    origin = _Origin.of(files)
    if folder is None or origin.size_bytes < SMALL_BYTES:
        return read(_in_memory)
    key = json.dumps([name, dict(choice), str(_top(files))], sort_keys=True)
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    plain = "".join(char if char.isalnum() or char in "-_." else "_" for char in name)
    entry = Entry(folder / f"{plain}-{digest}", origin.digest)
    try:
        task = entry.open()
        return task if task is not None else _stage(entry, read, files, origin)
    except OSError as error:
        _LOGGER.warning(
            "%s: cannot be used as a cache of task %s (%s); the data are read into the "
            "memory of this process. Name another folder in EVONAS_CACHE or "
            "task.cache, or %r",
            *(folder, name, error, NONE),
        )
    return read(_in_memory)


def cache_folder(setting: str | None) -> Path | None:
    """The folder of the cache in this process; None: there is none.

    `setting` (variables and `~` in it are those of this process), else `EVONAS_CACHE`,
    else `evonas` in `XDG_CACHE_HOME` or in `~/.cache`.

    Raises:
        ConfigError: it names a variable that is not set, or a relative path.
    """
    source, text = "task.cache", setting
    if text is None:
        source, text = "EVONAS_CACHE", os.environ.get("EVONAS_CACHE") or None
    if text is None:
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        source, text = "XDG_CACHE_HOME", f"{home}/evonas"
    if text == NONE:
        return None
    path = Path(os.path.expanduser(os.path.expandvars(text)))
    if not path.is_absolute():
        raise ConfigError(
            f"{source}: expected an absolute path or {NONE!r}, got {text!r} (which is "
            f"{str(path)!r} here)"
        )
    return path / "tasks"


def _stage(
    entry: Entry, read: Callable[[Allocate], Task], files: Sequence[Path], origin: Any
) -> Task:
    """Read the task into the cache, unless somebody else just has.

    Raises:
        OSError: the cache cannot be written, or another process holds it for too long.
    """
    entry.folder.mkdir(parents=True, exist_ok=True)
    with StagingLock(entry.folder / "lock", WAIT_SECONDS) as lock:
        task = entry.open()
        if task is not None:
            return task
        with Staging(entry) as staging:
            task = read(staging.allocate)
            if _Origin.of(files) != origin:
                raise OSError("the files changed while they were read")
            staging.publish(task)
        if lock.exclusive:
            entry.clean()
    for other in entry.folder.parent.iterdir():
        neighbour = Entry(other, "")
        if neighbour.unused_seconds() > UNUSED_SECONDS:
            neighbour.remove()
    task = entry.open()
    if task is None:
        raise OSError("what was just written cannot be read back")
    return task


def _in_memory(name: str, shape: tuple[int, ...], /) -> NDArray[np.uint8]:
    return np.empty(shape, np.uint8)


def _top(files: Sequence[Path]) -> Path:
    """The folder that holds all files, or the file."""
    if len(files) == 1:
        return files[0].absolute()
    return Path(os.path.commonpath([path.absolute() for path in files]))
