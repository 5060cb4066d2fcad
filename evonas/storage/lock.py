"""Only one process at a time writes a run directory."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
import time
import warnings
from pathlib import Path

from evonas.errors import CallOrderError, EvonasWarning, RunDirectoryError
from evonas.storage.files import write_failure
from evonas.storage.holder import BEAT_SECONDS, SILENT_SECONDS, Holder, silent

#: What `flock` answers on file systems without locks (some mounts of Lustre and NFS).
_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)

#: how often a holder that may be dead is looked at
_LOOK_SECONDS = 0.5


class RunLock:
    """A lock on a run directory, held while inside the `with` block.

    **What it relies on.** First on the operating system's `flock`, which goes when the
    holder dies, however it dies. On some shared file systems it reaches no further than
    one machine, or there is none: so the holder also touches its entry every
    `BEAT_SECONDS`. An entry of another machine that is fresh is waited for; the run is
    free once it was silent for `SILENT_SECONDS`, and held if it is touched. Where there
    is no `flock`, a second file `<lock>.held` that is created exclusively and exists
    only while the lock is held takes its place. All that this needs of a file system is
    that a new file, its content and its time of change are seen by other machines
    within that time.

    Whoever was stopped for so long that another one took the lock finds the other's
    entry: `check` raises then.

    Args:
        path: the lock file; it stays when the lock is released.

    Attributes:
        stale: who held the lock last and died without releasing it, or None.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stale: Holder | None = None
        self._me: Holder | None = None
        self._descriptor: int | None = None
        self._held_file: Path | None = None
        self._released = threading.Event()
        self._beat: threading.Thread | None = None
        self._checked = 0.0

    def __enter__(self) -> RunLock:
        if self._descriptor is not None:
            raise CallOrderError(
                f"{self.path}: enter a lock that this object holds already; leave the "
                "`with` block first"
            )
        try:
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            self._take(self._descriptor)
        except OSError as error:
            self._release()
            raise write_failure(self.path, error) from error
        except BaseException:
            self._release()
            raise
        self._checked = time.monotonic()
        self._released.clear()
        self._beat = threading.Thread(target=self._keep_fresh, daemon=True)
        self._beat.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._beat is not None:
            self._released.set()
            self._beat.join()
            self._beat = None
        if self._descriptor is not None:
            try:
                if self._successor() is None:
                    # Empty: released, not left by somebody who died.
                    os.ftruncate(self._descriptor, 0)
            finally:
                self._release()

    @property
    def by_file(self) -> bool:
        """Whether the file system has no locks, so that a file stands for it."""
        return self._held_file is not None

    def check(self) -> None:
        """Make sure that nobody else has taken the lock; cheap enough for every write.

        Only a process that stood still for longer than `SILENT_SECONDS` can lose it, so
        the file is read only when the last look was some time ago.

        Raises:
            RunDirectoryError: somebody has; nothing may be written any more.
        """
        now = time.monotonic()
        if now - self._checked < 2 * BEAT_SECONDS:
            return
        self._checked = now
        if (other := self._successor()) is not None:
            raise RunDirectoryError(
                f"{self.path.parent}: expected to hold this run still, got one that "
                f"was taken by {other}, since this process stood still for too long; "
                "nothing more is written here, the run goes on there"
            )

    def _successor(self) -> Holder | None:
        """Who has taken the lock from this process; None: nobody."""
        held = self.path if self._held_file is None else self._held_file
        found = Holder.from_bytes(_content(held))
        return None if found == self._me else found

    def _keep_fresh(self) -> None:
        while not self._released.wait(BEAT_SECONDS):
            for path in (self.path, self._held_file):
                if path is not None and self._successor() is None:
                    with contextlib.suppress(OSError):
                        os.utime(path)

    def _release(self) -> None:
        if self._held_file is not None:
            if self._successor() is None:
                self._held_file.unlink(missing_ok=True)
            self._held_file = None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, descriptor: int) -> None:
        self.stale = None
        self._me = Holder.this_process()
        entry = self._me.to_bytes()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._refusal(os.pread(descriptor, 4096, 0)) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            self._take_by_file(entry)
        self.stale = Holder.from_bytes(os.pread(descriptor, 4096, 0))
        if self._held_file is None and self.stale is not None:
            self._wait_for_silence(self.path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, entry, 0)
        # Other machines must see it now, not when the system comes to write it.
        os.fsync(descriptor)

    def _take_by_file(self, entry: bytes) -> None:
        held = self.path.with_name(_held_name(self.path))
        for _ in range(2):
            try:
                descriptor = os.open(held, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                content = self._wait_for_silence(held)
                self._remove(held, content)
            else:
                self._held_file = held
                with os.fdopen(descriptor, "wb") as file:
                    file.write(entry)
                    file.flush()
                    os.fsync(file.fileno())
                return
        raise self._refusal(b"")

    def _wait_for_silence(self, held: Path) -> bytes:
        """Until the holder that a file names is dead; gives the file's content.

        Raises:
            RunDirectoryError: it lives.
        """
        content = _content(held)
        holder = Holder.from_bytes(content)
        if holder is not None and holder.is_here():
            # With `flock` this process has what it held, so that it must be gone.
            if held != self.path and not holder.gone():
                raise self._refusal(content)
            return content
        touched = _touched(held)
        if not silent(held):
            warnings.warn(
                f"{self.path.parent}: waiting up to {SILENT_SECONDS:.0f} s to see "
                f"whether {holder or 'whoever wrote ' + held.name} still works on it",
                EvonasWarning,
                stacklevel=5,
            )
        while not silent(held):
            if (_touched(held), _content(held)) != (touched, content):
                raise self._refusal(_content(held))
            time.sleep(_LOOK_SECONDS)
        return content

    def _remove(self, held: Path, content: bytes) -> None:
        """Remove the file of a dead holder, and no other's that has come instead."""
        aside = held.with_name(f".{held.name}.{os.getpid()}.tmp")
        with contextlib.suppress(FileNotFoundError):
            os.rename(held, aside)
            if (found := _content(aside)) != content:
                os.rename(aside, held)
                raise self._refusal(found)
            aside.unlink()

    def _refusal(self, content: bytes) -> RunDirectoryError:
        holder = Holder.from_bytes(content)
        return RunDirectoryError(
            f"{self.path.parent}: expected a run that nobody is working on, got one "
            f"held by {holder or 'another process'}; wait for it, stop it, or take the "
            "run over with `evonas resume --take-over`"
        )


def is_lock_file(path: Path, run_lock: Path) -> bool:
    """Whether `path` is what a `RunLock` on `run_lock` leaves, not somebody's file."""
    if path.name not in (run_lock.name, _held_name(run_lock)) or not path.is_file():
        return False
    content = path.read_bytes()
    return not content or Holder.from_bytes(content) is not None


def _held_name(run_lock: Path) -> str:
    return run_lock.name + ".held"


def _touched(path: Path) -> float:
    """When a file was touched last; 0 where it has gone."""
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


def _content(path: Path) -> bytes:
    """What is in a file that its owner may remove at any moment."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    return b""
