"""The two populations of CoDeepNEAT and what joins them.

Blueprints point at module species; species that die out are replaced in the blueprints
that named them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evonas.genome import (
    BlueprintGenome,
    ModuleGenome,
    MutationRates,
    conform_blueprint,
    conform_module,
    repoint,
)
from evonas.population import Population, PopulationSettings
from evonas.search.breeding import BlueprintBreeder, GenePool, ModuleBreeder

#: blueprint, and the module drawn for each species that it names
Parts = tuple[BlueprintGenome, Mapping[int, ModuleGenome]]


class Coevolution:
    """Modules and blueprints, founded together and evolved together.

    Args:
        pool: what all genomes share.
        modules: settings of the module population.
        blueprints: settings of the blueprint population.
        module_rates: of the mutations of a module.
        blueprint_rates: of the mutations of a blueprint.
    """

    def __init__(
        self,
        pool: GenePool,
        modules: PopulationSettings,
        blueprints: PopulationSettings,
        module_rates: MutationRates,
        blueprint_rates: MutationRates,
    ) -> None:
        self.pool = pool
        self._blueprint_breeder = BlueprintBreeder(pool, blueprint_rates)
        self.modules: Population[ModuleGenome] = Population(
            modules, ModuleBreeder(pool, module_rates)
        )
        self.blueprints: Population[BlueprintGenome] = Population(
            blueprints, self._blueprint_breeder
        )
        #: how often each part was drawn for the generation at hand
        self._drawn: Counter[int] = Counter()

    @property
    def rng(self) -> np.random.Generator:
        """The strategy's generator."""
        return self.pool.rng

    def found(self, times: int, *, minimal: bool) -> None:
        """Make the first generation of both, `times` as large as the later ones."""
        self._drawn.clear()
        self.modules.found(
            [
                self.pool.module(minimal=minimal)
                for _ in range(times * self.modules.settings.size)
            ]
        )
        living = self._note_living()
        self.blueprints.found(
            [
                self.pool.blueprint(living, minimal=minimal)
                for _ in range(times * self.blueprints.settings.size)
            ]
        )

    def evolve(
        self,
        blueprint_fitness: Mapping[int, float],
        module_fitness: Mapping[int, float],
    ) -> None:
        """Replace both generations by their offspring."""
        self.modules.evolve(module_fitness, self.rng)
        self._note_living()
        self.blueprints.evolve(blueprint_fitness, self.rng)
        self._repoint()
        self._drawn.clear()

    def admit(self) -> None:
        """Let as many newcomers drawn from the space into both as they have places."""
        for _ in range(self.modules.settings.size):
            self.modules.add(self.pool.module(minimal=False))
        living = self._note_living()
        for _ in range(self.blueprints.settings.size):
            self.blueprints.add(self.pool.blueprint(living, minimal=False))

    def draw_evenly(self) -> Parts:
        """A blueprint and its modules, each the least often drawn one; ties at random.

        So every part is tried about equally often in a generation, and one that never
        gives a network within the limits does not hold up the others.
        """
        blueprint = self._least_drawn(list(self.blueprints.members.values()))
        return blueprint, {
            species: self._least_drawn(self.modules.of_species(species))
            for species in sorted(blueprint.species)
        }

    def _least_drawn(self, genomes: Sequence[Any]) -> Any:
        fewest = min(self._drawn[genome.genome_id] for genome in genomes)
        least = [g for g in genomes if self._drawn[g.genome_id] == fewest]
        chosen = least[int(self.rng.integers(len(least)))]
        self._drawn[chosen.genome_id] += 1
        return chosen

    # One child at a time ------------------------------------------------------------

    def add_module(
        self, fitness: Mapping[int, float], *, drawn: bool = False
    ) -> ModuleGenome:
        """Breed one module into its population, or have one `drawn` from the space."""
        if drawn:
            child = self.pool.module(minimal=False)
            self.modules.add(child)
        else:
            child = self.modules.add_child(fitness, self.rng)
        self._note_living()
        self._repoint()
        return child

    def add_blueprint(
        self, fitness: Mapping[int, float], *, drawn: bool = False
    ) -> BlueprintGenome:
        """Breed one blueprint into its population, or have one `drawn`."""
        if drawn:
            child = self.pool.blueprint(self._blueprint_breeder.living, minimal=False)
            self.blueprints.add(child)
        else:
            child = self.blueprints.add_child(fitness, self.rng)
        self._repoint()
        return self.blueprints.members[child.genome_id]

    def make_room(
        self,
        blueprint_fitness: Mapping[int, float],
        module_fitness: Mapping[int, float],
        waiting: Container[int],
    ) -> None:
        """Let the worst go, where a child that stays has made one too many.

        `waiting` are the parts of networks whose records are still to come.
        """
        self.modules.make_room(module_fitness, waiting)
        self.blueprints.make_room(blueprint_fitness, waiting)
        self._note_living()
        self._repoint()

    def keep(self, genome_ids: Container[int]) -> None:
        """Take every other genome out."""
        for population in (self.modules, self.blueprints):
            for genome_id in [
                one for one in population.members if one not in genome_ids
            ]:
                population.discard(genome_id)
        self._note_living()
        self._repoint()

    def discard(self, genome_id: int) -> None:
        """Take a child out again of which no new network could be made."""
        self.modules.discard(genome_id)
        self.blueprints.discard(genome_id)
        self._note_living()
        self._repoint()

    def draw_with_module(
        self,
        child: ModuleGenome,
        blueprint_fitness: Mapping[int, float],
        module_fitness: Mapping[int, float],
    ) -> Parts:
        """A network of the child and a good blueprint that names its species."""
        species = self.modules.species_of(child.genome_id)
        naming = [g for g in self.blueprints.members.values() if species in g.species]
        if naming:
            blueprint = self._tournament(naming, blueprint_fitness)
        else:
            # No blueprint names the child's species yet, so one is made for the trial;
            # the id of its own keeps the result from the one that it was made from.
            blueprint = self._tournament(
                list(self.blueprints.members.values()), blueprint_fitness
            )
            blueprint = replace(
                repoint(blueprint, [species], self.rng), genome_id=self.pool.new_id()
            )
        return blueprint, {
            named: child
            if named == species
            else self._tournament(self.modules.of_species(named), module_fitness)
            for named in sorted(blueprint.species)
        }

    def draw_with_blueprint(
        self, child: BlueprintGenome, module_fitness: Mapping[int, float]
    ) -> Parts:
        """A network of this blueprint and good modules."""
        return child, {
            named: self._tournament(self.modules.of_species(named), module_fitness)
            for named in sorted(child.species)
        }

    def turn(
        self,
        blueprint_fitness: Mapping[int, float],
        module_fitness: Mapping[int, float],
    ) -> None:
        """End a generation's worth of single children: species are drawn up anew."""
        self.modules.turn(module_fitness, self.rng)
        self._note_living()
        self.blueprints.turn(blueprint_fitness, self.rng)
        self._repoint()

    def _tournament(self, genomes: Sequence[Any], fitness: Mapping[int, float]) -> Any:
        """The better of two drawn at random; the unevaluated lose."""
        first, second = (
            genomes[int(self.rng.integers(len(genomes)))] for _ in range(2)
        )
        worst = -float("inf")
        better = fitness.get(second.genome_id, worst) > fitness.get(
            first.genome_id, worst
        )
        return second if better else first

    # A narrower space ----------------------------------------------------------------

    def conform(self) -> set[int]:
        """Draw anew what lies outside the pool's space; gives the ids it changed."""
        space, rng = self.pool.space, self.rng
        modules = self.modules.convert(lambda one: conform_module(one, space, rng))
        return modules | self.blueprints.convert(
            lambda one: conform_blueprint(one, space, rng)
        )

    # Extinction ----------------------------------------------------------------------

    def _note_living(self) -> list[int]:
        living = [group.species_id for group in self.modules.species]
        self._blueprint_breeder.living = living
        return living

    def _repoint(self) -> None:
        """Blueprint nodes that named an extinct species get a random living one."""
        living, rng = self._blueprint_breeder.living, self.rng
        self.blueprints.convert(lambda one: repoint(one, living, rng))

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "pool": self.pool.state(),
            "modules": self.modules.state(),
            "blueprints": self.blueprints.state(),
            "drawn": [[genome, count] for genome, count in self._drawn.items()],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self.pool.restore(state["pool"])
        self.modules.restore(state["modules"], ModuleGenome.from_json)
        self.blueprints.restore(state["blueprints"], BlueprintGenome.from_json)
        self._drawn = Counter(dict(state["drawn"]))
        self._note_living()
