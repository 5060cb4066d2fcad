r"""The journal of a run: append-only JSON lines, a checksum a line.

**Format 1.** One event a line, ASCII, ended by a newline::

    {"n":0,"event":"opened","format":1,"config":"9f2c…","sum":"5d0c1f7a"}
    {"n":1,"event":"asked",…payload…,"sum":"c1d2e3f4"}

`n` counts from 0 without gaps. `sum` is the CRC-32 of all bytes of the line before
`,"sum"`, as eight hexadecimal digits. The first line names the format and the digest of
the settings that the run was started with.

**What is promised.** When `append` returns, the line has been handed to the operating
system: nothing that happens to this process (`kill -9` included) loses it. It is
flushed to the disk at most every `sync_seconds` while lines are being appended, by
`sync` and by `close`: a power loss may take the lines after the last flush, never one
before it.

**What is forgiven.** A last line that is unfinished or damaged was never acknowledged,
or lost to a power cut: readers skip it, `Journal.resume` cuts it off and says so. Any
damage before the last line is an error that names the line; nothing is changed then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from evonas.errors import CallOrderError, InputError, RunDirectoryError
from evonas.storage.files import sync_directory, write_failure
from evonas.storage.journal_lines import (
    APPENDABLE,
    FORMAT,
    Event,
    Scan,
    TornLine,
    encode_line,
    parse_line,
)


class Journal:
    """The open journal of one run; one process writes it (see `RunLock`).

    Made by `create` or `resume`, read by `read`. A context manager that closes itself.

    Attributes:
        path: the file.
        torn: the torn last line that `resume` cut off, or None.
    """

    def __init__(
        self, path: Path, count: int, length: int, sync_seconds: float
    ) -> None:
        self.path = path
        self.torn: TornLine | None = None
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
        except OSError as error:
            raise write_failure(path, error) from error
        self._count = count
        self._length = length
        self._sync_seconds = sync_seconds
        self._synced_at = time.monotonic()
        self._unsynced = False
        self._closed = False
        self._broken = False

    @classmethod
    def create(cls, path: Path, config: str, *, sync_seconds: float = 5.0) -> Journal:
        """Begin a new journal.

        Args:
            path: a file that does not exist yet.
            config: digest of the settings that must not change during the run.
            sync_seconds: shortest time between two flushes to the disk.

        Raises:
            RunDirectoryError: the file exists, or cannot be written.
        """
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError:
            raise RunDirectoryError(
                f"{path}: expected no journal, got one; go on with `evonas resume` or "
                "choose another --out"
            ) from None
        except OSError as error:
            raise write_failure(path, error) from error
        journal = cls(path, 0, 0, sync_seconds)
        journal._begin(config)
        return journal

    @classmethod
    def resume(cls, path: Path, config: str, *, sync_seconds: float = 5.0) -> Journal:
        """Open a journal to go on writing it, cutting a torn last line.

        Every line's checksum is verified. A journal that is missing or has no whole
        first line belongs to a run that was killed before it began: it begins here.

        Args:
            path: the journal.
            config: must equal the digest that it was created with.
            sync_seconds: shortest time between two flushes to the disk.

        Raises:
            RunDirectoryError: damaged before the last line, written with other
                settings, in an unknown format, or no journal at all.
        """
        if not path.exists():
            return cls.create(path, config, sync_seconds=sync_seconds)
        scan = Scan(path)
        for line in scan:
            if scan.count == 1:
                _check_config(path, parse_line(path, 0, line).data["config"], config)
        journal = cls(path, scan.count, scan.length, sync_seconds)
        if scan.torn is not None:
            journal._truncate(scan.length)
            journal.torn = scan.torn
        if scan.count == 0:
            journal._begin(config)
        return journal

    @staticmethod
    def read(path: Path, start: int = 0) -> Iterator[Event]:
        """The events of a journal in order, also while another process writes it.

        Args:
            path: the journal.
            start: give events from this number on; those before are only verified.

        Raises:
            RunDirectoryError: damaged before the last line, in an unknown format, or
                no journal at all.
        """
        scan = Scan(path)
        for line in scan:
            n = scan.count - 1
            if n >= start:
                yield parse_line(path, n, line)

    def __len__(self) -> int:
        """How many events it holds; the number of the next one."""
        return self._count

    def append(self, event: str, payload: Mapping[str, Any]) -> int:
        """Add one event; when this returns, the operating system has the line.

        Args:
            event: one of `APPENDABLE`.
            payload: plain JSON with text keys; without `n`, `event` and `sum`.

        Returns:
            The event's number.

        Raises:
            InputError: the payload is no plain JSON, or holds NaN or infinity.
            RunDirectoryError: the file system refused. A line that could not be
                written whole has been taken back, and the call can be repeated; after
                a failed flush to the disk the journal must be opened again.
        """
        if event not in APPENDABLE:
            raise InputError(
                f"journal event: expected one of {', '.join(sorted(APPENDABLE))}, got "
                f"{event!r}; a new event must join the format first"
            )
        return self._append(event, payload)

    def sync(self) -> None:
        """Flush to the disk what is not there yet; a power loss cannot take it then.

        `append` does so by itself when it is due; call this before waiting for long.
        """
        if not self._unsynced:
            return
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            # The system may have thrown away what it could not flush, and would answer
            # the next flush with success: only reading the file again tells.
            self._broken = True
            raise write_failure(self.path, error) from error
        self._unsynced = False
        self._synced_at = time.monotonic()

    def close(self) -> None:
        """Flush to the disk and close; closing again does nothing."""
        if self._closed:
            return
        try:
            self.sync()
        finally:
            self._closed = True
            os.close(self._descriptor)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, config: str) -> None:
        self._append("opened", {"format": FORMAT, "config": config})
        self.sync()
        sync_directory(self.path.parent)

    def _append(self, event: str, payload: Mapping[str, Any]) -> int:
        self._check_writable()
        line = encode_line(self._count, event, payload)
        count, length = self._count, self._length
        try:
            self._write(line)
            self._count = count + 1
            self._length = length + len(line)
            self._unsynced = True
        except BaseException as error:
            # Not acknowledged, whatever came between (a full disk, Ctrl-C): the line
            # must vanish, or the next one would carry the same number.
            self._count, self._length = count, length
            self._truncate(length)
            if isinstance(error, OSError):
                raise write_failure(self.path, error) from error
            raise
        if time.monotonic() - self._synced_at >= self._sync_seconds:
            self.sync()
        return count

    def _write(self, line: bytes) -> None:
        rest = memoryview(line)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def _truncate(self, length: int) -> None:
        try:
            os.ftruncate(self._descriptor, length)
        except OSError as error:
            self._broken = True
            raise write_failure(self.path, error) from error

    def _check_writable(self) -> None:
        if self._closed or self._broken:
            raise CallOrderError(
                f"{self.path}: append after "
                f"{'close' if self._closed else 'a failed write'}; open the journal "
                "again with Journal.resume"
            )
        size = os.fstat(self._descriptor).st_size
        if size != self._length:
            # The lock guards against this, but not every file system has real locks.
            raise RunDirectoryError(
                f"{self.path}: expected {self._length} bytes, got {size}: another "
                "process has changed the journal; stop it, then `evonas resume`"
            )


def _check_config(path: Path, found: str, expected: str) -> None:
    if found != expected:
        raise RunDirectoryError(
            f"{path}, line 1: expected a journal of the settings {expected}, got one "
            f"of {found}: the config was changed after the run began; put the old "
            "config.yaml back, or start a new run with another --out"
        )
