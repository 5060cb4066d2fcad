"""Strict reading of JSON from anywhere: every fault is named with its place.

`parse` turns bytes into values, `Fields` takes an object apart. Both trust nothing:
depth, length, size of numbers, letters that no file can hold, keys twice in an object.
"""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from evonas.architecture.wording import shown
from evonas.errors import DataError

#: most bytes of one JSON text: far more than 10,000 layers need
MAX_BYTES = 16_000_000
#: most letters of a text
MAX_LETTERS = 2_000
#: largest whole number: what every database has
MAX_WHOLE = 2**63 - 1

Made = TypeVar("Made")

#: letters that tear lines apart or do not print
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def read(path: Path) -> bytes:
    """What a file holds, or as much of it as shows `parse` that it is too long.

    Args:
        path: of the file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def parse(data: bytes, where: str) -> Any:
    """The value of one JSON text.

    Args:
        data: UTF-8.
        where: file and line, for messages.

    Raises:
        DataError: it is no JSON, or one that no program of ours writes.
    """
    if len(data) > MAX_BYTES:
        raise DataError(
            f"{where}: expected at most {MAX_BYTES:,} bytes, got {len(data):,}; no "
            "record is that large"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where}: expected UTF-8, got byte 0x{data[error.start]:02x} at byte "
            f"{error.start + 1}; save the file as UTF-8"
        ) from error
    try:
        found = json.loads(
            text, object_pairs_hook=_object, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        raise DataError(
            f"{where}: expected one JSON value, got {error.msg} at character "
            f"{error.pos + 1}: {shown(text[error.pos : error.pos + 40])}"
        ) from error
    except RecursionError:
        raise DataError(
            f"{where}: expected a few levels of nesting, got hundreds"
        ) from None
    except ValueError as error:
        # of the hooks, or Python's own limit on the digits of whole numbers
        reason = str(error)
        if "digits" in reason:
            reason = "a number of thousands of digits"
        raise DataError(f"{where}: expected plain JSON values, got {reason}") from error
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {shown(twice)} twice in one object")
    return found


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text}, which is no JSON")


class Fields:
    """An object that is taken apart, key by key.

    Every method takes one key out and checks its value; `done` complains about what is
    left. Faults are DataErrors that begin with the place.

    Args:
        data: what should be an object.
        place: of it, for messages: `file.jsonl, line 3: provenance`.
        known: every key that it may have.
    """

    def __init__(self, data: Any, place: str, known: Sequence[str]) -> None:
        if not isinstance(data, Mapping):
            raise DataError(f"{place}: expected an object, got {shown(data)}")
        self._data = data
        self.place = place
        for key in data:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise DataError(
                    f"{place}: expected the keys {', '.join(known)}, got "
                    f"{shown(key)}{hint}"
                )

    def has(self, key: str) -> bool:
        """Whether it has this key."""
        return key in self._data

    def raw(self, key: str) -> Any:
        """The value of a key that must be there, unchecked."""
        if key not in self._data:
            raise DataError(f"{self.place}: expected the key {key!r}, got none")
        return self._data[key]

    def text(self, key: str, longest: int = MAX_LETTERS) -> str:
        """A text in one line."""
        return text(self.raw(key), f"{self.place}: {key}", longest)

    def number(self, key: str) -> float:
        """A finite number."""
        return number(self.raw(key), f"{self.place}: {key}")

    def whole(self, key: str) -> int:
        """A whole number from 0 up to 63 bits."""
        return whole(self.raw(key), f"{self.place}: {key}")

    def items(self, key: str, most: int) -> list[Any]:
        """A list of values, unchecked."""
        found = self.raw(key)
        if not isinstance(found, list | tuple):
            raise DataError(f"{self.place}: {key}: expected a list, got {shown(found)}")
        if len(found) > most:
            raise DataError(
                f"{self.place}: {key}: expected at most {most:,} entries, got "
                f"{len(found):,}"
            )
        return list(found)

    def numbers(self, key: str) -> dict[str, float]:
        """An object of names and finite numbers."""
        return numbers(self.raw(key), f"{self.place}: {key}")

    def shape(self, key: str) -> tuple[int, ...]:
        """One to four positive whole numbers."""
        return shape(self.raw(key), f"{self.place}: {key}")


def text(value: Any, place: str, longest: int = MAX_LETTERS) -> str:
    """The value, if it is a text in one line.

    Args:
        value: from anywhere.
        place: of it, for messages.
        longest: most letters that it may have.
    """
    if not isinstance(value, str):
        raise DataError(f"{place}: expected a text, got {shown(value)}")
    if len(value) > longest:
        raise DataError(
            f"{place}: expected at most {longest:,} letters, got {len(value):,}"
        )
    if (bad := _UNPRINTABLE.search(value)) is not None:
        raise DataError(
            f"{place}: expected a text in one line that can be printed, got "
            f"{bad.group()!r} at letter {bad.start() + 1}"
        )
    return value


def number(value: Any, place: str) -> float:
    """The value as a float, if it is a finite number; −0 becomes 0."""
    if isinstance(value, float) and math.isfinite(value):
        return float(value) + 0.0
    if type(value) is int and abs(value) <= MAX_WHOLE:
        return float(value)
    raise DataError(f"{place}: expected a finite number, got {shown(value)}")


def whole(value: Any, place: str) -> int:
    """The value, if it is a whole number from 0 up to 63 bits."""
    if type(value) is int and 0 <= value <= MAX_WHOLE:
        return value
    raise DataError(
        f"{place}: expected a whole number from 0 to 2^63 - 1, got {shown(value)}"
    )


#: names of metrics and the like
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:+-]{0,79}")


def numbers(value: Any, place: str) -> dict[str, float]:
    """The value, if it is an object of names and finite numbers."""
    if not isinstance(value, Mapping) or len(value) > 1_000:
        raise DataError(
            f"{place}: expected an object of at most 1,000 names and numbers, got "
            f"{shown(value)}"
        )
    for name in value:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise DataError(
                f"{place}: expected names of letters, digits and _.:+- (at most 80), "
                f"got {shown(name)}"
            )
    return {name: number(one, f"{place}.{name}") for name, one in value.items()}


def shape(value: Any, place: str) -> tuple[int, ...]:
    """The value as a tuple, if it is one to four positive whole numbers."""
    if (
        isinstance(value, list | tuple)
        and 1 <= len(value) <= 4
        and all(type(side) is int and 0 < side < 2**40 for side in value)
    ):
        return tuple(value)
    raise DataError(
        f"{place}: expected one to four positive whole numbers, channels first, got "
        f"{shown(value)}"
    )


def plain(value: Any, place: str, levels: int = 8) -> Any:
    """A copy of free-form JSON (settings say), if every value in it is plain.

    Args:
        value: from anywhere.
        place: of it, for messages.
        levels: of nesting that it may have.
    """
    if levels < 0:
        raise DataError(f"{place}: expected fewer levels of nesting")
    if value is None or type(value) is bool:
        return value
    if isinstance(value, str):
        return text(value, place)
    if type(value) is int and abs(value) <= MAX_WHOLE:
        return value
    if type(value) is float and math.isfinite(value):
        return value + 0.0
    if isinstance(value, list | tuple):
        return [
            plain(one, f"{place}[{at}]", levels - 1) for at, one in enumerate(value)
        ]
    if isinstance(value, Mapping):
        return {
            text(key, f"{place}: a key", 200): plain(one, f"{place}.{key}", levels - 1)
            for key, one in value.items()
        }
    raise DataError(
        f"{place}: expected plain JSON values and finite numbers, got {shown(value)}"
    )


_DAY = r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}Z)?)?)?"


def check_when(value: Any, place: str) -> None:
    """Complain about what is no date, or one that the calendar does not have.

    Args:
        value: from anywhere.
        place: of it, for messages.
    """
    known = isinstance(value, str) and re.fullmatch(_DAY, value) is not None
    if known:
        try:
            # what is left out is January, the first
            datetime.datetime.fromisoformat(value + "0001-01-01"[len(value) :])
        except ValueError:
            known = False
    if not known:
        raise DataError(
            f"{place}: when: expected a time like 2026-11-22T10:15:00Z, or its first "
            f"parts, got {shown(value)}"
        )


def placed(place: str, what: str, make: Callable[[], Made]) -> Made:
    """Make something; what is wrong with it is said with the place before it.

    Args:
        place: file, line and key.
        what: messages of its own checks begin with, which the place replaces.
        make: makes it.
    """
    try:
        return make()
    except DataError as error:
        raise DataError(f"{place}: {str(error).removeprefix(f'{what}: ')}") from None
