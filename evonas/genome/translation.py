"""What becomes of a network from elsewhere when it is told in a space's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

G = TypeVar("G")


@dataclass(frozen=True, slots=True)
class Translation(Generic[G]):
    """A genome that stands for a network from elsewhere.

    Attributes:
        genome: of the space that it was translated into.
        changes: what differs, in words, each once; none: it is the same candidate.
        distance: how far the two networks are apart, from 0 (equal) to 1, see
            `evonas.genome.nearness`; the recipe does not count.
    """

    genome: G
    changes: tuple[str, ...] = ()
    distance: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether it is the same candidate."""
        return not self.changes
