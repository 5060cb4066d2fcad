"""One entry of the cache: `.npy` files and a manifest that makes them valid.

Array files are written beside, flushed and renamed to names that were never used; the
manifest that names them is replaced last, atomically. A reader therefore finds the old
entry or the new one, whole; a writer that dies leaves files that no manifest names.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
import uuid
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.tasks.metrics import METRICS, Metric
from evonas.tasks.task import Task

#: of the manifest; raise it when the meaning of a field, of the arrays or of
#: `Task.version` changes
FORMAT = 1
_MANIFEST = "manifest.json"
_UNFINISHED = ".tmp"
#: time stamps of files are not finer than this, in seconds
_CLOCK_STEP = 0.02
_BLOCK = 1 << 22
#: what `flock` answers on file systems without locks (some mounts of Lustre and NFS)
_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
_LOGGER = logging.getLogger(__name__)


class _DamagedError(Exception):
    """An entry that must be staged again; says why."""


class Entry:
    """A staged task in a folder of its own.

    Args:
        folder: of the entry.
        origin: digest of the files that the task must have been read from.
    """

    def __init__(self, folder: Path, origin: str) -> None:
        self.folder = folder
        self.origin = origin

    def open(self) -> Task | None:
        """The task, its arrays mapped copy-on-write; None: it must be staged (again).

        A file whose size and times are those of its staging is trusted; any other is
        read once and held against its checksum.
        """
        try:
            manifest = self._manifest()
            if manifest is None or not _has_every_field(manifest):
                return None
            arrays: dict[str, Any] = {
                name: self._array(manifest, name) for name in manifest["arrays"]
            }
        except _DamagedError as damage:
            _LOGGER.warning("%s: %s; it is staged again", self.folder, damage)
            return None
        plain: dict[str, Any] = {
            name: _restored(value) for name, value in manifest["task"].items()
        }
        task = Task(**plain, **arrays)
        # What `cached_property` would store after reading all arrays.
        vars(task)["version"] = manifest["version"]
        with contextlib.suppress(OSError):
            os.utime(self.folder / _MANIFEST)
        return task

    def unused_seconds(self) -> float:
        """Since it was opened last; 0 where that is unknown."""
        with contextlib.suppress(OSError):
            return time.time() - (self.folder / _MANIFEST).stat().st_mtime
        return 0.0

    def remove(self) -> None:
        """Remove all of it, unless somebody stages it."""
        with contextlib.suppress(OSError), StagingLock(self.folder / "lock", 0):
            shutil.rmtree(self.folder)

    def clean(self) -> None:
        """Remove files that no manifest names; only while nobody else stages."""
        manifest = self._manifest()
        kept = {_MANIFEST, "lock"}
        if manifest is not None:
            kept |= {entry["file"] for entry in manifest["arrays"].values()}
        for path in self.folder.iterdir():
            if path.name not in kept:
                # Others may still map it: the system keeps the pages for them.
                with contextlib.suppress(OSError):
                    path.unlink()

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Make the entry what `manifest` says, at once."""
        text = json.dumps(manifest, sort_keys=True)
        checked = {**manifest, "checksum": hashlib.sha256(text.encode()).hexdigest()}
        beside = self.folder / f"{_MANIFEST}.{uuid.uuid4().hex}{_UNFINISHED}"
        try:
            with beside.open("w", encoding="utf-8") as file:
                json.dump(checked, file, indent=1, sort_keys=True)
                _flush(file.fileno())
            os.replace(beside, self.folder / _MANIFEST)
        finally:
            beside.unlink(missing_ok=True)
        _flush_folder(self.folder)

    def _manifest(self) -> dict[str, Any] | None:
        """What is staged here; None: nothing, or from other files."""
        try:
            text = (self.folder / _MANIFEST).read_text("utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except UnicodeDecodeError:
            raise _DamagedError("the manifest is damaged") from None
        try:
            manifest: dict[str, Any] = json.loads(text)
            checksum = manifest.pop("checksum")
            bare = json.dumps(manifest, sort_keys=True).encode()
        except (ValueError, AttributeError, KeyError, TypeError):
            raise _DamagedError("the manifest is damaged") from None
        if hashlib.sha256(bare).hexdigest() != checksum:
            raise _DamagedError("the manifest is damaged")
        if (manifest["format"], manifest["origin"]) != (FORMAT, self.origin):
            return None
        return manifest

    def _array(self, manifest: dict[str, Any], name: str) -> NDArray[Any]:
        entry = manifest["arrays"][name]
        path = self.folder / entry["file"]
        try:
            stamp = _stamp(path)
            if stamp != entry["stamp"]:
                if stamp["size_bytes"] != entry["stamp"]["size_bytes"]:
                    raise _DamagedError(f"{path.name} has another size")
                if _checksum(path) != entry["sha256"]:
                    raise _DamagedError(f"{path.name} does not have its checksum")
                # Moved or copied, but whole: the next one need not read it.
                entry["stamp"] = stamp
                with contextlib.suppress(OSError):
                    self.write_manifest(manifest)
            # Copy-on-write is what torch accepts without a copy of its own; nothing
            # ever writes, so the pages stay shared.
            array: NDArray[Any] = np.load(path, mmap_mode="c", allow_pickle=False)
        except FileNotFoundError:
            raise _DamagedError(f"{path.name} is missing") from None
        return array


class Staging:
    """An entry being written; what is not published is removed at the end."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self._token = uuid.uuid4().hex[:12]
        self._mapped: dict[str, NDArray[np.uint8]] = {}
        self._published = False

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_: object) -> None:
        self._mapped.clear()
        if not self._published:
            for path in self.entry.folder.glob(f"*.{self._token}.npy*"):
                path.unlink(missing_ok=True)

    def allocate(self, name: str, shape: tuple[int, ...], /) -> NDArray[np.uint8]:
        """An array of bytes in the file that will be that field's.

        Raises:
            OSError: there is no room.
        """
        path = self._path(name, _UNFINISHED)
        array = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
        # Without room, a write to the mapping would end the process.
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        self._mapped[name] = array
        return array

    def publish(self, task: Task) -> None:
        """Write what is not there yet, and make it the entry.

        Raises:
            OSError: the file system refused.
        """
        # Reads all arrays, so before the checksums do: while pages are in memory.
        version = task.version
        plain, arrays = {}, {}
        for field in fields(task):
            value = getattr(task, field.name)
            if isinstance(value, np.ndarray):
                arrays[field.name] = self._write(field.name, value)
            else:
                plain[field.name] = _plain(value)
        # A later change of a file must not bear the same time.
        time.sleep(_CLOCK_STEP)
        self.entry.write_manifest(
            {
                "format": FORMAT,
                "origin": self.entry.origin,
                "task": plain,
                "arrays": arrays,
                "version": version,
            }
        )
        self._published = True

    def _write(self, name: str, array: NDArray[Any]) -> dict[str, Any]:
        beside, final = self._path(name, _UNFINISHED), self._path(name)
        mapped = self._mapped.get(name)
        if mapped is not None and _same_memory(mapped, array):
            mapped.flush()  # type: ignore[attr-defined]  # numpy types it as an array
        else:
            with beside.open("wb") as file:
                np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        with beside.open("rb") as file:
            _flush(file.fileno())
        os.replace(beside, final)
        return {
            "file": final.name,
            "sha256": _checksum(final),
            "stamp": _stamp(final),
        }

    def _path(self, name: str, end: str = "") -> Path:
        return self.entry.folder / f"{name}.{self._token}.npy{end}"


@dataclass
class StagingLock:
    """Only one process at a time stages an entry.

    The lock is the operating system's (`flock`): it goes when its holder dies.

    Attributes:
        path: of the lock file, which stays.
        seconds: to wait for it.
        exclusive: whether the file system has locks at all. Without them two processes
            may stage the same entry, and the later manifest wins.
    """

    path: Path
    seconds: float
    exclusive: bool = True

    def __enter__(self) -> StagingLock:
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            self._take()
        except BaseException:
            os.close(self._descriptor)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def _take(self) -> None:
        end = time.monotonic() + self.seconds
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise TimeoutError(
                        f"another process has been staging for {self.seconds:g} s"
                    ) from None
            except OSError as error:
                if error.errno not in _NO_LOCKS:
                    raise
                self.exclusive = False
                return
            time.sleep(min(0.05, self.seconds))


def _has_every_field(manifest: dict[str, Any]) -> bool:
    """Whether it was written by a program whose tasks had the same fields."""
    return {*manifest["task"], *manifest["arrays"]} == {f.name for f in fields(Task)}


def _plain(value: Any) -> Any:
    """A field of a task as JSON."""
    if isinstance(value, Metric):
        return {"metric": value.name}
    return value


def _restored(value: Any) -> Any:
    """The inverse of `_plain`, after JSON made tuples lists."""
    if isinstance(value, dict) and set(value) == {"metric"}:
        return METRICS[value["metric"]]
    if isinstance(value, list):
        return tuple(_restored(item) for item in value)
    return value


def _same_memory(first: NDArray[Any], second: NDArray[Any]) -> bool:
    return (
        first.ctypes.data == second.ctypes.data
        and first.shape == second.shape
        and first.dtype == second.dtype
        and second.flags.c_contiguous
    )


def _stamp(path: Path) -> dict[str, int]:
    stat = path.stat()
    return {
        "size_bytes": stat.st_size,
        "inode": stat.st_ino,
        "modified_ns": stat.st_mtime_ns,
        "changed_ns": stat.st_ctime_ns,
    }


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _flush(descriptor: int) -> None:
    os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems refuse; nothing is lost but what a power loss
        # would have kept.
        with contextlib.suppress(OSError):
            _flush(descriptor)
    finally:
        os.close(descriptor)
