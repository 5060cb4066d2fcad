"""The two populations of CoDeepNEAT and what joins them.

Blueprints point at module species; species that die out are replaced in the blueprints
that named them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from evonas.population import Population, PopulationSettings
from evonas.search.parts import Blueprint, Module, PartPool, Parts


class Coevolution:
    """Modules and blueprints, founded together and evolved together.

    Args:
        pool: makes the parts of either population.
        modules: settings of the module population.
        blueprints: settings of the blueprint population.
        module_rates: of the mutations of a module.
        blueprint_rates: of the mutations of a blueprint.
        tournament: of how many drawn the best joins a new part.
    """

    def __init__(
        self,
        pool: PartPool[Any],
        modules: PopulationSettings,
        blueprints: PopulationSettings,
        module_rates: Any,
        blueprint_rates: Any,
        tournament: int = 2,
    ) -> None:
        self.pool = pool
        self._blueprint_breeder = pool.blueprint_breeder(blueprint_rates)
        self.modules: Population[Any] = Population(
            modules, pool.module_breeder(module_rates)
        )
        self.blueprints: Population[Any] = Population(
            blueprints, self._blueprint_breeder
        )
        self._size = tournament
        #: how often each part was drawn for the generation at hand
        self._drawn: Counter[int] = Counter()
        #: every species that some blueprint may name
        self._named: set[int] = set()

    @property
    def rng(self) -> np.random.Generator:
        """The strategy's generator."""
        return self.pool.rng

    def found(self, times: int, *, minimal: bool, given: Sequence[Parts] = ()) -> None:
        """Make the first generation of both, `times` as large as the later ones.

        Args:
            times: so many.
            minimal: whether what is drawn is as small as can be.
            given: parts that are among the founders and count as drawn once; each
                blueprint has names of its own for the modules beside it.
        """
        self._drawn.clear()
        known = {one.genome_id: one for _, own in given for one in own.values()}
        self.modules.found(
            [
                *known.values(),
                *(
                    self.pool.module(minimal=minimal)
                    for _ in range(times * self.modules.settings.size - len(known))
                ),
            ]
        )
        living = self._note_living()
        renamed = [self._named_here(*parts) for parts in given]
        self.blueprints.found(
            [
                *renamed,
                *(
                    self.pool.blueprint(living, minimal=minimal)
                    for _ in range(times * self.blueprints.settings.size - len(renamed))
                ),
            ]
        )
        for blueprint, own in given:
            self._drawn[blueprint.genome_id] += 1
            self._drawn.update({one.genome_id for one in own.values()})

    def _named_here(self, blueprint: Any, modules: Mapping[int, Any]) -> Any:
        """A blueprint that names the species which its modules are in here."""
        names = {
            name: self.modules.species_of(module.genome_id)
            for name, module in modules.items()
        }
        return self.pool.renamed(blueprint, names)

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

    def add_module(self, fitness: Mapping[int, float], further: int = 0) -> Module:
        """Breed one module into its population; see `Population.add_child`."""
        child: Module = self.modules.add_child(fitness, self.rng, further)
        self._note_living()
        self._repoint()
        return child

    def add_blueprint(
        self, fitness: Mapping[int, float], further: int = 0
    ) -> Blueprint:
        """Breed one blueprint into its population; see `Population.add_child`."""
        child = self.blueprints.add_child(fitness, self.rng, further)
        self._repoint()
        # of the same id, but perhaps pointed elsewhere
        bred: Blueprint = self.blueprints.members[child.genome_id]
        return bred

    def add_network(self) -> Parts:
        """Let a module and a blueprint of its species, drawn from the space, join."""
        module = self.pool.module(minimal=False)
        self.modules.add(module)
        self._note_living()
        species = self.modules.species_of(module.genome_id)
        blueprint = self.pool.blueprint([species], minimal=False)
        self.blueprints.add(blueprint)
        return blueprint, {species: module}

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

    def discard(self, genome_ids: Iterable[int]) -> None:
        """Take children out again of which no new network could be made."""
        for genome_id in genome_ids:
            self.modules.discard(genome_id)
            self.blueprints.discard(genome_id)
        self._note_living()
        self._repoint()

    def draw_with_module(
        self,
        child: Module,
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
                self.pool.repoint(blueprint, [species]), genome_id=self.pool.new_id()
            )
        return blueprint, {
            named: child
            if named == species
            else self._tournament(self.modules.of_species(named), module_fitness)
            for named in sorted(blueprint.species)
        }

    def draw_with_blueprint(
        self, child: Blueprint, module_fitness: Mapping[int, float]
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
        """The best of some drawn at random, the first of equals; untried ones lose."""
        drawn = [
            genomes[int(self.rng.integers(len(genomes)))] for _ in range(self._size)
        ]
        worst = -float("inf")
        return max(drawn, key=lambda one: fitness.get(one.genome_id, worst))

    # Other islands -------------------------------------------------------------------

    def immigrate(self, passport: Mapping[str, Any]) -> tuple[int, list[int]] | None:
        """Let the parts of another run's network join the populations.

        Their species are those that they are near to here. Gives the ids of blueprint
        and modules; None where they lie outside the space that this run has now.

        Args:
            passport: as the other's pool gave it.
        """
        blueprint, modules = self.pool.naturalised(passport)
        inside = self.pool.conform_blueprint(blueprint) is blueprint and all(
            self.pool.conform_module(module) is module for module in modules.values()
        )
        if not inside:
            return None
        for module in modules.values():
            self.modules.add(module)
        self._note_living()
        renamed = self._named_here(blueprint, modules)
        self.blueprints.add(renamed)
        # It may name species of which no module came with it.
        self._named.update(renamed.species)
        self._repoint()
        return blueprint.genome_id, [one.genome_id for one in modules.values()]

    # A narrower space ----------------------------------------------------------------

    def conform(self) -> set[int]:
        """Draw anew what lies outside the pool's space; gives the ids it changed."""
        modules = self.modules.convert(self.pool.conform_module)
        return modules | self.blueprints.convert(self.pool.conform_blueprint)

    # Extinction ----------------------------------------------------------------------

    def _note_living(self) -> list[int]:
        living = [group.species_id for group in self.modules.species]
        self._blueprint_breeder.living = living
        self._named.update(living)
        return living

    def _repoint(self) -> None:
        """Blueprint nodes that named an extinct species get a random living one."""
        living = self._blueprint_breeder.living
        if self._named.issubset(living):
            # with thousands of workers there are thousands of blueprints to look at
            return
        self.blueprints.convert(lambda one: self.pool.repoint(one, living))
        self._named = set(living)

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
        self.modules.restore(state["modules"], self.pool.module_from_json)
        self.blueprints.restore(state["blueprints"], self.pool.blueprint_from_json)
        self._drawn = Counter(dict(state["drawn"]))
        self._note_living()
