"""Who holds something on a shared file system, and whether it still lives."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

#: a holder touches its file so often
BEAT_SECONDS = 5.0
#: a file that was not touched for so long belongs to nobody any more
SILENT_SECONDS = 30.0


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

    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return self.host == socket.gethostname()

    def is_this_process(self) -> bool:
        """Whether it is the one that asks."""
        return self.is_here() and self.pid == os.getpid()

    def gone(self) -> bool:
        """Whether it is known to have ended; only its own machine can tell."""
        if not self.is_here():
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


def silent(path: Path) -> bool:
    """Whether nobody has touched a file for `SILENT_SECONDS`, or it is not there.

    By the clock of the file system, since those of two machines may differ; by this
    machine's where nothing can be written.
    """
    try:
        touched = path.stat().st_mtime
    except FileNotFoundError:
        return True
    try:
        with tempfile.TemporaryFile(
            prefix=".probe.", suffix=".tmp", dir=path.parent
        ) as probe:
            probe.write(b".")
            probe.flush()
            now = os.fstat(probe.fileno()).st_mtime
    except OSError:
        now = time.time()
    return now - touched > SILENT_SECONDS
