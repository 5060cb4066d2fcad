"""Values from anywhere, short enough for a message."""

from __future__ import annotations

import reprlib

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = 60
_repr.maxlist = _repr.maxtuple = _repr.maxdict = 4
_repr.maxlevel = 3


def shown(value: object) -> str:
    """The value as Python writes it, cut where it is long or nested deep.

    Args:
        value: anything, a hostile one as well.
    """
    try:
        return _repr.repr(value)
    except ValueError:  # Python refuses to write whole numbers of thousands of digits
        return "a number of thousands of digits"


def amount(count: float) -> str:
    """An amount of memory as people read it: `12 bytes`, `3.4 MB`.

    Args:
        count: in bytes.
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:,.4g} {unit}"
    return f"{count:g} bytes"
