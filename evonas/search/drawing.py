"""Drawing networks: a blueprint, one module for each species it names, one candidate.

Candidates that cannot be built, exceed a limit or were asked before are drawn again;
every rejection is counted by its reason.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic

from evonas.advice import Verdict
from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.errors import ArchitectureError, ConfigError, SpaceExhaustedError
from evonas.genome import CellParts, assemble, within_limits
from evonas.search.credit import Tried
from evonas.search.parts import Blueprint, Module, Parts, S
from evonas.search.proposals import REFUSED, gave_up
from evonas.space import Space


@dataclass(frozen=True, slots=True)
class Assembly:
    """A candidate and the parts that it was assembled from.

    Attributes:
        candidate: that they make.
        blueprint: of it.
        modules: species → the module that stands for it.
        audit: rule by which the advisor refused it, where it is asked as an audit.
    """

    candidate: Candidate
    blueprint: Blueprint
    modules: Mapping[int, Module]
    audit: str = ""

    def tried(self, gains: tuple[float, ...] | None) -> Tried:
        """Its entry for the credit of its parts."""
        modules = sorted({genome.genome_id for genome in self.modules.values()})
        key = self.candidate.key()
        return Tried(key, self.blueprint.genome_id, tuple(modules), gains)


class Drawing(ABC, Generic[S]):
    """Assembles candidates and counts why some are rejected."""

    def __init__(self) -> None:
        #: reason → candidates rejected for it
        self.rejected: Counter[str] = Counter()

    @abstractmethod
    def decode(self, parts: Parts, space: S) -> tuple[Assembly, str]:
        """The candidate of these parts, and why it must not be asked.

        The text up to the first colon names the reason, for counting; "": it may be.

        Raises:
            ArchitectureError: they make none.
        """

    def assemble(
        self, blueprint: Any, modules: Mapping[int, Any], space: S
    ) -> Assembly | None:
        """The candidate of these parts; None, and counted, where it is not allowed."""
        try:
            assembly, reason = self.decode((blueprint, modules), space)
        except ArchitectureError:
            reason = "cannot be built"
        if reason:
            self.rejected[reason.partition(":")[0]] += 1
            return None
        return assembly

    def judged(self, assembly: Assembly, verdict: Verdict) -> Assembly | None:
        """The assembly, as an audit or not; None, and counted, where it is refused."""
        if verdict.accepted:
            return assembly
        self.rejected[f"{REFUSED}{verdict.rule}"] += 1
        return replace(assembly, audit=verdict.rule) if verdict.audited else None

    def gave_up(
        self, strategy: str, draws: str, *, first: bool
    ) -> ConfigError | SpaceExhaustedError:
        """The error of a search that found nothing more to ask; see `gave_up`."""
        return gave_up(self.rejected, strategy, draws, first=first)


class NetworkDrawing(Drawing[Space]):
    """Networks of layers.

    Args:
        input_shape: size of one sample.
        outputs: units of the head.
    """

    def __init__(self, input_shape: Shape, outputs: int) -> None:
        super().__init__()
        self._input_shape = input_shape
        self._outputs = outputs

    def decode(self, parts: Parts, space: Space) -> tuple[Assembly, str]:
        """The network, and which of the space's limits it exceeds."""
        candidate = assemble(*parts, space, self._input_shape, self._outputs)
        reason = within_limits(candidate, space, self._input_shape)
        return Assembly(candidate, *parts), reason and f"above {reason}"


class CellDrawing(Drawing[CellParts]):
    """Cells of a table."""

    def decode(self, parts: Parts, space: CellParts) -> tuple[Assembly, str]:
        """The cell, and what its space has against it."""
        candidate, laid = space.decode(*parts)
        return Assembly(candidate, parts[0], laid), space.genomes.refusal(candidate)
