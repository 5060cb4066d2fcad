"""Strict JSON: exact, one line, and errors that point at the value."""

from __future__ import annotations

import json
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from contracts.journal_contract import PAYLOADS, exact
from hypothesis import given

from evonas.errors import InputError
from evonas.storage.json_text import to_text


class Colour(StrEnum):
    """A text of a kind of its own."""

    RED = "red"


@given(PAYLOADS)
def test_it_is_one_ascii_line_that_reads_back_exactly(data: dict[str, Any]) -> None:
    """Whatever the text holds: line separators, control characters, surrogates."""
    text = to_text(data, "data")
    assert text.isascii()
    assert len(text.splitlines()) == 1
    assert exact(json.loads(text)) == exact(data)


def test_numbers_and_texts_of_subclasses_are_plain_values() -> None:
    """NumPy's float64 is a float, a text enumeration a text."""
    text = to_text({"a": np.float64(0.1), "b": Colour.RED, "c": (1, 2)}, "data")
    assert text == '{"a":0.1,"b":"red","c":[1,2]}'


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a": [0, {"b": float("nan")}]}, r"data: .* got a\[1\]\.b = nan; turn it"),
        ({"a": np.float32(1.0)}, "got a of type float32"),
        ({"a": np.int64(1)}, "got a of type int64"),
        ({"a": MappingProxyType({})}, "got a of type mappingproxy"),
        ([{1, 2}], r"got \[0\] of type set"),
        (object(), "got the whole of type object"),
        ({(1, 2): 3}, "keys must be str"),
    ],
)
def test_what_json_cannot_hold_is_named_by_its_path(data: Any, message: str) -> None:
    """The first such value in the order of the data."""
    with pytest.raises(InputError, match=message):
        to_text(data, "data")


def test_endless_nesting_is_refused() -> None:
    """A list in itself, or one too deep to be read back."""
    loop: list[Any] = []
    loop.append({"again": loop})
    with pytest.raises(InputError, match=r"nesting deeper than 200 at \[0\]\.again"):
        to_text(loop, "data")
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError, match="nesting deeper than 200"):
        to_text(deep, "data")
