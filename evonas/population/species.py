"""Species: genomes grouped by compatibility (Stanley & Miikkulainen 2002, 3.3).

A genome joins the first species whose representative is nearer than the threshold,
otherwise it founds one. The threshold moves both ways toward a target count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np


class Genome(Protocol):
    """What a population needs of a genome: an identity and a JSON form."""

    @property
    def genome_id(self) -> int:
        """Unique within its population's whole history."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""


G = TypeVar("G", bound=Genome)


@dataclass(slots=True)
class Species(Generic[G]):
    """One niche of a population.

    Attributes:
        species_id: never used again after extinction.
        representative: genome that newcomers are compared with.
        members: genome ids, in the order they joined.
        best: highest mean fitness so far; None before the first evaluation.
        improved: generation in which `best` was last raised, or the species founded.
    """

    species_id: int
    representative: G
    members: list[int] = field(default_factory=list)
    best: float | None = None
    improved: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain JSON form."""
        return {
            "species_id": self.species_id,
            "representative": self.representative.to_json(),
            "members": list(self.members),
            "best": self.best,
            "improved": self.improved,
        }

    @classmethod
    def from_json(
        cls, data: Mapping[str, Any], genome: Callable[[Mapping[str, Any]], G]
    ) -> Species[G]:
        """The inverse of `to_json`; `genome` reads the representative."""
        return cls(
            data["species_id"],
            genome(data["representative"]),
            list(data["members"]),
            data["best"],
            data["improved"],
        )


class Speciation(Generic[G]):
    """Assigns genomes to species and steers the threshold.

    Args:
        distance: symmetric compatibility distance, 0 for equal genomes.
        target: species wanted.
        threshold: distance below which two genomes belong together, at the start.
        step: relative change of the threshold after an assignment that missed the
            target: times (1 + step) when there were too many, divided by it when there
            were too few.
    """

    #: the threshold never leaves this range, so that it can always come back
    BOUNDS = (1e-3, 1e3)
    #: halvings when the first generation looks for its threshold
    BISECTIONS = 16

    def __init__(
        self,
        distance: Callable[[G, G], float],
        target: int,
        threshold: float = 0.3,
        step: float = 0.1,
    ) -> None:
        self._distance = distance
        self.target = target
        self.threshold = threshold
        self.step = step
        self.next_id = 1

    def found(self, genomes: Sequence[G], generation: int = 0) -> list[Species[G]]:
        """Species of a first generation.

        The threshold is searched by bisection, so that the run does not spend its first
        generations on finding it: the smallest one found that gives the target count,
        or else the nearest count.
        """
        low, high = self.BOUNDS
        best = (math.inf, self.threshold)
        for _ in range(self.BISECTIONS):
            self.threshold = (low * high) ** 0.5
            count = self._count(genomes)
            best = min(best, (abs(count - self.target), self.threshold))
            if count > self.target:
                low = self.threshold
            else:
                high = self.threshold
        self.threshold = best[1]
        return self._numbered(self._assign(genomes, [], generation))

    def speciate(
        self,
        genomes: Sequence[G],
        previous: Sequence[Species[G]],
        members: Mapping[int, G],
        rng: np.random.Generator,
        generation: int,
    ) -> list[Species[G]]:
        """Species of the next generation; ids of surviving species stay.

        Args:
            genomes: the new generation.
            previous: the last generation's species that live on.
            members: id → genome of the last generation.
            rng: draws each species' representative from its former members.
            generation: number of the new generation.
        """
        continued = [
            Species(
                group.species_id,
                members[group.members[int(rng.integers(len(group.members)))]],
                [],
                group.best,
                group.improved,
            )
            for group in previous
        ]
        species = self._numbered(self._assign(genomes, continued, generation))
        low, high = self.BOUNDS
        if len(species) > self.target:
            self.threshold = min(high, self.threshold * (1 + self.step))
        elif len(species) < self.target:
            self.threshold = max(low, self.threshold / (1 + self.step))
        return species

    def join(self, genome: G, species: list[Species[G]], generation: int) -> None:
        """Put one newcomer into the first species near enough, or into a new one."""
        for group in species:
            if self._distance(genome, group.representative) < self.threshold:
                group.members.append(genome.genome_id)
                return
        species.append(
            Species(self.next_id, genome, [genome.genome_id], improved=generation)
        )
        self.next_id += 1

    def _assign(
        self, genomes: Sequence[G], start: Sequence[Species[G]], generation: int
    ) -> list[Species[G]]:
        """First species near enough, else a new one (id 0 as yet); empty ones go."""
        species = list(start)
        for genome in genomes:
            for group in species:
                if self._distance(genome, group.representative) < self.threshold:
                    group.members.append(genome.genome_id)
                    break
            else:
                species.append(
                    Species(0, genome, [genome.genome_id], improved=generation)
                )
        return [group for group in species if group.members]

    def _numbered(self, species: list[Species[G]]) -> list[Species[G]]:
        for group in species:
            if group.species_id == 0:
                group.species_id = self.next_id
                self.next_id += 1
        return species

    def _count(self, genomes: Sequence[G]) -> int:
        """How many species these would found; counted no further than twice too many.

        What is further off than that is no use to the bisection, and with a small
        threshold every genome would be compared with every other.
        """
        founders: list[G] = []
        for genome in genomes:
            if all(self._distance(genome, f) >= self.threshold for f in founders):
                founders.append(genome)
                if len(founders) >= 2 * self.target + 1:
                    break
        return len(founders)

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        return {"threshold": self.threshold, "next_id": self.next_id}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        self.threshold = state["threshold"]
        self.next_id = state["next_id"]
