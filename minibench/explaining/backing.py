"""Who backs what a constraint set allows: problems, shares of their best, records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evonas.space import ConstraintSet
from evonas.space.constraints import Place


@dataclass(frozen=True, slots=True)
class Backing:
    """Who uses one value.

    Attributes:
        value: as its place's provenance writes it.
        shares: key of a problem → which part of its best networks uses it.
        records: key of a problem → ids of the best of these.
        weight: which part of all networks uses it, each problem with its weight.
    """

    value: str
    shares: Mapping[str, float]
    records: Mapping[str, tuple[str, ...]]
    weight: float

    @property
    def text(self) -> str:
        """The value as people read it."""
        try:
            return f"{float(self.value):.3g}"
        except ValueError:
            return {"True": "true", "False": "false"}.get(self.value, self.value)


def backings(constraints: ConstraintSet, place: Place) -> list[Backing]:
    """Who uses what of a place, the most used value first.

    A set that a person has written may tell nothing of it, or nonsense, which is left
    out.

    Args:
        constraints: the set, with its provenance.
        place: `blocks.conv.kernel` and the like.
    """
    provenance = constraints.provenance
    noted = _mapping(_mapping(provenance.get("items")).get(place))
    weights = _weights(constraints)
    found = []
    for value, users in noted.items():
        known = {
            key: one
            for key, one in _mapping(users).items()
            if isinstance(_mapping(one).get("share"), int | float)
        }
        shares = {key: float(one["share"]) for key, one in known.items()}
        found.append(
            Backing(
                str(value),
                shares,
                {key: tuple(one.get("records") or ()) for key, one in known.items()},
                sum(weights.get(key, 0.0) * share for key, share in shares.items()),
            )
        )
    return sorted(found, key=lambda one: -one.weight)


def _weights(constraints: ConstraintSet) -> dict[str, float]:
    """Key of a problem → its part in the set."""
    problems = _mapping(constraints.provenance.get("problems"))
    return {
        key: float(one["weight"])
        for key, one in problems.items()
        if isinstance(_mapping(one).get("weight"), int | float)
    }


def _mapping(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}
