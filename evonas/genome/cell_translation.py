"""Networks of any origin as cells of a published space.

A network of the space itself is read back, see `cell_reading.py`; for another one the
nearest cell is looked for, from a few places, by `nearness`. The recipe counts where
cells have one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import log2
from typing import Protocol, TypeVar

import numpy as np

from evonas.architecture import Value
from evonas.candidate import Candidate, Recipe
from evonas.cells import Cell
from evonas.errors import ArchitectureError
from evonas.genome.cell_reading import read_cell
from evonas.genome.climbing import climbed
from evonas.genome.fitting import nearest
from evonas.genome.nearness import Profile, distance, profile
from evonas.genome.translation import Translation
from evonas.space import Domain
from evonas.space.domains import is_number

#: places where the search for the nearest cell begins, and cells that it may look at
STARTS, LIMIT = 4, 500
#: what a recipe counts beside the network, where cells differ in it
_RECIPE = 0.1
#: factors between numbers of recipes that are as far apart as can be: 2 to this
_FAR = 10.0

C = TypeVar("C", bound=Cell)


class _Cells(Protocol[C]):
    """What is asked of a space of cells."""

    @property
    def choices(self) -> Mapping[str, Domain]:
        """Choice → its values."""

    @property
    def recipe(self) -> Mapping[str, Domain]:
        """The choices that are of the training."""

    def values(self, genome: C) -> Mapping[str, Value]:
        """The value of every choice."""

    def from_values(self, values: Mapping[str, Value]) -> C:
        """The cell with these values."""

    def draw(self, rng: np.random.Generator) -> C:
        """A cell at random."""

    def neighbours(self, genome: C) -> tuple[C, ...] | None:
        """Every cell that differs in one choice."""


def translate_cell(
    candidate: Candidate, cells: _Cells[C], kind: type[C]
) -> Translation[C] | None:
    """The cell that a candidate is, or the nearest that was found.

    Args:
        candidate: of any origin.
        cells: the space.
        kind: of its cells.

    Returns:
        None where nothing of the network is in any cell that was looked at.
    """
    starts: list[C] = []
    cell = read_cell(candidate, kind.kind)
    if isinstance(cell, kind):
        own = _in_space(cell, cells)
        if own is not None and _close(own, cell, cells):
            return _told(own, cell, candidate, cells)
        starts += [] if own is None else [own]
    rng = np.random.default_rng(0)
    starts += [cells.draw(rng) for _ in range(STARTS - len(starts))]
    found = climbed(cells, starts, _measure(candidate, bool(cells.recipe)), LIMIT)
    if found is None:
        return None
    far = distance(profile_of(found[0]), _profile_of(candidate))
    word = f"network: the nearest {kind.kind} cell that was found"
    return None if far >= 1 else Translation(found[0], (word,), far)


def _in_space(cell: C, cells: _Cells[C]) -> C | None:
    """The cell with each choice's nearest value; None where they make no cell."""
    values = cells.values(cell)
    fitted = {name: nearest(one, values[name]) for name, one in cells.choices.items()}
    try:
        return cells.from_values(fitted)
    except ArchitectureError:
        return None


def _close(own: C, cell: C, cells: _Cells[C]) -> bool:
    """Whether no other cell of the space is nearer to one of the same kind."""
    given, made = cells.values(cell), cells.values(own)
    changed = [name for name in made if made[name] != given[name]]
    if not changed:
        # a space of fewer vertices may have cut it
        return own.key().partition(":")[2] == cell.key().partition(":")[2]
    # the nearest value of several without an order is any of them
    return all(is_number(given[n]) or cells.choices[n].constant for n in changed)


def _told(own: C, cell: C, candidate: Candidate, cells: _Cells[C]) -> Translation[C]:
    """The translation by the choices alone."""
    given, made = cells.values(cell), cells.values(own)
    words = [f"{n}: {given[n]} is {made[n]} here" for n in made if made[n] != given[n]]
    far = distance(profile_of(own), profile_of(cell)) if words else 0.0
    if Candidate.of(own).recipe != candidate.recipe:
        words.append("recipe: that of the table")
    return Translation(own, tuple(words), far)


def _measure(candidate: Candidate, with_recipe: bool) -> Callable[[Cell], float]:
    wanted = _profile_of(candidate)

    def apart(cell: Cell) -> float:
        far = distance(profile_of(cell), wanted)
        if with_recipe:
            far += _RECIPE * _recipes_apart(Candidate.of(cell).recipe, candidate.recipe)
        return far

    return apart


def _profile_of(candidate: Candidate) -> Profile:
    cell = candidate.cell
    return profile(candidate.architecture) if cell is None else profile_of(cell)


@lru_cache(maxsize=20_000)
def profile_of(cell: Cell) -> Profile:
    """What of a cell's network is compared; unrolling it takes long.

    Args:
        cell: of any kind.
    """
    return profile(cell.architecture())


def _recipes_apart(first: Recipe, second: Recipe) -> float:
    """From 0, equal, to 1: mean over the fields, of numbers by their factors."""
    ours, theirs = first.to_json(), second.to_json()
    far = 0.0
    for name, value in ours.items():
        other = theirs[name]
        if value == other:
            continue
        if is_number(value) and is_number(other) and value > 0 and other > 0:
            far += min(1.0, abs(log2(value / other)) / _FAR)
        else:
            far += 1.0
    return far / len(ours)
