"""Only one process at a time writes a run directory."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from evonas.errors import CallOrderError, RunDirectoryError
from evonas.storage.files import write_failure

#: What `flock` answers on file systems without locks (some mounts of Lustre and NFS).
_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds, or held, the lock of a run directory."""

    #: name of the machine
    host: str
    #: process id on that machine
    pid: int
    #: when it took the lock, ISO 8601, UTC
    since: str

    @classmethod
    def this_process(cls) -> Holder:
        """This process, from now on."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(socket.gethostname(), os.getpid(), now)

    @classmethod
    def from_bytes(cls, data: bytes) -> Holder | None:
        """The inverse of `to_bytes`; None for anything else."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            fields = json.loads(data)
            return cls(str(fields["host"]), int(fields["pid"]), str(fields["since"]))
        return None

    def to_bytes(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    def gone(self) -> bool:
        """Whether it is known to have ended; only its own machine can tell."""
        if self.host != socket.gethostname():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


class RunLock:
    """A lock on a run directory, held while inside the `with` block.

    The lock is the operating system's (`flock`): it goes when the holder dies, however
    it dies, so a killed run can be resumed at once. The file's content only tells who.
    Where the file system has no locks, a second file `<lock>.held` that exists only
    while the lock is held takes its place; if its holder was killed on another machine,
    nobody can know, and the message says which file to delete.

    Args:
        path: the lock file; it stays when the lock is released.

    Attributes:
        stale: who held the lock last and died without releasing it, or None.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stale: Holder | None = None
        self._descriptor: int | None = None
        self._held_file: Path | None = None

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
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            try:
                # Empty: released, not left by somebody who died.
                os.ftruncate(self._descriptor, 0)
            finally:
                self._release()

    def _release(self) -> None:
        if self._held_file is not None:
            self._held_file.unlink(missing_ok=True)
            self._held_file = None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _take(self, descriptor: int) -> None:
        self.stale = None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._refusal(os.pread(descriptor, 4096, 0), "") from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            self._take_by_file()
        self.stale = Holder.from_bytes(os.pread(descriptor, 4096, 0))
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, Holder.this_process().to_bytes(), 0)

    def _take_by_file(self) -> None:
        held = self.path.with_name(_held_name(self.path))
        advice = (
            "; this file system has no locks: if you know that it has ended, delete "
            f"{held}"
        )
        for _ in range(2):
            try:
                descriptor = os.open(held, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                content = _content(held)
                holder = Holder.from_bytes(content)
                if holder is None or not holder.gone():
                    raise self._refusal(content, advice) from None
                held.unlink(missing_ok=True)
            else:
                self._held_file = held
                with os.fdopen(descriptor, "wb") as file:
                    file.write(Holder.this_process().to_bytes())
                return
        raise self._refusal(b"", advice)

    def _refusal(self, content: bytes, advice: str) -> RunDirectoryError:
        holder = Holder.from_bytes(content)
        return RunDirectoryError(
            f"{self.path.parent}: expected a run that nobody is working on, got one "
            f"held by {holder or 'another process'}; wait for it or stop it first"
            f"{advice}"
        )


def is_lock_file(path: Path, run_lock: Path) -> bool:
    """Whether `path` is what a `RunLock` on `run_lock` leaves, not somebody's file."""
    if path.name not in (run_lock.name, _held_name(run_lock)) or not path.is_file():
        return False
    content = path.read_bytes()
    return not content or Holder.from_bytes(content) is not None


def _held_name(run_lock: Path) -> str:
    return run_lock.name + ".held"


def _content(path: Path) -> bytes:
    """What is in a file that its owner may remove at any moment."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    return b""
