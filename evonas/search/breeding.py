"""The parts of networks of layers, and their genetic operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from evonas.advice import ACCEPTED, Stage, Verdict
from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.genome import (
    BlueprintGenome,
    InnovationLedger,
    ModuleGenome,
    MutationRates,
    Target,
    conform_blueprint,
    conform_module,
    crossover,
    distance,
    initial_blueprint,
    initial_module,
    mutate_blueprint,
    mutate_module,
    random_blueprint,
    random_module,
    repoint,
    translate_network,
)
from evonas.search.parts import NO_SPECIES, PartPool, Parts
from evonas.space import ConstraintSet, Space

GenomeT = TypeVar("GenomeT", ModuleGenome, BlueprintGenome)


class GenePool(PartPool[Space]):
    """Graphs of blocks, with the ledger of their historical markings."""

    def __init__(
        self,
        space: Space,
        rng: np.random.Generator,
        judge: Callable[[Any, Stage], Verdict] = lambda _module, _stage: ACCEPTED,
    ) -> None:
        super().__init__(space, rng, judge)
        self._whole = space
        self.ledger = InnovationLedger()

    def module(self, *, minimal: bool) -> ModuleGenome:
        """A new module: one node, or a random graph of up to the space's size."""
        make = initial_module if minimal else random_module
        return self.judged(
            lambda: make(self.space, self.ledger, self.rng, self.new_id()), "initialise"
        )

    def blueprint(self, species: Sequence[int], *, minimal: bool) -> BlueprintGenome:
        """A new blueprint that points at some of the given module species."""
        make = initial_blueprint if minimal else random_blueprint
        return make(self.space, self.ledger, self.rng, self.new_id(), species)

    def module_breeder(self, rates: MutationRates) -> ModuleBreeder:
        """The operators of modules."""
        return ModuleBreeder(self, rates)

    def blueprint_breeder(self, rates: MutationRates) -> BlueprintBreeder:
        """The operators of blueprints."""
        return BlueprintBreeder(self, rates)

    def repoint(
        self, blueprint: BlueprintGenome, living: Sequence[int]
    ) -> BlueprintGenome:
        """Nodes that name a vanished species name a living one."""
        return repoint(blueprint, living, self.rng)

    def renamed(
        self, blueprint: BlueprintGenome, species: Mapping[int, int]
    ) -> BlueprintGenome:
        """Nodes name species by other names."""
        nodes = tuple(
            replace(gene, species=species.get(gene.species, NO_SPECIES))
            for gene in blueprint.nodes
        )
        return replace(blueprint, nodes=nodes)

    def passport(self, parts: Parts) -> dict[str, Any]:
        """The parts, and the events that their markings stand for."""
        blueprint, modules = parts
        markings = set(blueprint.markings).union(
            *(m.markings for m in modules.values())
        )
        return {**super().passport(parts), "history": self.ledger.history(markings)}

    def naturalised(self, passport: Mapping[str, Any]) -> Parts:
        """The parts with the markings that their events have in this run."""
        here = self.ledger.replay(passport["history"])
        blueprint, modules = super().naturalised(passport)
        return _marked(blueprint, here), {
            name: _marked(module, here) for name, module in modules.items()
        }

    def parts_of(
        self, candidate: Candidate, input_shape: Shape, outputs: int
    ) -> Parts | None:
        """As `translate_network` finds them: equal structures have equal markings."""
        target = Target(self.space, input_shape, outputs)
        found = translate_network(candidate, target, self.ledger)
        return None if found is None else found.genome

    def narrow(self, constraints: ConstraintSet) -> None:
        """Draw blocks and recipes of the restricted space from now on."""
        self.space = constraints.apply(self._whole)

    def conform_module(self, module: ModuleGenome) -> ModuleGenome:
        """See `evonas.genome.conform_module`."""
        return conform_module(module, self.space, self.rng)

    def conform_blueprint(self, blueprint: BlueprintGenome) -> BlueprintGenome:
        """See `evonas.genome.conform_blueprint`."""
        return conform_blueprint(blueprint, self.space, self.rng)

    def module_from_json(self, data: Mapping[str, Any]) -> ModuleGenome:
        """The inverse of `ModuleGenome.to_json`."""
        return ModuleGenome.from_json(data)

    def blueprint_from_json(self, data: Mapping[str, Any]) -> BlueprintGenome:
        """The inverse of `BlueprintGenome.to_json`."""
        return BlueprintGenome.from_json(data)

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on; without space and generator."""
        return {"ledger": self.ledger.state(), **super().state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self.ledger.restore(state["ledger"])
        super().restore(state)


def _marked(genome: GenomeT, here: Mapping[int, int]) -> GenomeT:
    """A genome with other markings for its genes."""
    nodes = tuple(replace(gene, marking=here[gene.marking]) for gene in genome.nodes)
    connections = tuple(
        replace(
            gene,
            marking=here[gene.marking],
            source=here[gene.source],
            target=here[gene.target],
        )
        for gene in genome.connections
    )
    return replace(genome, nodes=nodes, connections=connections)


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
        return self._pool.judged(lambda: self._mutated(genome), "mutate")

    def _mutated(self, genome: ModuleGenome) -> ModuleGenome:
        pool = self._pool
        return mutate_module(
            genome, pool.space, pool.ledger, pool.rng, self._rates, pool.new_id()
        )

    def crossover(
        self, fitter: ModuleGenome, other: ModuleGenome, equal: bool
    ) -> ModuleGenome:
        """A child of two, with at least one change."""

        def joined() -> ModuleGenome:
            rng = self._pool.rng
            child = crossover(fitter, other, rng, fitter.genome_id, equal=equal)
            return replace(self._mutated(child), parents=child.parents)

        return self._pool.judged(joined, "crossover")


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
