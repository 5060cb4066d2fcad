"""Fields of protocol buffers."""

from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import DataError
from evonas.formats import fields
from evonas.formats.protobuf import real

numbers = st.integers(1, 2**29 - 1)
messages = st.lists(
    st.one_of(
        st.tuples(numbers, st.integers(0, 2**64 - 1)),
        st.tuples(numbers, st.binary(max_size=200)),
    ),
    max_size=8,
)


def varint(value: int) -> bytes:
    """A whole number in groups of seven bits."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def message(content: list[tuple[int, int | bytes]]) -> bytes:
    """Fields as a message."""
    parts = []
    for number, value in content:
        if isinstance(value, int):
            parts.append(varint(number << 3) + varint(value))
        else:
            parts.append(varint(number << 3 | 2) + varint(len(value)) + value)
    return b"".join(parts)


def double(number: int, value: float) -> bytes:
    """A field of eight bytes."""
    return varint(number << 3 | 1) + struct.pack("<d", value)


@given(messages)
def test_fields_come_back(content: list[tuple[int, int | bytes]]) -> None:
    """Numbers and bytes, in order."""
    assert list(fields(message(content))) == content


@given(st.floats(allow_nan=False))
def test_eight_bytes_are_a_number(value: float) -> None:
    """As it was written."""
    ((number, found),) = fields(double(3, value))
    assert (number, real(found)) == (3, value)


@given(st.binary(max_size=40))
def test_any_bytes_are_a_message_or_told(data: bytes) -> None:
    """Nothing but DataError comes out, whatever goes in."""
    with contextlib.suppress(DataError):
        list(fields(data))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"\x00\x00", "a field's number, got 0"),
        (b"\x0b", "type 0, 1, 2 or 5, got 3"),
        (b"\x0a\x05abc", "5 more bytes of field 1, got 3"),
        (b"\x08" + b"\xff" * 11, "at most 10 bytes"),
        (b"\x08\xff", "the message ends"),
    ],
)
def test_what_is_no_message_is_told(data: bytes, complaint: str) -> None:
    """With the byte and what was expected."""
    with pytest.raises(DataError, match=complaint):
        list(fields(data))


def test_another_field_is_no_number() -> None:
    """Text where eight bytes should be."""
    with pytest.raises(DataError, match="expected a field of 8 bytes"):
        real(b"abc")
