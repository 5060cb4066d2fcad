"""Genomes that are a value for each of some named choices, and nothing else."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from evonas.architecture import Value
from evonas.errors import ArchitectureError
from evonas.genome.features import choice_features
from evonas.genome.genome_space import GenomeSpace
from evonas.space import Domain

G = TypeVar("G")


class ChoiceGenomes(GenomeSpace[G]):
    """The operators of genomes whose every choice always applies.

    Any values of the choices make a genome.

    Args:
        choices: choice → its values; one of them has more than one.
    """

    def __init__(self, choices: Mapping[str, Domain]) -> None:
        self._choices = dict(choices)
        #: choices that can change
        self._open = [n for n, domain in self._choices.items() if not domain.constant]

    @property
    def choices(self) -> Mapping[str, Domain]:
        """Choice → its values."""
        return self._choices

    def from_values(self, values: Mapping[str, Value]) -> G:
        """The genome with these values."""
        if values.keys() != self._choices.keys():
            odd = sorted(values.keys() ^ self._choices.keys())
            raise ArchitectureError(
                f"choices: expected a value for each of {', '.join(self._choices)}, "
                f"got more or less: {', '.join(odd)}"
            )
        return self.made(values)

    @abstractmethod
    def made(self, values: Mapping[str, Value]) -> G:
        """The genome with these values, which are all there are.

        Args:
            values: of every choice.
        """

    def draw(self, rng: np.random.Generator) -> G:
        """Every choice at random."""
        return self.made({n: domain.draw(rng) for n, domain in self._choices.items()})

    def mutate(self, genome: G, rng: np.random.Generator) -> G:
        """One choice changed."""
        name = self._open[int(rng.integers(len(self._open)))]
        values = self.values(genome)
        changed = self._choices[name].mutate(values[name], rng)
        return self.made({**values, name: changed})

    def crossover(self, first: G, second: G, rng: np.random.Generator) -> G:
        """Every choice from one of the two."""
        ours, theirs = self.values(first), self.values(second)
        from_first = rng.random(len(ours)) < 0.5
        return self.made(
            {
                name: ours[name] if mine else theirs[name]
                for name, mine in zip(ours, from_first, strict=True)
            }
        )

    def neighbours(self, genome: G) -> tuple[G, ...] | None:
        """Every genome that differs in one choice; None: a choice is continuous."""
        values = self.values(genome)
        found = []
        for name in self._open:
            options = self._choices[name].values()
            if options is None:
                return None
            found += [
                self.made({**values, name: option})
                for option in options
                if option != values[name]
            ]
        return tuple(found)

    def vector(self, genome: G) -> NDArray[np.float64]:
        """All choices, see `choice_features`."""
        return choice_features(self._choices, self.values(genome))

    def conform(self, genome: G, rng: np.random.Generator) -> G:
        """With every choice whose value left the space drawn anew."""
        values = self.values(genome)
        outside = {
            name: domain.draw(rng)
            for name, domain in self._choices.items()
            if not domain.contains(values[name])
        }
        return self.made({**values, **outside}) if outside else genome
