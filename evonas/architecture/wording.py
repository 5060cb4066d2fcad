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
