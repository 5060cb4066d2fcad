"""The recipes of one architecture: what is searched when the network stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Architecture, Shape, Value
from evonas.candidate import Candidate, Recipe
from evonas.errors import ArchitectureError, ConfigError
from evonas.genome.assembly import within_limits
from evonas.genome.features import choice_features
from evonas.genome.genome_space import GenomeSpace
from evonas.space import ConstraintSet, Domain, Space


class RecipeGenomes(GenomeSpace[Recipe]):
    """Recipes for a fixed network of layers; the genome is the recipe itself.

    Args:
        space: gives the recipe's fields and the limits.
        architecture: that every candidate has.
        input_shape: of one sample.

    Raises:
        ConfigError: no field of the recipe can take more than one value.
    """

    def __init__(
        self, space: Space, architecture: Architecture, input_shape: Shape
    ) -> None:
        self._space = space
        self._architecture = architecture
        self._input_shape = input_shape
        self._open = [name for name, _ in space.searched_recipe]
        if not self._open:
            raise ConfigError(
                "space.recipe: expected a field with more than one value to search, "
                "got none; allow more"
            )

    @property
    def choices(self) -> Mapping[str, Domain]:
        """The fields of the space's recipe."""
        return self._space.recipe

    def values(self, genome: Recipe) -> Mapping[str, Value]:
        """The value of every field of the space's recipe."""
        fields = genome.to_json()
        return {name: fields[name] for name in self.choices}

    def from_values(self, values: Mapping[str, Value]) -> Recipe:
        """The recipe with these values."""
        if values.keys() != self.choices.keys():
            odd = sorted(values.keys() ^ self.choices.keys())
            raise ArchitectureError(
                f"recipe: expected a value for each of {', '.join(self.choices)}, got "
                f"more or less: {', '.join(odd)}"
            )
        return Recipe.from_json(values)

    def draw(self, rng: np.random.Generator) -> Recipe:
        """Every field at random."""
        return Recipe.from_json(self._space.draw_recipe(rng))

    def mutate(self, genome: Recipe, rng: np.random.Generator) -> Recipe:
        """One field changed."""
        name = self._open[int(rng.integers(len(self._open)))]
        values = self.values(genome)
        return Recipe.from_json(
            {**values, name: self.choices[name].mutate(values[name], rng)}
        )

    def crossover(
        self, first: Recipe, second: Recipe, rng: np.random.Generator
    ) -> Recipe:
        """Every field from one of the two."""
        ours, theirs = self.values(first), self.values(second)
        from_first = rng.random(len(ours)) < 0.5
        return Recipe.from_json(
            {
                name: ours[name] if mine else theirs[name]
                for name, mine in zip(ours, from_first, strict=True)
            }
        )

    def neighbours(self, genome: Recipe) -> tuple[Recipe, ...] | None:
        """Every recipe that differs in one field; None: a field is continuous."""
        values = self.values(genome)
        found = []
        for name in self._open:
            options = self.choices[name].values()
            if options is None:
                return None
            found += [
                Recipe.from_json({**values, name: option})
                for option in options
                if option != values[name]
            ]
        return tuple(found)

    def decode(self, genome: Recipe) -> Candidate:
        """The architecture with this recipe."""
        return Candidate(self._architecture, genome)

    def refusal(self, candidate: Candidate) -> str:
        """The first of the space's limits that it exceeds: batches need memory."""
        reason = within_limits(candidate, self._space, self._input_shape)
        return f"above {reason}" if reason else ""

    def genome_of(self, candidate: Candidate) -> Recipe | None:
        """The candidate's recipe, if it is one for this network."""
        same = candidate.architecture == self._architecture
        return candidate.recipe if same else None

    def vector(self, genome: Recipe) -> NDArray[np.float64]:
        """All fields, see `choice_features`."""
        return choice_features(self.choices, self.values(genome))

    def graph(self, genome: Recipe) -> None:
        """None: all recipes have the same network."""
        return

    def conform(self, genome: Recipe, rng: np.random.Generator) -> Recipe:
        """With every field whose value left the space drawn anew."""
        values = self.values(genome)
        outside = {
            name: domain.draw(rng)
            for name, domain in self.choices.items()
            if not domain.contains(values[name])
        }
        return Recipe.from_json({**values, **outside}) if outside else genome

    def narrowed(self, constraints: ConstraintSet) -> RecipeGenomes:
        """With what the set allows of the recipe; the network stays."""
        recipe = replace(constraints, blocks=None, merges=None)
        return RecipeGenomes(
            recipe.apply(self._space), self._architecture, self._input_shape
        )

    def to_json(self, genome: Recipe) -> dict[str, Any]:
        """Every field of the recipe."""
        return genome.to_json()

    def from_json(self, data: Any) -> Recipe:
        """The inverse of `to_json`."""
        if not isinstance(data, Mapping):
            raise ArchitectureError(
                f"recipe: expected a mapping of fields, got {type(data).__name__}"
            )
        return Recipe.from_json(data)
