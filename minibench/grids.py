"""Regrouping: values of hyper-parameters on a common grid.

Networks of different searches have filters of 40 and 44, learning rates of 0.0102 and
0.0098: on one grid they are the same choice. Widths go by powers of two and one and a
half times these, rates by thirds of a decade, real numbers by twentieths; windows and
counts stay as they are.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping

from evonas.architecture.layer import Value
from evonas.space.catalogue import BLOCKS, recipe_domains
from evonas.space.domains import is_number
from evonas.space.ranges import FloatRange

#: widths of layers
_WIDTHS: tuple[int, ...] = tuple(
    sorted([2**n for n in range(21)] + [3 * 2**n for n in range(19)])
)
_WIDE_FIELDS = ("filters", "units", "growth", "batch_size")
#: of the grid of real numbers
_STEP = 0.05
#: thirds of a decade
_PER_DECADE = 3

_DOMAINS = {
    **{
        field: domain
        for blocks in BLOCKS.values()
        for fields in blocks.values()
        for field, domain in fields.items()
    },
    **recipe_domains("image", (3, 32, 32)),
}
#: fields that take any real number, and whether they are rates: on a logarithmic scale
REAL: Mapping[str, bool] = {
    name: domain.log
    for name, domain in _DOMAINS.items()
    if isinstance(domain, FloatRange)
}


def on_grid(field: str, value: Value) -> Value:
    """The value of the grid that is nearest to one.

    Args:
        field: whose value it is.
        value: a number, a word or a flag; only numbers change.
    """
    if not is_number(value) or isinstance(value, bool):
        return value
    if field in _WIDE_FIELDS:
        return _nearest_width(int(value))
    if field in REAL:
        return _rate(float(value)) if REAL[field] else _real(float(value))
    return value


def grid_steps(field: str, low: float, high: float, *, log: bool) -> float:
    """How many steps of the grid of real numbers lie between two numbers.

    Args:
        field: whose values they are.
        low: the lower one.
        high: the other.
        log: what is to be done with a field that has no grid of its own: whether it is
            on a logarithmic scale.
    """
    if REAL.get(field, log) and low > 0:
        return math.log10(high / low) * _PER_DECADE
    return (high - low) / _STEP


def _nearest_width(value: int) -> int:
    place = bisect.bisect_left(_WIDTHS, value)
    around = _WIDTHS[max(0, place - 1) : place + 1]
    # by ratio: 5 is as far from 4 as from 6 in units, and nearer to 6
    return min(around, key=lambda width: abs(math.log(width / max(value, 1))))


def _rate(value: float) -> float:
    if value <= 0:
        return 0.0
    place = round(math.log10(value) * _PER_DECADE)
    return float(f"{10 ** (place / _PER_DECADE):.3g}")


def _real(value: float) -> float:
    return round(round(value / _STEP) * _STEP, 4)
