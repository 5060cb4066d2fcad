"""Drawing networks: a blueprint, one module for each species it names, one candidate.

Candidates that cannot be built, exceed a limit or were asked before are drawn again;
every rejection is counted by its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evonas.architecture import Shape
from evonas.candidate import Candidate
from evonas.errors import ArchitectureError, ConfigError, SpaceExhaustedError
from evonas.genome import BlueprintGenome, ModuleGenome, assemble, within_limits
from evonas.search.credit import Tried
from evonas.search.proposals import first_new, gave_up
from evonas.space import Space


@dataclass(frozen=True, slots=True)
class Assembly:
    """A candidate and the parts that it was assembled from."""

    candidate: Candidate
    blueprint: BlueprintGenome
    modules: Mapping[int, ModuleGenome]

    def tried(self, gains: tuple[float, ...] | None) -> Tried:
        """Its entry for the credit of its parts."""
        modules = sorted({genome.genome_id for genome in self.modules.values()})
        key = self.candidate.key()
        return Tried(key, self.blueprint.genome_id, tuple(modules), gains)


class Drawing:
    """Assembles candidates and counts why some are rejected.

    Args:
        input_shape: size of one sample.
        outputs: units of the head.
    """

    def __init__(self, input_shape: Shape, outputs: int) -> None:
        self._input_shape = input_shape
        self._outputs = outputs
        #: reason → candidates rejected for it
        self.rejected: Counter[str] = Counter()

    def assemble(
        self,
        blueprint: BlueprintGenome,
        modules: Mapping[int, ModuleGenome],
        space: Space,
    ) -> Assembly | None:
        """The candidate of these parts; None, and counted, where it is not allowed."""
        try:
            candidate = assemble(
                blueprint, modules, space, self._input_shape, self._outputs
            )
            reason = within_limits(candidate, space, self._input_shape)
        except ArchitectureError:
            self.rejected["cannot be built"] += 1
            return None
        if reason:
            self.rejected[f"above {reason.partition(':')[0]}"] += 1
            return None
        return Assembly(candidate, blueprint, modules)

    def new(
        self,
        draw: Callable[[], tuple[BlueprintGenome, Mapping[int, ModuleGenome]]],
        space: Space,
        seen: Callable[[str], bool],
        tries: int,
    ) -> Assembly | None:
        """The first of at most `tries` draws that is new and within the limits."""
        return first_new(
            lambda: self.assemble(*draw(), space), seen, tries, self.rejected
        )

    def gave_up(
        self, strategy: str, draws: str, *, first: bool
    ) -> ConfigError | SpaceExhaustedError:
        """The error of a search that found nothing more to ask; see `gave_up`."""
        return gave_up(self.rejected, strategy, draws, first=first)
