"""The wire format of protocol buffers, as far as published tables need it.

A message is a row of fields, each a number with a value: a whole number of variable
length, 8 or 4 bytes, or bytes with their length before them (texts and inner messages).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from evonas.errors import DataError

Value = int | bytes

#: of a 64-bit number in groups of seven bits
_LONGEST_VARINT = 10


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """The fields of a message in order; 8- and 4-byte values come as bytes.

    Args:
        message: its bytes.

    Raises:
        DataError: they are no message; it names the byte.
    """
    place, end = 0, len(message)
    while place < end:
        start = place
        tag, place = _varint(message, place)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise DataError(f"byte {start}: expected a field's number, got 0")
        if kind == 0:
            value, place = _varint(message, place)
            yield number, value
            continue
        if kind == 2:
            length, place = _varint(message, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise DataError(
                f"byte {start}: expected a field of type 0, 1, 2 or 5, got {kind}"
            )
        if length > end - place:
            raise DataError(
                f"byte {place}: expected {length} more bytes of field {number}, got "
                f"{end - place}; the message is cut short"
            )
        yield number, message[place : place + length]
        place += length


def real(value: Value) -> float:
    """A field of 8 bytes as a number.

    Raises:
        DataError: it is of another type.
    """
    if not isinstance(value, bytes) or len(value) != 8:
        raise DataError("expected a field of 8 bytes, got one of another type")
    return float(struct.unpack("<d", value)[0])


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = 0
    for count in range(_LONGEST_VARINT):
        if place + count >= len(message):
            raise DataError(f"byte {place}: expected a number, the message ends")
        byte = message[place + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, place + count + 1
    raise DataError(f"byte {place}: expected a number of at most 10 bytes, got more")
