"""One population of NEAT: species, fitness sharing, elitism, stagnation, breeding.

CoDeepNEAT has two of these, modules and blueprints; both go through the same code.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Generic, Protocol

import numpy as np
from pydantic import Field

from evonas.config import Settings
from evonas.population.species import G, Genome, Speciation, Species


class PopulationSettings(Settings):
    """How one population is kept. Sources: NEAT (2002) and CoDeepNEAT (2017)."""

    #: genomes
    size: int = Field(ge=2)
    #: species that the threshold steers toward
    species: int = Field(ge=1)
    #: relative step of the compatibility threshold per generation
    threshold_step: float = Field(default=0.2, gt=0, lt=1)
    #: best genomes of each species that live on unchanged
    elitism: int = Field(default=1, ge=0)
    #: share of each species, best first, that may become parents
    survival: float = Field(default=0.5, gt=0, le=1)
    #: share of offspring with two parents
    crossover: float = Field(default=0.25, ge=0, le=1)
    #: share of crossovers whose second parent comes from any species
    interspecies: float = Field(default=0.05, ge=0, le=1)
    #: generations without a better mean after which a species gets no offspring
    stagnation: int = Field(default=15, ge=1)


class Breeder(Protocol[G]):
    """The genetic operators of one kind of genome."""

    def distance(self, a: G, b: G) -> float:
        """Compatibility distance."""

    def mutate(self, genome: G) -> G:
        """A changed copy."""

    def crossover(self, fitter: G, other: G, equal: bool) -> G:
        """A child of two, mutated too; `equal`: their fitness is the same."""


class Population(Generic[G]):
    """Genomes in species, and the step from one generation to the next.

    Fitness never sits on a genome: it is passed in, by genome id.
    """

    def __init__(self, settings: PopulationSettings, breeder: Breeder[G]) -> None:
        self.settings = settings
        self._breeder = breeder
        self._speciation = Speciation(
            breeder.distance, settings.species, step=settings.threshold_step
        )
        self.members: dict[int, G] = {}
        self.species: list[Species[G]] = []
        self.generation = 0

    def found(self, genomes: Sequence[G]) -> None:
        """Take in the first generation."""
        self.members = {genome.genome_id: genome for genome in genomes}
        self.species = self._speciation.found(genomes, self.generation)

    @property
    def threshold(self) -> float:
        """The compatibility threshold now."""
        return self._speciation.threshold

    def of_species(self, species_id: int) -> list[G]:
        """The genomes of one species, in the order they joined."""
        for group in self.species:
            if group.species_id == species_id:
                return [self.members[member] for member in group.members]
        return []

    def evolve(self, fitness: Mapping[int, float], rng: np.random.Generator) -> None:
        """Replace the generation by its offspring.

        Args:
            fitness: genome id → fitness, any finite numbers, higher is better. Genomes
                that were not evaluated are absent: they count neither for nor against
                their species, and may become parents only after those that were.
            rng: the strategy's generator.
        """
        living = self._surviving(fitness)
        shares = self._offspring(living, fitness)
        children: list[G] = []
        for group, count in zip(living, shares, strict=True):
            children += self._reproduce(group, count, fitness, rng)
        self.generation += 1
        self.species = self._speciation.speciate(
            children, living, self.members, rng, self.generation
        )
        self.members = {genome.genome_id: genome for genome in children}

    def parents(self, fitness: Mapping[int, float], group: Species[G]) -> list[G]:
        """The share of a species that may breed, best first."""
        known = [member for member in group.members if member in fitness]
        ranked = ranking(known or group.members, fitness)
        count = max(1, math.ceil(self.settings.survival * len(ranked)))
        return [self.members[member] for member in ranked[:count]]

    def breed(
        self,
        pool: Sequence[G],
        fitness: Mapping[int, float],
        rng: np.random.Generator,
    ) -> G:
        """One child of a species: crossover of two parents, or a mutated copy of one.

        Args:
            pool: the `parents` of the species.
            fitness: tells which of two is the fitter.
            rng: the strategy's generator.
        """
        mother = pool[int(rng.integers(len(pool)))]
        if rng.random() < self.settings.crossover:
            if rng.random() < self.settings.interspecies:
                others = [g for g in self.members.values() if g is not mother]
            else:
                others = [genome for genome in pool if genome is not mother]
            if others:
                father = others[int(rng.integers(len(others)))]
                worst = -math.inf
                first = fitness.get(mother.genome_id, worst)
                second = fitness.get(father.genome_id, worst)
                if second > first:
                    mother, father = father, mother
                return self._breeder.crossover(mother, father, first == second)
        return self._breeder.mutate(mother)

    # One child at a time (asynchronous search) ------------------------------------

    def add_child(
        self, fitness: Mapping[int, float], rng: np.random.Generator, further: int = 0
    ) -> G:
        """Breed one child into the population; `make_room` when it is to stay.

        Args:
            fitness: of the living.
            rng: the strategy's generator.
            further: mutations more than a child has.
        """
        pool = self.parents(fitness, self._due(fitness))
        child = self.breed(pool, fitness, rng)
        for _ in range(further):
            child = self._breeder.mutate(child)
        self.add(child)
        return child

    def add(self, genome: G) -> None:
        """Take a newcomer into the population; `make_room` when it is to stay."""
        self.members[genome.genome_id] = genome
        self._speciation.join(genome, self.species, self.generation)

    def discard(self, genome_id: int) -> None:
        """Take a genome out; unknown ids are ignored."""
        if self.members.pop(genome_id, None) is None:
            return
        for group in self.species:
            if genome_id in group.members:
                group.members.remove(genome_id)
        self.species = [group for group in self.species if group.members]

    def convert(self, change: Callable[[G], G]) -> set[int]:
        """Put `change` of each genome, of the same id, in its place.

        Gives the ids of those that are other objects now.
        """
        old = self.members
        self.members = {key: change(genome) for key, genome in old.items()}
        return {key for key, genome in old.items() if self.members[key] is not genome}

    def species_of(self, genome_id: int) -> int:
        """The species of a living genome."""
        for group in self.species:
            if genome_id in group.members:
                return group.species_id
        raise KeyError(genome_id)

    def turn(self, fitness: Mapping[int, float], rng: np.random.Generator) -> None:
        """A generation's worth of children has come: draw the species up anew.

        Species that stagnate lose their evaluated members, whose places fill with
        children of the others.
        """
        living = {group.species_id for group in self._surviving(fitness)}
        for group in list(self.species):
            if group.species_id not in living:
                for member in [m for m in group.members if m in fitness]:
                    self.discard(member)
        self.generation += 1
        self.species = self._speciation.speciate(
            list(self.members.values()),
            self.species,
            self.members,
            rng,
            self.generation,
        )

    def _due(self, fitness: Mapping[int, float]) -> Species[G]:
        """The species furthest below the share that its fitness gives it."""
        shares = self._offspring(self.species, fitness)
        lacks = [
            (len(group.members) / share if share else math.inf, place)
            for place, (group, share) in enumerate(
                zip(self.species, shares, strict=True)
            )
        ]
        return self.species[min(lacks)[1]]

    def make_room(self, fitness: Mapping[int, float], waiting: Container[int]) -> None:
        """Remove genomes while there are too many.

        It is always the worst one of the species furthest above its share. The best of
        all stays, and so do the genomes that are `waiting` for their first record; one
        that has no record and waits for none is the worst.
        """
        while len(self.members) > self.settings.size:
            dispensable = self._dispensable(fitness, waiting)
            if dispensable is None:
                return
            self.discard(dispensable)

    def _dispensable(
        self, fitness: Mapping[int, float], waiting: Container[int]
    ) -> int | None:
        best = min(self.members, key=_rank(fitness))
        shares = self._offspring(self.species, fitness)
        crowded = sorted(
            zip(self.species, shares, strict=True),
            key=lambda pair: -len(pair[0].members) / max(pair[1], 0.5),
        )
        for group, _ in crowded:
            idle = [
                member
                for member in group.members
                if member != best and (member in fitness or member not in waiting)
            ]
            if idle:
                return max(idle, key=_rank(fitness))
        return None

    def _surviving(self, fitness: Mapping[int, float]) -> list[Species[G]]:
        """Species that get offspring: those that moved lately, and always the best."""
        means = {}
        for group in self.species:
            known = [fitness[m] for m in group.members if m in fitness]
            if known:
                mean = sum(known) / len(known)
                means[group.species_id] = mean
                if group.best is None or mean > group.best:
                    group.best, group.improved = mean, self.generation
        best = max(means, key=lambda key: (means[key], -key), default=None)
        return [
            group
            for group in self.species
            if group.species_id == best
            or self.generation - group.improved < self.settings.stagnation
        ] or self.species[:1]

    def _offspring(
        self, living: Sequence[Species[G]], fitness: Mapping[int, float]
    ) -> list[int]:
        """Children of each species, in proportion to its mean fitness (sharing).

        Fitness is shifted, so that any sign works: the worst species still counts a
        tenth of the range. A species without an evaluated member counts as average.
        """
        means = []
        for group in living:
            known = [fitness[m] for m in group.members if m in fitness]
            means.append(sum(known) / len(known) if known else math.nan)
        finite = [mean for mean in means if not math.isnan(mean)]
        average = sum(finite) / len(finite) if finite else 0.0
        means = [average if math.isnan(mean) else mean for mean in means]
        low, high = min(means), max(means)
        floor = 0.1 * (high - low) or 1.0
        weights = [mean - low + floor for mean in means]
        return apportion(weights, self.settings.size)

    def _reproduce(
        self,
        group: Species[G],
        count: int,
        fitness: Mapping[int, float],
        rng: np.random.Generator,
    ) -> list[G]:
        """`count` genomes: the elite unchanged, the rest bred."""
        ranked = [m for m in ranking(group.members, fitness) if m in fitness]
        elite = ranked[: min(count, self.settings.elitism)]
        children = [self.members[member] for member in elite]
        pool = self.parents(fitness, group)
        while len(children) < count:
            children.append(self.breed(pool, fitness, rng))
        return children

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {
            "members": [genome.to_json() for genome in self.members.values()],
            "species": [group.to_json() for group in self.species],
            "generation": self.generation,
            "speciation": self._speciation.state(),
        }

    def restore(
        self, state: Mapping[str, Any], genome: Callable[[Mapping[str, Any]], G]
    ) -> None:
        """Take over a state written by `state`; `genome` reads one genome."""
        read = [genome(data) for data in state["members"]]
        self.members = {one.genome_id: one for one in read}
        self.species = [Species.from_json(data, genome) for data in state["species"]]
        self.generation = state["generation"]
        self._speciation.restore(state["speciation"])


def ranking(
    members: Sequence[int] | Mapping[int, Any], fitness: Mapping[int, float]
) -> list[int]:
    """Genome ids, best first; ties and the unevaluated (last) by age."""
    return sorted(members, key=_rank(fitness))


def _rank(fitness: Mapping[int, float]) -> Callable[[int], tuple[float, int]]:
    """The key by which the best comes first."""
    return lambda member: (-fitness.get(member, -math.inf), member)


def apportion(weights: Sequence[float], total: int) -> list[int]:
    """Whole numbers that add up to `total`, in proportion to `weights`.

    Largest remainders; while `total` allows, each gets at least one, so that a species
    is lost by stagnation and never by rounding.
    """
    ones = min(len(weights), total)
    order = sorted(range(len(weights)), key=lambda i: (-weights[i], i))
    result = [0] * len(weights)
    for index in order[:ones]:
        result[index] = 1
    spare = total - ones
    if not sys.float_info.min < sum(weights) / max(1, spare) < math.inf:
        largest = max(weights)  # their sum, or a share of it, is beyond a float
        weights = [weight / largest for weight in weights]
    scale = spare / sum(weights)
    exact = [weight * scale for weight in weights]
    for index, value in enumerate(exact):
        result[index] += int(value)
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(exact[i] - int(exact[i])), i)
    )
    for index in by_remainder[: total - sum(result)]:
        result[index] += 1
    return result


__all__ = [
    "Breeder",
    "Genome",
    "Population",
    "PopulationSettings",
    "apportion",
    "ranking",
]
