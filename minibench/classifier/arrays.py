"""Arrays in JSON, read without trust."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.architecture.wording import shown
from evonas.errors import DataError
from minibench import strict


def read(value: Any, place: str, size: tuple[int, ...]) -> NDArray[np.float64]:
    """The value, if it is nested lists of finite numbers of this size.

    Args:
        value: from anywhere.
        place: of it, for messages.
        size: of each axis.
    """
    if not isinstance(value, list) or len(value) != size[0]:
        found = f"{len(value):,}" if isinstance(value, list) else shown(value)
        raise DataError(f"{place}: expected a list of {size[0]:,} entries, got {found}")
    if len(size) > 1:
        rows = [read(one, f"{place}[{at}]", size[1:]) for at, one in enumerate(value)]
        return np.array(rows, dtype=np.float64).reshape(size)
    numbers = [strict.number(one, f"{place}[{at}]") for at, one in enumerate(value)]
    return np.array(numbers, dtype=np.float64).reshape(size)
