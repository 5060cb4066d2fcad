"""From one constraint set to another one: what joined and what went, place by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evonas.space import ConstraintSet, Domain
from evonas.space.constraints import Place
from minibench.places import (
    BLOCKS,
    allowed_at,
    block_of,
    places_of,
    told,
    word,
)

#: of a place that a set says nothing of
ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Change:
    """What differs at one place.

    Attributes:
        place: `blocks.conv.kernel`; also `mode` and `outside`.
        added: what is allowed now and was not, in words.
        removed: what was allowed and is not now.
    """

    place: Place
    added: tuple[str, ...]
    removed: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"+ {one}" for one in self.added] + [
            f"- {one}" for one in self.removed
        ]
        return f"{self.place}: {', '.join(parts)}"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "place": self.place,
            "added": list(self.added),
            "removed": list(self.removed),
        }


def changes(old: ConstraintSet, new: ConstraintSet) -> list[Change]:
    """What differs between two sets; none where only shares and provenance do.

    Of blocks that only one of them allows the fields are not told.

    Args:
        old: the set as it was.
        new: as it is.
    """
    found = [
        _change("mode", [old.mode], [new.mode]),
        _change("outside", [f"{old.outside:g}"], [f"{new.outside:g}"]),
    ]
    for place in dict.fromkeys((*places_of(old), *places_of(new))):
        if place == BLOCKS:
            found.append(_change(place, _blocks(old), _blocks(new)))
        elif _both(old, new, block_of(place)):
            first, second = allowed_at(old, place), allowed_at(new, place)
            found.append(_change(place, *_words(first, second)))
    return [one for one in found if one.added or one.removed]


def reweighted(old: ConstraintSet, new: ConstraintSet) -> list[Place]:
    """The places whose values are drawn with other weights.

    Args:
        old: the set as it was.
        new: as it is.
    """
    places = dict.fromkeys((*old.weights, *new.weights))
    return [
        place
        for place in places
        if dict(old.weights.get(place, {})) != dict(new.weights.get(place, {}))
    ]


def _change(place: Place, old: Sequence[str], new: Sequence[str]) -> Change:
    return Change(
        place,
        tuple(one for one in new if one not in old),
        tuple(one for one in old if one not in new),
    )


def _blocks(constraints: ConstraintSet) -> list[str]:
    return [ANYTHING] if constraints.blocks is None else list(constraints.blocks)


def _both(old: ConstraintSet, new: ConstraintSet, block: str | None) -> bool:
    return block is None or all(
        one.blocks is not None and block in one.blocks for one in (old, new)
    )


def _words(first: Domain | None, second: Domain | None) -> tuple[list[str], list[str]]:
    """Both as lists, value by value where both have values."""
    listed = [None if one is None else one.values() for one in (first, second)]
    old, new = listed
    if old is not None and new is not None:
        return [word(one) for one in old], [word(one) for one in new]
    return (
        [ANYTHING if first is None else told(first)],
        [ANYTHING if second is None else told(second)],
    )
