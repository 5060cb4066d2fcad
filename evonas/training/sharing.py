"""Several processes on one device: each begins only when its memory is free.

Every process holds a file in a folder of the device, locked for as long as it lives,
with the bytes that it holds and those that its present training was predicted to need.
A training that does not fit beside the others waits for one of them to end, for a
bounded time; then it is tried all the same. The lock is the operating system's: what a
killed process had reserved counts no more. Where files cannot be locked, nobody waits.
"""

from __future__ import annotations

import fcntl
import logging
import os
import stat
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

#: a training waits no longer than this. Whoever runs it kills it at the time limit plus
#: 30 s (`evonas.build.parts.GRACE_SECONDS`), in which it is also built and measured
WAIT_SECONDS = 15.0
#: two looks whether there is room now, in seconds
_LOOK_SECONDS = 0.05
#: for what takes microseconds unless the file system hangs
_MUTEX_SECONDS = 1.0
#: of every process on a GPU: the context, loaded kernels, workspaces of libraries
CONTEXT_BYTES = 600 << 20
_MUTEX = "mutex"
_LOGGER = logging.getLogger(__name__)


class SharedDevice:
    """This process's place among those that use a device.

    Args:
        folder: of the device's reservations; made when first needed.
        capacity_bytes: memory of the device.
    """

    def __init__(self, folder: Path, capacity_bytes: int) -> None:
        self._folder = folder
        self._capacity = capacity_bytes
        self._own: int | None = None
        self._name = f"{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._standing = 0
        self._reserved = False
        self._usable = True

    def reserve(
        self,
        size_bytes: int,
        standing_bytes: int = 0,
        patience: float = WAIT_SECONDS,
    ) -> float:
        """Reserve memory for a training; the seconds waited for it.

        Without another training on the device there is nothing to wait for, whatever
        the size: what cannot fit at all is judged elsewhere. When the patience is
        over, the memory is reserved though it is not free.

        Args:
            size_bytes: that the training will need at its peak.
            standing_bytes: that this process holds also between trainings.
            patience: seconds to wait at most.
        """
        started = time.monotonic()
        end = started + patience
        with self._given_up_if_it_fails():
            while self._usable and not self._try(
                size_bytes, standing_bytes, whatever=time.monotonic() >= end
            ):
                time.sleep(_LOOK_SECONDS)
        return time.monotonic() - started

    def release(self, hand_back: Callable[[], object]) -> None:
        """The training is over.

        Args:
            hand_back: gives memory that only this process can use back to the device;
                called, before others are let in, where there are any.
        """
        if not self._reserved:
            return
        self._reserved = False
        with self._given_up_if_it_fails():
            with self._mutex():
                others = list(self._others())
            if others:
                hand_back()
            with self._mutex():
                self._write(0)

    def _try(self, size_bytes: int, standing_bytes: int, *, whatever: bool) -> bool:
        """Reserve if there is room; whoever waits holds only what stands."""
        self._standing = standing_bytes
        with self._mutex():
            others = list(self._others())
            taken = standing_bytes + sum(map(sum, others))
            waiting_helps = any(training for _, training in others)
            room = size_bytes + taken <= self._capacity
            self._reserved = room or whatever or not waiting_helps
            self._write(size_bytes if self._reserved else 0)
        return self._reserved

    def _others(self) -> Iterator[tuple[int, int]]:
        """What each other living process holds, and what its training reserved.

        Files of the dead are removed on the way. Only with the mutex.
        """
        for path in self._folder.iterdir():
            if path.name in (_MUTEX, self._name):
                continue
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    # Empty where there was no room to write it.
                    standing, training = [*map(int, file.read().split()), 0, 0][:2]
                    yield standing, training
                else:
                    path.unlink()

    def _write(self, size_bytes: int) -> None:
        """Tell what this process holds and has reserved. Only with the mutex."""
        if self._own is None:
            path = self._folder / self._name
            self._own = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            self._close = weakref.finalize(self, os.close, self._own)
            fcntl.flock(self._own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.pwrite(self._own, b"%20d %20d\n" % (self._standing, size_bytes), 0)

    @contextmanager
    def _given_up_if_it_fails(self) -> Iterator[None]:
        """Where the folder cannot be used, this process asks no more."""
        try:
            yield
        except OSError as error:
            self._usable = self._reserved = False
            if self._own is not None:
                self._close()  # it counts no more for others
            _LOGGER.warning(
                "%s: cannot be used (%s); trainings of this process do not wait for "
                "memory that others use",
                *(self._folder, error),
            )

    @contextmanager
    def _mutex(self) -> Iterator[None]:
        """Nobody else reads or writes reservations meanwhile.

        Raises:
            OSError: there are no locks here, or somebody does not let go.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        end = time.monotonic() + _MUTEX_SECONDS
        with (self._folder / _MUTEX).open("ab") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= end:
                        raise
                    time.sleep(0.001)
            yield


def shared_device(device: torch.device) -> SharedDevice | None:
    """This process's place on a GPU; None where nothing is shared.

    A CPU's memory is not: there each worker has a limit of its own.

    Args:
        device: that trains.
    """
    if device.type != "cuda":
        return None
    folder = reservations_folder(Path(tempfile.gettempdir()))
    if folder is None:
        return None
    properties = torch.cuda.get_device_properties(device)
    return SharedDevice(folder / str(properties.uuid), properties.total_memory)


def reservations_folder(temporary: Path) -> Path | None:
    """This user's folder for reservations; None where it is somebody else's.

    Args:
        temporary: folder of the machine that everybody may write to.
    """
    folder = temporary / f"evonas-devices-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        _LOGGER.warning("%s: cannot be made (%s)", folder, error)
        return None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        _LOGGER.warning(
            "%s: expected a folder of this user, got somebody else's; trainings that "
            "share a device do not wait for each other's memory",
            folder,
        )
        return None
    return folder
