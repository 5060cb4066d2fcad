"""Strict reading: whatever bytes come, a value or an error that names the place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evonas.errors import DataError
from minibench import strict

_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_values)
def test_plain_json_is_read_as_json_reads_it(value: Any) -> None:
    """Strictness changes no value."""
    assert strict.parse(json.dumps(value).encode(), "here") == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_by_name(data: bytes) -> None:
    """No other error ever comes out."""
    try:
        strict.parse(data, "file, line 7")
    except DataError as error:
        told = str(error)
    else:
        told = "file, line 7: expected"
    assert told.startswith("file, line 7: expected")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{\xff}", r"expected UTF-8, got byte 0xff at byte 2"),
        (b"{", r"expected one JSON value, got .* at character 2"),
        (b"{} {}", r"expected one JSON value, got Extra data at character 4: '\{\}'"),
        (b"", r"expected one JSON value, got .* at character 1"),
        (b'{"a":NaN}', r"expected plain JSON values, got NaN, which is no JSON"),
        (b"[-Infinity]", r"got -Infinity, which is no JSON"),
        (b'{"a":1,"a":2}', r"got the key 'a' twice in one object"),
        (b"1" * 5_000, r"got a number of thousands of digits"),
        (b"[" * 100_000, r"expected a few levels of nesting, got hundreds"),
        (b" " * 16_000_001, r"expected at most 16,000,000 bytes, got 16,000,001"),
    ],
)
def test_hostile_bytes_are_named(data: bytes, message: str) -> None:
    """With the file and line that the reader was given."""
    with pytest.raises(DataError, match=f"^f, line 1: .*{message}"):
        strict.parse(data, "f, line 1")


@pytest.mark.parametrize("value", [{1}, object(), float("inf"), 2**64, {"a": b""}])
def test_settings_hold_plain_values_alone(value: object) -> None:
    """What no JSON file can hold is refused."""
    with pytest.raises(DataError, match="expected plain JSON values and finite"):
        strict.plain(value, "here")
