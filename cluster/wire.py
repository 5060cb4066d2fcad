"""Values and messages as bytes: pickle protocol 5 with its buffers out of band.

Pickle travels between processes of one run only and is never written to disk. A
*frame* is a list of parts in one block of bytes, each part at a multiple of
`ALIGNMENT`, so that arrays which are loaded from a frame are aligned and share its
memory. A *stream* carries blocks, each after its length.
"""

from __future__ import annotations

import pickle
import struct
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cluster.executor import Failure, FailureKind
from evonas.errors import InputError

#: bytes; enough for every vector load of today's processors that NumPy relies on
ALIGNMENT = 16

#: before each block of a stream: its length in bytes
LENGTH = struct.Struct("<Q")

Block = bytes | bytearray | memoryview


def _padding(length: int) -> int:
    return -length % ALIGNMENT


def encode(parts: Iterable[Block]) -> bytes:
    """One frame of all parts."""
    parts = list(parts)
    head = struct.pack(f"<{len(parts) + 1}Q", len(parts), *map(len, parts))
    pieces: list[Block] = [head, bytes(_padding(len(head)))]
    for part in parts:
        pieces += (part, bytes(_padding(len(part))))
    return b"".join(pieces)


def decode(frame: Block) -> list[memoryview]:
    """The parts of a frame, sharing its memory."""
    view = memoryview(frame)
    (count,) = LENGTH.unpack_from(view)
    lengths = struct.unpack_from(f"<{count}Q", view, LENGTH.size)
    head = LENGTH.size * (count + 1)
    offset = head + _padding(head)
    parts = []
    for length in lengths:
        parts.append(view[offset : offset + length])
        offset += length + _padding(length)
    return parts


def dump(value: Any) -> bytes:
    """A value as a frame."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return encode([head, *(buffer.raw() for buffer in buffers)])


def load(frame: Block) -> Any:
    """The value of a frame; its arrays are writable where the frame is."""
    head, *buffers = decode(frame)
    return pickle.loads(head, buffers=buffers)


def load_value(frame: Block | None) -> tuple[Any, Failure | None]:
    """What a worker sent as its value; a failure where this process cannot load it."""
    if frame is None:
        return None, None
    try:
        return load(frame), None
    except Exception:
        # loading runs the constructors of whatever classes the user's value is made of
        return None, Failure(FailureKind.RAISED, traceback.format_exc())


def dump_call(function: Callable[[Any], Any], payload: Any) -> bytes:
    """A call as a frame, checked to be one that another process can load.

    Raises:
        InputError: if the function belongs to no importable module, or either cannot
            be pickled.
    """
    if getattr(function, "__module__", None) == "__main__":
        raise InputError(
            "expected a function of a module that workers can import, got "
            f"{function!r} of the script that was started: move it into a file of its "
            "own and import it from there"
        )
    try:
        return dump((function, payload))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise InputError(
            "expected a function at the top level of a module and a payload that can "
            f"be pickled, got {function!r} with a {type(payload).__name__}: {error}"
        ) from error


class StreamReader:
    """Cuts the bytes of a stream into its blocks, in whatever pieces they come."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: Block) -> Iterator[bytearray]:
        """Take bytes in; yields every block that is complete now."""
        self._bytes += data
        while len(self._bytes) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._bytes)
            end = LENGTH.size + length
            if len(self._bytes) < end:
                return
            block = self._bytes[LENGTH.size : end]
            del self._bytes[:end]
            yield block
