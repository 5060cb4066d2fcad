"""Thresholds of the merge, tuned by leaving one problem out in turn.

A set that others' networks make is too narrow where it lacks what the best networks of
a new problem use, and too wide where it lacks nothing at all. So each problem in turn
is held out as the one that is searched next; the others are merged as they would be for
it, and two shares are counted: of what its best networks use, how much lies outside
(*false rejection*), and of all values that any network of its modality has, how much
lies inside (what is *left* of the space). Of all thresholds with few enough false
rejections those are chosen that leave least.

Numbers count as the point of the common grid that they belong to (`minibench.grids`):
a set that has 48 filters has 44 as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from statistics import fmean
from typing import Any

from evonas.errors import DataError
from evonas.space import ConstraintSet
from minibench.class_sets import ClassSets, Item
from minibench.constraints import (
    USUAL,
    Thresholds,
    constraint_set,
    merged_problems,
)
from minibench.grids import on_grid

#: that are tried; an overlap above 1 lets no problem join
GRID: Mapping[str, tuple[float, ...]] = {
    "posterior": (0.1, 0.2, 0.35, 0.5),
    "overlap": (0.4, 0.6, 0.8, 2.0),
    "share": (0.0, 0.02, 0.05, 0.1, 0.2),
    "tail": (0.0, 0.005, 0.01, 0.02, 0.05, 0.1),
}
#: of what the best use may lie outside, where nothing else is said
FALSE_REJECTION = 0.05


@dataclass(frozen=True)
class Known:
    """A problem that can be held out.

    Attributes:
        sets: what its best networks use, under its key.
        best: the same of each of them, the best first.
        others: likewise of its further networks.
        modality: of its samples.
        near: key of another problem → how probably its networks suit; they sum to 1.
    """

    sets: ClassSets
    best: Sequence[frozenset[Item]]
    others: Sequence[frozenset[Item]]
    modality: str
    near: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Held:
    """What thresholds do to a problem that had no part in the set.

    Attributes:
        values: share of what its best networks use that lies outside, the mean over
            the networks.
        networks: share of its best networks with anything outside.
        left: share of the values of its space that lies inside, the mean over places.
        merged: keys of the problems that were merged.
    """

    values: float
    networks: float
    left: float
    merged: tuple[str, ...]


@dataclass(frozen=True)
class Tried:
    """One choice of thresholds.

    Attributes:
        thresholds: that were tried.
        held: key of the problem that was held out → what they do to it.
    """

    thresholds: Thresholds
    held: Mapping[str, Held]

    def mean(self, name: str, without: str = "") -> float:
        """The mean of one of the shares over the problems.

        Args:
            name: `values`, `networks` or `left`.
            without: a problem that does not count.
        """
        return fmean(
            getattr(held, name) for key, held in self.held.items() if key != without
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            **asdict(self.thresholds),
            "false_rejection": self.mean("values"),
            "networks": self.mean("networks"),
            "left": self.mean("left"),
        }


@dataclass(frozen=True)
class Tuning:
    """What came of it.

    Attributes:
        false_rejection: that was asked for.
        tried: every choice of thresholds.
        chosen: of them.
        honest: key of a problem → what thresholds do to it that were chosen without
            it.
        skipped: key of a problem → why it was not held out.
    """

    false_rejection: float
    tried: Sequence[Tried]
    chosen: Tried
    honest: Mapping[str, Held]
    skipped: Mapping[str, str]

    @property
    def holds(self) -> bool:
        """Whether any thresholds reject few enough; else the chosen reject fewest."""
        return _holds(self.chosen, self.false_rejection)

    def frontier(self) -> list[Tried]:
        """The thresholds that leave least for what they reject, the narrowest last."""
        found: list[Tried] = []
        usual = sorted(self.tried, key=_changes)
        order = sorted(usual, key=lambda one: _order(one, ""))
        least = float("inf")
        for one in order:
            rejected = one.mean("values")
            if rejected < least - 1e-12:
                least = rejected
                found.append(one)
        return found[::-1]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "false_rejection": self.false_rejection,
            "holds": self.holds,
            "chosen": self.chosen.to_json(),
            "problems": {key: asdict(one) for key, one in self.chosen.held.items()},
            "chosen_without": {key: asdict(one) for key, one in self.honest.items()},
            "skipped": dict(self.skipped),
            "tried": [one.to_json() for one in self.tried],
        }


def gridded(items: Iterable[Item]) -> frozenset[Item]:
    """What a network uses, numbers as points of the common grid.

    Args:
        items: of one network.
    """
    return frozenset(
        (*item[:-1], on_grid(str(item[-2]), item[-1])) if len(item) == 3 else item
        for item in items
    )


def tune(
    known: Mapping[str, Known], false_rejection: float = FALSE_REJECTION
) -> Tuning:
    """Hold every problem out in turn, with every choice of thresholds of `GRID`.

    Args:
        known: key → problem. Those that no other one is near are skipped.
        false_rejection: share of what the best use that may lie outside, above 0 and
            below 1, on average over the problems.

    Raises:
        DataError: fewer than two problems can be held out.
    """
    skipped = {
        key: f"no other problem of the modality {one.modality}"
        for key, one in known.items()
        if not any(other in known for other in one.near)
    }
    left = [key for key in known if key not in skipped]
    if len(left) < 2:
        raise DataError(
            "tuning: expected two or more problems with another one of their "
            f"modality, got {', '.join(left) or 'none'}; add searches of more problems "
            "with `minibench build`"
        )
    classes = {key: one.sets for key, one in known.items()}
    trials = {key: _Trial(key, known, classes) for key in left}
    tried = [
        Tried(chosen, {key: trial.held(chosen) for key, trial in trials.items()})
        for chosen in (Thresholds(*values) for values in product(*GRID.values()))
    ]
    return Tuning(
        false_rejection,
        tried,
        _best(tried, false_rejection),
        {key: _best(tried, false_rejection, key).held[key] for key in left},
        skipped,
    )


def _holds(tried: Tried, false_rejection: float, without: str = "") -> bool:
    return tried.mean("values", without) <= false_rejection + 1e-12


def _order(tried: Tried, without: str) -> tuple[float, float]:
    return tried.mean("left", without), tried.mean("values", without)


def _best(tried: Sequence[Tried], false_rejection: float, without: str = "") -> Tried:
    """The narrowest that rejects few enough; else the one that rejects least.

    Of those that do the same, the one that changes least of what is usual.
    """
    usual = sorted(tried, key=_changes)
    fitting = [one for one in usual if _holds(one, false_rejection, without)]
    if fitting:
        return min(fitting, key=lambda one: _order(one, without))
    return min(usual, key=lambda one: _order(one, without)[::-1])


def _changes(tried: Tried) -> tuple[int, float]:
    """How many of the thresholds are others than usual, and by how much."""
    far = [abs(getattr(tried.thresholds, one) - getattr(USUAL, one)) for one in GRID]
    return sum(one > 0 for one in far), sum(far)


class _Trial:
    """A problem that is held out; equal merges are counted once."""

    def __init__(
        self, key: str, known: Mapping[str, Known], classes: Mapping[str, ClassSets]
    ) -> None:
        own = known[key]
        self._near = {name: one for name, one in own.near.items() if name in known}
        self._classes = {name: classes[name] for name in self._near}
        alike = [one for one in known.values() if one.modality == own.modality]
        self._space = _places(
            items for one in alike for items in (*one.best, *one.others)
        )
        # what was not searched can be neither inside nor outside
        self._best = [
            [item for item in items if item[:-1] in self._space] for items in own.best
        ]
        self._counted: dict[Any, Held] = {}

    def held(self, thresholds: Thresholds) -> Held:
        """What thresholds do to it."""
        weights = merged_problems(self._classes, self._near, thresholds)
        same = tuple(sorted(weights.items())), thresholds.share, thresholds.tail
        if same not in self._counted:
            made = constraint_set(
                list(self._classes.values()), weights, thresholds=thresholds
            )
            self._counted[same] = self._count(made, tuple(sorted(weights)))
        return self._counted[same]

    def _count(self, made: ConstraintSet, merged: tuple[str, ...]) -> Held:
        inside = {
            (*place, value)
            for place, values in self._space.items()
            for value in values
            if is_inside(made, (*place, value))
        }
        outside = [[item not in inside for item in items] for items in self._best]
        return Held(
            fmean(fmean(one) if one else 0.0 for one in outside),
            fmean(any(one) for one in outside),
            fmean(
                sum((*place, value) in inside for value in values) / len(values)
                for place, values in self._space.items()
            ),
            merged,
        )


def _places(networks: Iterable[frozenset[Item]]) -> dict[Item, set[Any]]:
    """Place → the values that networks have there, of places with more than one."""
    found: dict[Item, set[Any]] = {}
    for items in networks:
        for item in items:
            found.setdefault(item[:-1], set()).add(item[-1])
    return {place: values for place, values in found.items() if len(values) > 1}


def is_inside(constraints: ConstraintSet, item: Item) -> bool:
    """Whether a thing that a network uses lies in a constraint set.

    Args:
        constraints: the set; its mode does not matter.
        item: a block, a way to join, or the value of a block's or the recipe's field.
    """
    place, value = str(item[0]), item[-1]
    if place == "merges":
        return constraints.merges is None or constraints.merges.contains(value)
    if place == "recipe":
        fields = constraints.recipe
    else:
        block = str(value) if place == "blocks" else place.partition(".")[2]
        if constraints.blocks is None:
            return True
        if block not in constraints.blocks or place == "blocks":
            return block in constraints.blocks
        fields = constraints.blocks[block]
    domain = fields.get(str(item[1]))
    return domain is None or domain.contains(value)
