"""What strategies draw genomes from, whatever is searched.

A *genome space* is the one interface between strategies and what they search: networks
of layers for training (`NetworkGenomes`), or cells of published tables (`CellSpace`).
A strategy draws, mutates, joins or enumerates genomes, has a genome decoded into a
`Candidate`, and never learns what a genome is made of.

**Decoding is lazy.** The candidate of a cell is not unrolled into an architecture until
somebody asks for it. **Stateless**: a genome space holds no generator and no history,
so a strategy saves genomes (`to_json`) and nothing else of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from evonas.architecture.layer import Value
from evonas.candidate import Candidate
from evonas.cells import Graph
from evonas.errors import ConfigError
from evonas.genome.translation import Translation
from evonas.space import ConstraintSet, Domain

G = TypeVar("G")


class GenomeSpace(ABC, Generic[G]):
    """Makes genomes of one kind and decodes them; genomes are immutable.

    Where a genome is made at random, by `draw`, `mutate`, `crossover` or `conform`, it
    is one of the space, but not always one that may be evaluated: it can be impossible
    to build or above a limit, or a table may not have it. `decode` and `refusal` say
    so; whoever draws counts such genomes and draws again.
    """

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> G:
        """A genome at random."""

    @abstractmethod
    def mutate(self, genome: G, rng: np.random.Generator) -> G:
        """A copy with one mutation; it differs from `genome`."""

    @abstractmethod
    def crossover(self, first: G, second: G, rng: np.random.Generator) -> G:
        """A child of two: each part comes from one of them, at random."""

    @abstractmethod
    def neighbours(self, genome: G) -> tuple[G, ...] | None:
        """Every genome one step away, in a fixed order; None: too many to list.

        A step changes a single choice. Genomes that are the same candidate as another
        one, or as `genome`, may be among them.
        """

    @abstractmethod
    def decode(self, genome: G) -> Candidate:
        """The candidate that a genome stands for.

        Raises:
            ArchitectureError: the genome is no network.
        """

    @abstractmethod
    def refusal(self, candidate: Candidate) -> str:
        """Why a decoded candidate must not be asked; "" where it may be.

        The text up to the first colon names the reason, for counting.
        """

    @abstractmethod
    def genome_of(self, candidate: Candidate) -> G | None:
        """The genome of a candidate from elsewhere; None: it cannot be told."""

    def translate(self, candidate: Candidate) -> Translation[G] | None:
        """The genome that stands for a candidate of any origin, or the nearest found.

        It may be refused, like any genome. Here only what `genome_of` can tell.

        Args:
            candidate: for samples and outputs of any kind.

        Returns:
            None: nothing in the space is like it.
        """
        genome = self.genome_of(candidate)
        return None if genome is None else Translation(genome)

    def holding_topology(self, candidate: Candidate) -> GenomeSpace[Any]:
        """The space with only the numbers of one network to choose, and its recipe.

        What is joined with what, and which operations there are, stays (HPO mode).

        Args:
            candidate: of any origin; it is translated.

        Raises:
            ConfigError: it cannot be told in this space, or nothing is left to choose.
        """
        raise ConfigError(
            "topology: expected a space whose networks can be held, got "
            f"{type(self).__name__}; leave the topology out"
        )

    @property
    @abstractmethod
    def choices(self) -> Mapping[str, Domain]:
        """Choice → its values, in a fixed order.

        `values` and `from_values` translate between a genome and a value for each
        choice, for strategies that learn distributions over choices (REINFORCE, TPE).
        """

    def applies(self, name: str, values: Mapping[str, Value]) -> bool:
        """Whether a choice has a meaning beside those that stand before it.

        Always, where the number of choices is fixed; a network that has no second node
        has nothing to choose for it.
        """
        return True

    def near(self, name: str) -> frozenset[str]:
        """Choices that hang together with one: of edges and vertices that it touches.

        All the others, where the choices are of no graph.
        """
        return frozenset(self.choices) - {name}

    @abstractmethod
    def values(self, genome: G) -> Mapping[str, Value]:
        """The value of every choice that applies, in their order."""

    @abstractmethod
    def from_values(self, values: Mapping[str, Value]) -> G:
        """The genome with these values, one for every choice that applies.

        Raises:
            ArchitectureError: a value is missing, or each is allowed but together they
                are no genome (too many edges, say).
        """

    @abstractmethod
    def vector(self, genome: G) -> NDArray[np.float64]:
        """Features for predictors: of one length for all genomes, each about 0 to 1.

        Choices without an order are one-hot, ordered ones a number from 0 to 1.

        Raises:
            ArchitectureError: the genome is no network.
        """

    @abstractmethod
    def graph(self, genome: G) -> Graph | None:
        """The genome as a labelled graph, for kernels; None: its choices make none.

        Raises:
            ArchitectureError: the genome is no network.
        """

    @abstractmethod
    def conform(self, genome: G, rng: np.random.Generator) -> G:
        """The genome with what lies outside the space drawn anew; itself if nothing."""

    @abstractmethod
    def narrowed(self, constraints: ConstraintSet) -> GenomeSpace[G]:
        """The part of the space that a constraint set allows.

        Raises:
            ConfigError: nothing would be left.
        """

    @abstractmethod
    def to_json(self, genome: G) -> Any:
        """Plain JSON form of a genome."""

    @abstractmethod
    def from_json(self, data: Any) -> G:
        """The inverse of `to_json`; ArchitectureError for anything else."""
