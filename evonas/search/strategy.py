"""The interface of every search strategy: ask for requests, tell their records.

**Deterministic**: given its context's seed and the order of tells, a strategy always
asks the same. **No I/O**: it never evaluates, prints or opens a file. **State** is
plain JSON; `restore` on a new strategy of equal settings goes on exactly. **An ask
that returns nothing changes nothing.**
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from evonas.advice import ACCEPTED, Advisor, Stage, Verdict
from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.errors import ConfigError
from evonas.evaluation import Fidelity, Record, Request
from evonas.genome import GenomeSpace, NetworkGenomes, Seed
from evonas.population.objectives import Objective
from evonas.space import ConstraintSet, Space

#: where a request carries what other islands need to take its candidate in, in its
#: origin
GENOME = "genome"


@dataclass(frozen=True)
class StrategyContext:
    """What a strategy is told about the problem, whatever the method.

    Attributes:
        space: what may be drawn of layers; against a table only its limits count.
        input_shape: size of one sample, channels first.
        outputs: units of the head.
        fidelity: at which candidates are evaluated.
        objectives: the first one is the fitness; several: Pareto ranks.
        seed: of the strategy's one generator.
        cells: the genomes of a table's cells, where those are searched; None: networks
            of layers, over `space`.
        advisor: judges what the strategy makes; None: nobody does.
        topology: a network that is held (HPO mode): only its numbers and its recipe are
            searched. It is translated into the space, and `cells` are what is left to
            choose; None: networks are searched.
        islands: whether the best may be taken in by other populations: requests carry
            their genome then, where the candidate does not tell it.
    """

    space: Space
    input_shape: Shape
    outputs: int
    fidelity: Fidelity = field(default_factory=Fidelity)
    objectives: tuple[Objective, ...] = field(
        default=(Objective("validation_accuracy"),)
    )
    seed: int = 0
    cells: GenomeSpace[Any] | None = None
    topology: Candidate | None = None
    islands: bool = False
    advisor: Advisor | None = None

    def judge(self, subject: Any, stage: Stage) -> Verdict:
        """What the advisor says of a candidate or module; accepted without one."""
        if self.advisor is None:
            return ACCEPTED
        return self.advisor.judge(subject, stage)

    def __post_init__(self) -> None:
        if self.topology is not None:
            held = self.genomes.holding_topology(self.topology)
            object.__setattr__(self, "cells", held)
            del self.__dict__["genomes"]

    @cached_property
    def genomes(self) -> GenomeSpace[Any]:
        """What genomes are drawn from, mutated in and decoded by, whatever they are."""
        if self.cells is not None:
            return self.cells
        return NetworkGenomes(self.space, self.input_shape, self.outputs)


class SearchStrategy(ABC):
    """Proposes candidates and learns from their records."""

    @abstractmethod
    def ask(self, count: int) -> list[Request]:
        """At most `count` new requests; fewer: it waits for tells (or is `done`)."""

    @abstractmethod
    def tell(self, request: Request, record: Record) -> None:
        """Take in the record of a request it asked for, whatever its outcome."""

    @abstractmethod
    def adopt(self, candidate: Candidate, record: Record) -> None:
        """Take in a known result that it never asked for."""

    def seed(self, seeds: Sequence[Seed]) -> None:
        """Take networks from elsewhere that are to be asked first, in their order.

        Only before the first ask. Each is translated into the space; what cannot be, or
        may not be asked, is skipped and counted in the `report` by its reason. The
        origin of a request says under `seed` which record it comes from.

        Args:
            seeds: the best first.

        Raises:
            CallOrderError: something was asked already.
            ConfigError: the strategy asks nothing but what its settings name.
        """
        raise ConfigError(
            f"{type(self).__name__}: expected a strategy that draws its candidates, "
            "which can be given seeds; leave the seeds out, or take another strategy"
        )

    def immigrate(self, request: Request, record: Record) -> None:
        """Take in a champion of another island, whose strategy has equal settings.

        Args:
            request: as that strategy asked for it.
            record: what came back.
        """
        self.adopt(request.candidate, record)

    @abstractmethod
    def constrain(self, constraints: ConstraintSet) -> None:
        """From now on draw only what the constraint set allows."""

    @property
    def turning(self) -> bool:
        """Whether the space may change before the next `ask`.

        Where candidates are asked in cohorts: only when all of one are told and none
        of the next was made, so that the search is the same for any number of workers.
        """
        return True

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether it will never ask again, whatever it is told."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Plain JSON from which `restore` goes on."""

    @abstractmethod
    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over a state written by `state` of a strategy with equal settings."""

    def progress(self) -> dict[str, float]:
        """Numbers worth showing while it runs (generation, species, …)."""
        return {}

    def report(self) -> dict[str, Any]:
        """Plain JSON that joins `result.json`, by its key there."""
        return {}

    @property
    def cohort(self) -> int | None:
        """Candidates that it asks before it waits for all of their results.

        None: it never waits.
        """
        return None

    @property
    def needed_weights(self) -> frozenset[str]:
        """References of stored weights that requests to come may start from."""
        return frozenset()
