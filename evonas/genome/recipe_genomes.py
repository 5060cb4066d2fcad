"""The recipes of one architecture: what is searched when the network stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from evonas.architecture import Architecture, Shape, Value
from evonas.candidate import Candidate, Recipe
from evonas.errors import ArchitectureError, ConfigError
from evonas.genome.assembly import within_limits
from evonas.genome.choice_genomes import ChoiceGenomes
from evonas.genome.fitting import fitted_recipe
from evonas.genome.nearness import distance, profile
from evonas.genome.translation import Translation
from evonas.space import ConstraintSet, Space


class RecipeGenomes(ChoiceGenomes[Recipe]):
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
        super().__init__(space.recipe)
        self._space = space
        self._architecture = architecture
        self._input_shape = input_shape
        if not self._open:
            raise ConfigError(
                "space.recipe: expected a field with more than one value to search, "
                "got none; allow more"
            )

    def values(self, genome: Recipe) -> Mapping[str, Value]:
        """The value of every field of the space's recipe."""
        fields = genome.to_json()
        return {name: fields[name] for name in self.choices}

    def made(self, values: Mapping[str, Value]) -> Recipe:
        """The recipe with these values."""
        return Recipe.from_json(values)

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

    def translate(self, candidate: Candidate) -> Translation[Recipe] | None:
        """The nearest recipe, whatever network it was good for."""
        try:
            values, words = fitted_recipe(candidate.recipe, self._space)
        except ConfigError:
            return None
        if candidate.architecture.fingerprint() != self._architecture.fingerprint():
            words.insert(0, "network: another one")
        far = distance(profile(candidate.architecture), profile(self._architecture))
        return Translation(self.made(values), tuple(words), far)

    def graph(self, genome: Recipe) -> None:
        """None: all recipes have the same network."""
        return

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
