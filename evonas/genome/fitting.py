"""Values and blocks from elsewhere, brought into a space: itself, or the nearest."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from evonas.architecture import Value
from evonas.candidate import Recipe
from evonas.space import Domain, Space
from evonas.space.domains import is_number
from evonas.space.ranges import FloatRange

#: values of a range without a list of them among which the nearest is looked for
_SPREAD = 10_001

_CONVOLUTIONS = ("conv", "separable_conv", "mbconv", "factorised_conv")
#: block → those that can stand for it, in the order in which they are taken
_STANDING: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_CONVOLUTIONS, _CONVOLUTIONS),
    "dense_block": (*_CONVOLUTIONS, "dense"),
    "gru": ("lstm",),
    "lstm": ("gru",),
}
#: fields of blocks that say how wide the output is
_WIDTHS = ("filters", "units", "growth")
#: fields that are repaired to what fits the shape: never to a larger value
_REPAIRED = ("kernel", "groups")


def nearest(domain: Domain, value: Value) -> Value:
    """The value of a domain that is nearest to any value; itself where it is one.

    Numbers are compared by their logarithms where all are above 0. For what has no
    order, and is none of the values, it is the first one.

    Args:
        domain: that the value is to be of.
        value: from elsewhere.
    """
    if domain.contains(value):
        return value
    if isinstance(domain, FloatRange) and is_number(value):
        return min(max(float(value), domain.low), domain.high)
    options = domain.values() or domain.spread(_SPREAD)
    numbers = [one for one in options if is_number(one)]
    if not is_number(value) or not numbers:
        return options[0]
    if value > 0 and min(numbers) > 0:
        return min(numbers, key=lambda one: abs(log(one) - log(value)))
    return min(numbers, key=lambda one: abs(one - value))


def fitted_block(
    block: str, fields: Mapping[str, Value], space: Space
) -> tuple[str, dict[str, Value]] | None:
    """A block of the space, with all its fields, that stands for any block.

    Args:
        block: as `block_reading` names it.
        fields: of it, as far as they are known.
        space: that it is to be of.

    Returns:
        Its name and fields; None where the space has nothing like it.
    """
    found = _like(block, space)
    if found is None:
        return None
    known = dict(fields)
    if found != block:
        width = _width(fields)
        if width is not None:
            known |= dict.fromkeys(_WIDTHS, width)
    chosen: dict[str, Value] = {}
    for name, domain in space.blocks[found].items():
        if name not in known:
            chosen[name] = _plain(name, domain)
        elif name in _REPAIRED:
            chosen[name] = _at_least(domain, known[name])
        else:
            chosen[name] = nearest(domain, known[name])
    return found, chosen


def fitted_recipe(recipe: Recipe, space: Space) -> tuple[dict[str, Value], list[str]]:
    """The values of the space's recipe fields, and what had to be changed, in words.

    Args:
        recipe: from elsewhere.
        space: whose values they are to be.
    """
    given = recipe.to_json()
    values = {
        name: nearest(domain, given[name]) for name, domain in space.recipe.items()
    }
    kept = Recipe.from_json(values).to_json()
    return values, [
        f"recipe.{name}: {given[name]} is {kept[name]} here"
        for name in given
        if kept[name] != given[name]
    ]


def _at_least(domain: Domain, value: Value) -> Value:
    """The value itself, or the next above: a repair makes it smaller again."""
    numbers = [one for one in domain.values() or () if is_number(one)]
    above = [one for one in numbers if is_number(value) and one >= value]
    return nearest(domain, value if not above else min(above))


def _like(block: str, space: Space) -> str | None:
    if block in space.blocks:
        return block
    return next((one for one in _STANDING.get(block, ()) if one in space.blocks), None)


def _width(fields: Mapping[str, Value]) -> Value | None:
    if "growth" in fields and "layers" in fields:
        return int(fields["growth"]) * int(fields["layers"])
    return next((fields[name] for name in _WIDTHS if name in fields), None)


def _plain(name: str, domain: Domain) -> Value:
    """The value of a field that nothing is known of: the one that does least."""
    for value in (False, 0.0, 1, 1.0, "none"):
        # a factor of 1 and a stride of 1 change nothing, and neither does no dropout
        if domain.contains(value) and (name in _ONES) == (value in (1, 1.0)):
            return value
    return domain.spread(3)[0]


_ONES = frozenset(("stride", "dilation", "groups", "init_scale"))
