"""The lines of a journal: written, verified, read.

The format is described in `evonas.storage.journal`.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evonas.errors import InputError, RunDirectoryError
from evonas.storage.json_text import to_text

FORMAT = 1

#: What a line after the header can tell.
APPENDABLE = frozenset(
    {"asked", "told", "adopted", "constrained", "refitted", "edited", "stopped"}
)

_RESERVED = frozenset({"n", "event", "sum"})
_SUM_KEY = b',"sum":"'
#: Length of `,"sum":"01234567"}` and the newline.
_TAIL = len(_SUM_KEY) + 8 + 3
_SUM = re.compile(rb',"sum":"([0-9a-f]{8})"}')
_HEADER_START = b'{"n":0,"event":"opened",'


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a journal."""

    #: place in the journal, from 0
    n: int
    #: "opened" (the first line), or one of `APPENDABLE`
    name: str
    #: what the writer gave to `append`
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TornLine:
    """A last line that was cut off."""

    path: Path
    #: number of the line in the file, from 1
    line: int
    #: how many bytes were cut
    length: int
    #: what was wrong with it
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.path}, line {self.line}: the last line was torn ({self.reason}) "
            f"and its {self.length} bytes were cut; all {self.line - 1} lines before "
            "it are kept"
        )


class Scan:
    """Iterates over the whole, verified lines of a journal, at constant memory.

    Attributes:
        count: whole lines so far.
        length: bytes they take.
        torn: the torn last line, known once the iteration has ended.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.length = 0
        self.torn: TornLine | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            file = open(self.path, "rb")  # noqa: SIM115 (closed by the with below)
        except OSError as error:
            raise RunDirectoryError(
                f"{self.path}: expected a journal, got {error.strerror}; is this the "
                "directory of a run?"
            ) from error
        with file:
            for line in file:
                fault = _fault(line, self.count)
                if fault:
                    self._stop(line, fault, bool(line[-1:] == b"\n" and file.read(1)))
                    return
                if self.count == 0:
                    _check_format(self.path, parse_line(self.path, 0, line))
                self.count += 1
                self.length += len(line)
                yield line

    def _stop(self, line: bytes, fault: str, more_follows: bool) -> None:
        number = self.count + 1
        if number == 1 and (
            line.endswith(b"\n")
            or line[: len(_HEADER_START)] != _HEADER_START[: len(line)]
        ):
            raise RunDirectoryError(
                f"{self.path}, line 1: expected the first line of a journal "
                f"({_HEADER_START.decode()}…), got {_excerpt(line)} ({fault}); this is "
                "no journal of evonas, or its beginning is damaged: restore it from a "
                "copy"
            )
        if more_follows or _swallows_a_line(line):
            raise RunDirectoryError(
                f"{self.path}, line {number}: damaged in the middle: {fault}. Restore "
                f"the file from a copy; or keep a copy and go on from the {self.count} "
                f"whole lines before it: head -n {self.count} {self.path.name} > whole "
                f"&& mv whole {self.path.name}"
            )
        self.torn = TornLine(self.path, number, len(line), fault)


def encode_line(n: int, event: str, payload: Mapping[str, Any]) -> bytes:
    """Event number `n` as a line of the file."""
    if not _RESERVED.isdisjoint(payload):
        raise InputError(
            f"journal event {event!r}: expected a payload without the keys "
            f"{', '.join(sorted(_RESERVED))}, got {', '.join(map(repr, payload))}"
        )
    inner = to_text(dict(payload), f"journal event {event!r}")[1:-1]
    body = f'{{"n":{n},"event":"{event}"{"," if inner else ""}{inner}'.encode("ascii")
    return b'%b,"sum":"%08x"}\n' % (body, zlib.crc32(body))


def _fault(line: bytes, n: int) -> str:
    """What is wrong with line `n`, empty if nothing."""
    if line[-1:] != b"\n":
        return f"expected a newline at its end, got {_excerpt(line[-20:])}"
    if line[-_TAIL : 8 - _TAIL] != _SUM_KEY or line[-3:-1] != b'"}':
        return f"expected a checksum at its end, got {_excerpt(line[-20:])}"
    found = line[-11:-3]
    expected = b"%08x" % zlib.crc32(memoryview(line)[:-_TAIL])
    if found != expected:
        return f"expected checksum {expected.decode()}, got {_excerpt(found)}"
    if not line.startswith(b'{"n":%d,"event":"' % n):
        return f"expected event number {n}, got {_excerpt(line[:24])}"
    return ""


def _swallows_a_line(line: bytes) -> bool:
    """Whether a whole line and more is in it: the newline between them was damaged."""
    return any(
        int(match[1], 16) == zlib.crc32(memoryview(line)[: match.start()])
        for match in _SUM.finditer(line, 0, len(line) - 2)
    )


def parse_line(path: Path, n: int, line: bytes) -> Event:
    """The event in a verified line; `path` is for the message."""
    try:
        data = json.loads(line)
        name = data.pop("event")
        del data["n"], data["sum"]
    except (ValueError, KeyError, RecursionError) as error:
        raise RunDirectoryError(
            f"{path}, line {n + 1}: expected a JSON object with n, event and sum, got "
            f"{_excerpt(line)} ({error}); its checksum holds, so it was written so: "
            "restore the file from a copy"
        ) from error
    return Event(n, name, data)


def _check_format(path: Path, header: Event) -> None:
    found = header.data.get("format")
    if header.name != "opened" or found != FORMAT or "config" not in header.data:
        raise RunDirectoryError(
            f"{path}, line 1: expected the header of a journal of format {FORMAT}, got "
            f"event {header.name!r} of format {found!r}; read it with the version of "
            "evonas that wrote it"
        )


def _excerpt(data: bytes) -> str:
    shown = data[:40].decode("ascii", "backslashreplace").rstrip("\n")
    return repr(shown) + ("…" if len(data) > 40 else "")
