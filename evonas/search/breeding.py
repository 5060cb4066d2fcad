"""The genetic operators of modules and blueprints, as populations use them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evonas.genome import (
    BlueprintGenome,
    InnovationLedger,
    ModuleGenome,
    MutationRates,
    crossover,
    distance,
    initial_blueprint,
    initial_module,
    mutate_blueprint,
    mutate_module,
    random_blueprint,
    random_module,
)
from evonas.space import Space


class GenePool:
    """What all genomes of a run share: space, ledger, generator, genome ids.

    Args:
        space: what may be drawn; may be narrowed during the run.
        rng: the strategy's one generator.
    """

    def __init__(self, space: Space, rng: np.random.Generator) -> None:
        self.space = space
        self.rng = rng
        self.ledger = InnovationLedger()
        self._next_id = 1

    def new_id(self) -> int:
        """A genome id never used before in this run."""
        self._next_id += 1
        return self._next_id - 1

    def module(self, *, minimal: bool) -> ModuleGenome:
        """A new module: one node, or a random graph of up to the space's size."""
        make = initial_module if minimal else random_module
        return make(self.space, self.ledger, self.rng, self.new_id())

    def blueprint(self, species: Sequence[int], *, minimal: bool) -> BlueprintGenome:
        """A new blueprint that points at some of the given module species."""
        make = initial_blueprint if minimal else random_blueprint
        return make(self.space, self.ledger, self.rng, self.new_id(), species)

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on; without space and generator."""
        return {"ledger": self.ledger.state(), "next_id": self._next_id}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self.ledger.restore(state["ledger"])
        self._next_id = state["next_id"]


class ModuleBreeder:
    """Operators of module genomes (a `population.Breeder`)."""

    def __init__(self, pool: GenePool, rates: MutationRates) -> None:
        self._pool = pool
        self._rates = rates

    def distance(self, a: ModuleGenome, b: ModuleGenome) -> float:
        """Compatibility distance."""
        return distance(a, b, self._pool.space)

    def mutate(self, genome: ModuleGenome) -> ModuleGenome:
        """A copy with at least one change."""
        pool = self._pool
        return mutate_module(
            genome, pool.space, pool.ledger, pool.rng, self._rates, pool.new_id()
        )

    def crossover(
        self, fitter: ModuleGenome, other: ModuleGenome, equal: bool
    ) -> ModuleGenome:
        """A child of two, with at least one change."""
        child = crossover(fitter, other, self._pool.rng, fitter.genome_id, equal=equal)
        return replace(self.mutate(child), parents=child.parents)


class BlueprintBreeder:
    """Operators of blueprint genomes (a `population.Breeder`).

    `living` are the module species that mutation may point at; the strategy sets it
    whenever they change.
    """

    def __init__(self, pool: GenePool, rates: MutationRates) -> None:
        self._pool = pool
        self._rates = rates
        self.living: Sequence[int] = ()

    def distance(self, a: BlueprintGenome, b: BlueprintGenome) -> float:
        """Compatibility distance."""
        return distance(a, b, self._pool.space)

    def mutate(self, genome: BlueprintGenome) -> BlueprintGenome:
        """A copy with at least one change."""
        pool = self._pool
        return mutate_blueprint(
            genome,
            pool.space,
            pool.ledger,
            pool.rng,
            self._rates,
            pool.new_id(),
            self.living,
        )

    def crossover(
        self, fitter: BlueprintGenome, other: BlueprintGenome, equal: bool
    ) -> BlueprintGenome:
        """A child of two, with at least one change."""
        child = crossover(fitter, other, self._pool.rng, fitter.genome_id, equal=equal)
        return replace(self.mutate(child), parents=child.parents)
