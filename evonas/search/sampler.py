"""Samplers: what a method decides, apart from what every search has to do anyhow.

A *sampler* suggests the next genome and learns from results. `GenomeSearch` makes a
strategy of it: it decodes, refuses and counts, asks, keeps what is pending, and gives
up. What both read and none of them owns is the `Archive`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from pydantic import Field

from evonas.config import Settings
from evonas.evaluation import Record
from evonas.genome import GenomeSpace, NetworkGenomes
from evonas.population import ENORMOUS, scalar_fitness
from evonas.search.proposals import Proposal, Proposer
from evonas.search.strategy import StrategyContext
from evonas.space import ConstraintSet

G = TypeVar("G")

#: objectives of a result, higher is better; None: it failed
Gains = tuple[float, ...] | None


class SamplerSettings(Settings):
    """Settings that all strategies of genomes have."""

    #: most different modules in one network; of no effect on a table's cells
    species: int = Field(default=3, ge=1)
    #: suggestions for one new candidate before it is drawn at random, and draws before
    #: the search gives up
    tries: int = Field(default=100, ge=1)


@dataclass(frozen=True, slots=True)
class Suggestion(Generic[G]):
    """A genome that a sampler would like to be evaluated.

    Attributes:
        genome: of the candidate.
        origin: where it comes from, plain JSON for people.
        inherit: references of stored weights to start from.
        keep_weights: whether its own weights are wanted.
    """

    genome: G
    origin: Mapping[str, Any] = field(default_factory=dict)
    inherit: tuple[str, ...] = ()
    keep_weights: bool = False


@dataclass(frozen=True, slots=True)
class Result(Generic[G]):
    """What came back for a genome.

    Attributes:
        number: of its request; −1: it was never asked (`adopt`).
        genome: of the candidate.
        key: of the candidate.
        gains: its objectives; None: it failed.
        weights: reference of its stored weights, or None.
    """

    number: int
    genome: G
    key: str
    gains: Gains
    weights: str | None = None

    def to_json(self, genomes: GenomeSpace[G]) -> list[Any]:
        """Plain JSON form."""
        gains = None if self.gains is None else list(self.gains)
        genome = genomes.to_json(self.genome)
        return [self.number, genome, self.key, gains, self.weights]

    @classmethod
    def from_json(cls, data: Sequence[Any], genomes: GenomeSpace[G]) -> Result[G]:
        """The inverse of `to_json`."""
        number, genome, key, gains, weights = data
        return cls(
            number,
            genomes.from_json(genome),
            key,
            None if gains is None else tuple(gains),
            weights,
        )


class Archive(Generic[G]):
    """What a sampler and its search share: space, generator, what was asked.

    Args:
        context: of the search.
        species: most different modules in one network of layers.
    """

    def __init__(self, context: StrategyContext, species: int) -> None:
        genomes: Any = context.genomes
        if isinstance(genomes, NetworkGenomes):
            genomes = genomes.with_species(species)
        #: the first one is the fitness
        self.objectives = context.objectives
        #: the space before any constraint set
        self.whole: GenomeSpace[G] = genomes
        #: what may be drawn where the space that is preferred gives nothing new
        self.widest: GenomeSpace[G] = genomes
        #: decodes, refuses and counts; its space is the one to draw from
        self.proposer: Proposer[G] = Proposer(genomes)
        self.rng = np.random.default_rng(context.seed)
        #: keys of the candidates that were asked or adopted
        self.seen: set[str] = set()
        #: what a failed candidate counts: the lowest first objective of the run. Before
        #: anything has succeeded, less than all that can come
        self.worst = -ENORMOUS

    @property
    def genomes(self) -> GenomeSpace[G]:
        """The space as constraint sets have left it."""
        return self.proposer.genomes

    def draw(self) -> G:
        """A genome at random."""
        return self.genomes.draw(self.rng)

    def narrow(self, constraints: ConstraintSet) -> None:
        """Draw and mutate in the restricted space from now on."""
        self.proposer.genomes = self.whole.narrowed(constraints)
        hard = constraints.mode == "hard"
        self.widest = self.proposer.genomes if hard else self.whole

    def mutated(self, genome: G) -> G:
        """A mutated copy; what has left the space since is drawn anew."""
        return self.genomes.mutate(self.genomes.conform(genome, self.rng), self.rng)

    def index(self, count: int) -> int:
        """A number from 0 up to `count`, which is left out."""
        return int(self.rng.integers(count))

    def new(self, genome: G) -> Proposal[G] | None:
        """The proposal of a genome that may be asked; None, and counted, for others."""
        proposal = self.proposer.consider(genome)
        if proposal is None:
            return None
        if proposal.candidate.key() in self.seen:
            self.proposer.rejected["asked before"] += 1
            return None
        return proposal

    def first_new(self, found: Sequence[tuple[float, G]]) -> G | None:
        """Of genomes with their worth, the best that may be asked; None: none may.

        What a model thinks best of all was often asked already.
        """
        for _, genome in sorted(found, key=lambda one: -one[0]):
            if self.new(genome) is not None:
                return genome
        return None

    def note(self, gains: Gains) -> None:
        """Take a result into `worst`."""
        if gains is not None:
            lowest = gains[0] if self.worst == -ENORMOUS else self.worst
            self.worst = min(lowest, gains[0])

    def fitness(self, gains: Sequence[Gains]) -> list[float]:
        """One scalar for each of the results that are compared; higher is better."""
        return scalar_fitness(gains, self.worst)


class Sampler(ABC, Generic[G]):
    """Suggests genomes. Like a strategy it does no I/O and is deterministic.

    Its randomness is the archive's generator. Suggestions may be refused (impossible,
    above a limit, asked before); then it is asked for another one.
    """

    @property
    def waiting(self) -> bool:
        """Whether it needs results before it can suggest anything."""
        return False

    @property
    def turning(self) -> bool:
        """See `SearchStrategy.turning`."""
        return True

    @abstractmethod
    def suggest(self) -> Suggestion[G]:
        """The next genome; only called while it is not `waiting`."""

    @abstractmethod
    def learn(self, result: Result[G], record: Record) -> None:
        """Take in a result, of a suggestion of its own or of another genome."""

    def founder(self, genome: G, origin: Mapping[str, Any]) -> Suggestion[G]:
        """The suggestion of a network that is to be asked before any of its own.

        Args:
            genome: of it.
            origin: of the suggestion.
        """
        return Suggestion(genome, origin)

    def asked(self, number: int, suggestion: Suggestion[G]) -> None:
        """Note that a suggestion was accepted, as the request of this number."""

    def narrowed(self) -> None:
        """Note that the archive's space was narrowed."""

    def adopted(self, key: str) -> None:
        """Note that the result of a candidate is known from elsewhere."""

    @property
    def cohort(self) -> int | None:
        """See `SearchStrategy.cohort`."""
        return None

    @property
    def needed_weights(self) -> frozenset[str]:
        """See `SearchStrategy.needed_weights`."""
        return frozenset()

    def progress(self) -> dict[str, float]:
        """Numbers worth showing while it runs."""
        return {}

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""

    @abstractmethod
    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state; the archive was restored before."""


class PopulationSampler(Sampler[G]):
    """A sampler with a population: founders that are drawn, results that live.

    Args:
        archive: of the search.
    """

    def __init__(self, archive: Archive[G]) -> None:
        self._archive = archive
        #: in the order in which their results came
        self._living: list[Result[G]] = []
        #: founders that were asked
        self._drawn = 0
        #: of several objectives: the living when they were ranked, and their fitness
        self._ranked: tuple[list[Result[G]], list[float]] = [], []

    def _fitness(self, places: Sequence[int]) -> list[float]:
        """One scalar for each of some of the living; higher is better.

        Several objectives are ranked among all that live, as NSGA-II does: among the
        few of a tournament nearly every one would be an end of the front, and the ends
        would always win.
        """
        living = self._living
        if len(self._archive.objectives) == 1:
            return self._archive.fitness([living[place].gains for place in places])
        # They are ranked once for all tournaments between two results.
        if self._ranked[0] != living:
            fitness = self._archive.fitness([one.gains for one in living])
            self._ranked = living.copy(), fitness
        return [self._ranked[1][place] for place in places]

    def asked(self, number: int, suggestion: Suggestion[G]) -> None:
        """Count the founders."""
        self._drawn += suggestion.origin["from"] in ("draw", "seed")

    def progress(self) -> dict[str, float]:
        """How many live."""
        return {"population": float(len(self._living))}

    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""
        whole = self._archive.whole
        return {
            "living": [one.to_json(whole) for one in self._living],
            "drawn": self._drawn,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state`."""
        whole = self._archive.whole
        self._living = [Result.from_json(one, whole) for one in state["living"]]
        self._drawn = state["drawn"]
