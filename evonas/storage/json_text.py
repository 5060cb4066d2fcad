"""Strict, compact JSON: what was written is what is read back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from evonas.errors import InputError

_COMPACT = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


def to_text(data: Any, what: str) -> str:
    """Compact JSON on one ASCII line; floats keep every bit.

    NaN and infinity are no JSON and are refused: other readers choke on them.

    Args:
        data: dictionaries with text keys, lists, tuples, text, numbers, booleans, None.
        what: what the data is, for the message.

    Raises:
        InputError: a value that JSON cannot hold; the message gives the path to it.
    """
    try:
        return _COMPACT.encode(data)
    except (ValueError, TypeError, RecursionError) as error:
        fault = _find_fault(data, "") or str(error)
        raise InputError(
            f"{what}: expected plain JSON values and finite numbers, got {fault}; "
            "turn it into plain numbers, or leave it out"
        ) from error


def _find_fault(data: Any, path: str) -> str:
    """The first value that JSON cannot hold, with its path; empty if there is none."""
    pending: list[tuple[Any, str, int]] = [(data, path, 0)]
    while pending:
        value, place, depth = pending.pop()
        if depth > 200:
            return f"nesting deeper than 200 at {place[:80]}…"
        if isinstance(value, Mapping) and not isinstance(value, dict):
            return f"{place or 'the whole'} of type {type(value).__name__}"
        if isinstance(value, dict):
            pending += [
                (item, f"{place}.{key}" if place else str(key), depth + 1)
                for key, item in reversed(value.items())
            ]
        elif isinstance(value, list | tuple):
            pending += [
                (item, f"{place}[{position}]", depth + 1)
                for position, item in reversed(list(enumerate(value)))
            ]
        elif isinstance(value, float) and not math.isfinite(value):
            return f"{place} = {value!r}"
        elif not isinstance(value, str | int | float | bool | None):
            return f"{place or 'the whole'} of type {type(value).__name__}"
    return ""
