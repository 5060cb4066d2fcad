"""The genomes of published spaces: cells with a fixed number of named choices."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Value
from evonas.candidate import Candidate
from evonas.cells import Cell, Graph, cell_from_json
from evonas.errors import ArchitectureError, ConfigError, SpaceExhaustedError
from evonas.genome.assembly import excess
from evonas.genome.cell_translation import translate_cell
from evonas.genome.features import choice_features
from evonas.genome.genome_space import GenomeSpace
from evonas.genome.translation import Translation
from evonas.space import Choice, ConstraintSet, Domain, Limits
from evonas.space.text_form import from_values

C = TypeVar("C", bound=Cell)

NO_LIMITS = Limits()

#: draws for one genome before the space is given up
TRIES = 10_000


class CellSpace(GenomeSpace[C], Generic[C]):
    """Cells by their choices; the genome is the cell itself.

    `draw` takes every choice at random and draws again what is no cell: uniform over
    the valid choices, not over cells up to isomorphism.

    Args:
        kind: class of the cells.
        choices: choice → its values; names of operations begin with `op`.
        cell_of: makes the cell of values; ArchitectureError where they are none.
        values_of: the values of a cell, its inverse.
        rates: choice → probability that a mutation changes it; empty: a mutation
            changes exactly one choice.
        touches: choice → vertices of the cell that it is at; those that share one hang
            together. Empty: all do.
        known: keys of the cells that may be asked (those that a table has); None: all.
        limits: of every candidate.
        recipe: names of the choices that are of the training, not of the network.
        tuned: names of the choices that stay open where the topology is held.
    """

    def __init__(
        self,
        kind: type[C],
        choices: Mapping[str, Domain],
        cell_of: Callable[[Mapping[str, Value]], C],
        values_of: Callable[[C], Mapping[str, Value]],
        *,
        rates: Mapping[str, float] = MappingProxyType({}),
        touches: Mapping[str, AbstractSet[int]] = MappingProxyType({}),
        known: Container[str] | None = None,
        limits: Limits = NO_LIMITS,
        recipe: Container[str] = (),
        tuned: Container[str] = (),
    ) -> None:
        self._kind = kind
        self._tuned = tuned
        self._recipe = recipe
        self._choices = MappingProxyType(dict(choices))
        self._cell_of = cell_of
        self._values_of = values_of
        self._rates = rates
        self._touches = touches
        self._known = known
        self._limits = limits
        #: choices that can change
        self._open = [n for n, domain in choices.items() if not domain.constant]

    @property
    def choices(self) -> Mapping[str, Domain]:
        """Choice → its values."""
        return self._choices

    def near(self, name: str) -> frozenset[str]:
        """Choices at one of the vertices that a choice is at."""
        touches = self._touches
        if not touches:
            return super().near(name)
        return frozenset(
            other
            for other in self.choices
            if other != name and touches[other] & touches[name]
        )

    def values(self, genome: C) -> Mapping[str, Value]:
        """The value of every choice."""
        return self._values_of(genome)

    def from_values(self, values: Mapping[str, Value]) -> C:
        """The cell with these values."""
        if values.keys() != self.choices.keys():
            odd = sorted(values.keys() ^ self.choices.keys())
            raise ArchitectureError(
                f"{self._kind.kind}: expected a value for each of "
                f"{', '.join(self.choices)}, got more or less: {', '.join(odd)}"
            )
        return self._cell_of(values)

    def draw(self, rng: np.random.Generator) -> C:
        """A cell at random."""
        return self._first(
            lambda: {name: domain.draw(rng) for name, domain in self.choices.items()}
        )

    def mutate(self, genome: C, rng: np.random.Generator) -> C:
        """One choice changed; or each with its rate, until the cell is another one."""
        values = self._values_of(genome)

        def changed() -> Mapping[str, Value]:
            if not self._rates:
                names = [self._open[int(rng.integers(len(self._open)))]]
            else:
                drawn = rng.random(len(self._open))
                names = [
                    name
                    for name, number in zip(self._open, drawn, strict=True)
                    if number < self._rates[name]
                ]
            new = {name: self.choices[name].mutate(values[name], rng) for name in names}
            return {**values, **new}

        if not self._open:
            return genome
        return self._first(changed, unlike=genome)

    def crossover(self, first: C, second: C, rng: np.random.Generator) -> C:
        """Every choice from one of the two; a parent where that gives no cell."""
        ours, theirs = self._values_of(first), self._values_of(second)
        from_first = rng.random(len(ours)) < 0.5
        try:
            return self._cell_of(
                {
                    name: ours[name] if mine else theirs[name]
                    for name, mine in zip(ours, from_first, strict=True)
                }
            )
        except ArchitectureError:
            return first

    def neighbours(self, genome: C) -> tuple[C, ...]:
        """Every cell that differs in one choice."""
        values = self._values_of(genome)
        found = []
        for name in self._open:
            for value in self.choices[name].values() or ():
                if value == values[name]:
                    continue
                try:
                    found.append(self._cell_of({**values, name: value}))
                except ArchitectureError:
                    continue
        return tuple(found)

    def decode(self, genome: C) -> Candidate:
        """The candidate, whose architecture waits to be asked for."""
        return Candidate.of(genome)

    def refusal(self, candidate: Candidate) -> str:
        """That it is not in the table, or which limit it exceeds."""
        cell = candidate.cell
        if self._known is not None and (cell is None or cell.key() not in self._known):
            return "not in the table"
        if cell is None or self._limits == NO_LIMITS:
            return ""
        reason = excess(candidate, self._limits, cell.input_shape)
        return f"above {reason}" if reason else ""

    def genome_of(self, candidate: Candidate) -> C | None:
        """The candidate's cell, if it is one of this kind."""
        return candidate.cell if isinstance(candidate.cell, self._kind) else None

    def translate(self, candidate: Candidate) -> Translation[C] | None:
        """See `cell_translation.py`."""
        return translate_cell(candidate, self, self._kind)

    def vector(self, genome: C) -> NDArray[np.float64]:
        """All choices, see `choice_features`."""
        return choice_features(self._choices, self._values_of(genome))

    def graph(self, genome: C) -> Graph | None:
        """The cell's own."""
        return genome.graph()

    def conform(self, genome: C, rng: np.random.Generator) -> C:
        """With every choice whose value left the space drawn anew."""
        values = self._values_of(genome)
        outside = [n for n, one in self.choices.items() if not one.contains(values[n])]
        if not outside:
            return genome
        return self._first(
            lambda: {**values, **{n: self.choices[n].draw(rng) for n in outside}}
        )

    def narrowed(self, constraints: ConstraintSet) -> CellSpace[C]:
        """With only the values that the set allows, or with those drawn more often.

        A set names values of the choices themselves; or operations as blocks
        (`nor_conv_3x3: {}`), and other values as recipe fields.
        """
        if constraints.mode == "off":
            return self
        return self._with(
            {n: _narrowed(n, one, constraints) for n, one in self.choices.items()}
        )

    @property
    def recipe(self) -> Mapping[str, Domain]:
        """The choices that are of the training."""
        return {n: one for n, one in self.choices.items() if n in self._recipe}

    def holding(
        self, base: Candidate, *, part: Literal["architecture", "recipe"]
    ) -> CellSpace[C]:
        """With only one part to choose; the other is as in a candidate of this space.

        Args:
            base: has what is held.
            part: that stays open.

        Raises:
            ConfigError: this part has nothing to choose, or the candidate is no cell of
                this kind.
        """
        cell = self.genome_of(base)
        names = [n for n in self._open if (n in self._recipe) == (part == "recipe")]
        if cell is None or not names:
            raise ConfigError(
                f"sequence.first: expected cells with choices of the {part}, got "
                f"{self._kind.kind}, which has none; remove the section"
            )
        return self._open_only(names, cell)

    def holding_topology(self, candidate: Candidate) -> CellSpace[C]:
        """With operations and edges held; what is no structure stays open."""
        names = [name for name in self._open if name in self._tuned]
        if not names:
            raise ConfigError(
                "topology: expected cells with choices that are no operation and no "
                f"edge, got {self._kind.kind}, whose cells have none; leave the "
                "topology out"
            )
        found = self.translate(candidate)
        if found is None:
            raise ConfigError(
                f"topology: expected a network like one of {self._kind.kind}, got one "
                "that has nothing in common with them; take another one"
            )
        return self._open_only(names, found.genome)

    def _open_only(self, names: Container[str], cell: C) -> CellSpace[C]:
        """With only these choices to choose; the others are as in a cell."""
        values = self._values_of(cell)
        return self._with(
            {
                name: domain if name in names else Choice((values[name],))
                for name, domain in self.choices.items()
            }
        )

    def _with(self, choices: Mapping[str, Domain]) -> CellSpace[C]:
        """The same space with other values of its choices."""
        return CellSpace(
            self._kind,
            choices,
            self._cell_of,
            self._values_of,
            rates=self._rates,
            touches=self._touches,
            known=self._known,
            limits=self._limits,
            recipe=self._recipe,
            tuned=self._tuned,
        )

    def to_json(self, genome: C) -> dict[str, Any]:
        """Plain JSON form of a cell."""
        return genome.to_json()

    def from_json(self, data: Any) -> C:
        """The inverse of `to_json`."""
        cell = cell_from_json(data)
        if not isinstance(cell, self._kind):
            raise ArchitectureError(
                f"cell: expected one of kind {self._kind.kind}, got {cell.kind}"
            )
        return cell

    def _first(
        self, values: Callable[[], Mapping[str, Value]], unlike: C | None = None
    ) -> C:
        """The first of the drawn values that are a cell, and not this one."""
        for _ in range(TRIES):
            try:
                cell = self._cell_of(values())
            except ArchitectureError:
                continue
            if cell != unlike:
                return cell
        raise SpaceExhaustedError(
            f"{self._kind.kind}: expected a valid cell in {TRIES} draws, got none; "
            "allow more values"
        )


def _narrowed(name: str, domain: Domain, constraints: ConstraintSet) -> Domain:
    """What a constraint set makes of a choice."""
    place, allowed = f"choices.{name}", constraints.choices.get(name)
    if allowed is None and name in constraints.recipe:
        place, allowed = f"recipe.{name}", constraints.recipe[name]
    elif allowed is None and constraints.blocks is not None and name.startswith("op"):
        # operations are named as blocks are, at whatever place of the cell
        kept = [one for one in domain.values() or () if one in constraints.blocks]
        place = "blocks"
        if kept:
            allowed = from_values(kept)
        elif constraints.mode == "hard":
            raise ConfigError(
                f"the constraint set allows none of the values of {name}: the space "
                f"has {domain.to_json()!r}; widen one of them"
            )
    return constraints.restricted(domain, allowed, place)
