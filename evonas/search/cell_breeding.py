"""The parts of cells, and their genetic operators, as populations use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.genome import (
    CellBlueprint,
    CellModule,
    CellMutationRates,
    CellParts,
    GenomeSpace,
)
from evonas.search.parts import NO_SPECIES, PartPool, Parts
from evonas.space import ConstraintSet


class CellPool(PartPool[CellParts]):
    """Sub-graphs of a space's cells.

    Args:
        genomes: what is searched.
        rng: the strategy's one generator.
        largest: most choices in a module.
    """

    def __init__(
        self, genomes: GenomeSpace[Any], rng: np.random.Generator, largest: int
    ) -> None:
        super().__init__(CellParts(genomes, largest), rng)
        self._whole = genomes
        self._largest = largest

    def module(self, *, minimal: bool) -> CellModule:
        """A part of a cell that is drawn: one choice, or up to the largest number."""
        return self.space.module(self.rng, self.new_id(), minimal=minimal)

    def blueprint(self, species: Sequence[int], *, minimal: bool) -> CellBlueprint:
        """A cell that is drawn, with places for modules."""
        return self.space.blueprint(self.rng, self.new_id(), species, minimal=minimal)

    def module_breeder(self, rates: CellMutationRates) -> CellModuleBreeder:
        """The operators of modules."""
        return CellModuleBreeder(self, rates)

    def blueprint_breeder(self, rates: CellMutationRates) -> CellBlueprintBreeder:
        """The operators of blueprints."""
        return CellBlueprintBreeder(self, rates)

    def repoint(self, blueprint: CellBlueprint, living: Sequence[int]) -> CellBlueprint:
        """Places that name a vanished species name a living one."""
        if blueprint.species <= set(living):
            return blueprint
        rng = self.rng
        return replace(
            blueprint,
            places=tuple(
                species if species in living else living[int(rng.integers(len(living)))]
                for species in blueprint.places
            ),
        )

    def renamed(
        self, blueprint: CellBlueprint, species: Mapping[int, int]
    ) -> CellBlueprint:
        """Places name species by other names."""
        places = tuple(species.get(name, NO_SPECIES) for name in blueprint.places)
        return replace(blueprint, places=places)

    def parts_of(
        self, candidate: Candidate, input_shape: Shape, outputs: int
    ) -> Parts | None:
        """The whole cell, and a sub-graph of it."""
        found = self.space.genomes.translate(candidate)
        return None if found is None else self.space.split(found.genome, self.rng)

    def narrow(self, constraints: ConstraintSet) -> None:
        """Draw values of the restricted space from now on."""
        self.space = CellParts(self._whole.narrowed(constraints), self._largest)

    def conform_module(self, module: CellModule) -> CellModule:
        """With every value that left the space drawn anew."""
        return self.space.conformed_module(module, self.rng)

    def conform_blueprint(self, blueprint: CellBlueprint) -> CellBlueprint:
        """With every value that left the space drawn anew."""
        return self.space.conformed_blueprint(blueprint, self.rng)

    def module_from_json(self, data: Mapping[str, Any]) -> CellModule:
        """The inverse of `CellModule.to_json`."""
        return CellModule.from_json(data)

    def blueprint_from_json(self, data: Mapping[str, Any]) -> CellBlueprint:
        """The inverse of `CellBlueprint.to_json`."""
        return CellBlueprint.from_json(data)


class CellModuleBreeder:
    """Operators of cell modules (a `population.Breeder`)."""

    def __init__(self, pool: CellPool, rates: CellMutationRates) -> None:
        self._pool = pool
        self._rates = rates

    def distance(self, a: CellModule, b: CellModule) -> float:
        """Compatibility distance."""
        return self._pool.space.module_distance(a, b)

    def mutate(self, genome: CellModule) -> CellModule:
        """A copy with at least one change."""
        pool = self._pool
        return pool.space.mutated_module(genome, pool.rng, self._rates, pool.new_id())

    def crossover(
        self, fitter: CellModule, other: CellModule, equal: bool
    ) -> CellModule:
        """A child of two, with at least one change."""
        child = self._pool.space.crossed_modules(fitter, other, self._pool.rng)
        parents = (fitter.genome_id, other.genome_id)
        return replace(self.mutate(child), parents=parents)


class CellBlueprintBreeder:
    """Operators of cell blueprints (a `parts.BlueprintBreeder`)."""

    def __init__(self, pool: CellPool, rates: CellMutationRates) -> None:
        self._pool = pool
        self._rates = rates
        self.living: Sequence[int] = ()

    def distance(self, a: CellBlueprint, b: CellBlueprint) -> float:
        """Compatibility distance."""
        return self._pool.space.blueprint_distance(a, b)

    def mutate(self, genome: CellBlueprint) -> CellBlueprint:
        """A copy with at least one change."""
        pool = self._pool
        return pool.space.mutated_blueprint(
            genome, pool.rng, self._rates, pool.new_id(), self.living
        )

    def crossover(
        self, fitter: CellBlueprint, other: CellBlueprint, equal: bool
    ) -> CellBlueprint:
        """A child of two, with at least one change."""
        child = self._pool.space.crossed_blueprints(fitter, other, self._pool.rng)
        parents = (fitter.genome_id, other.genome_id)
        return replace(self.mutate(child), parents=parents)
