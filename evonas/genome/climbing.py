"""The genome of a space that is nearest to something, looked for step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

G = TypeVar("G")


class _Listed(Protocol[G]):
    """A space whose genomes have neighbours."""

    def neighbours(self, genome: G) -> tuple[G, ...] | None:
        """Every genome one step away; None: too many to list."""


def climbed(
    genomes: _Listed[G],
    starts: Sequence[G],
    apart: Callable[[G], float],
    limit: int,
) -> tuple[G, float] | None:
    """The nearest genome that steps from some places lead to, and how near it is.

    From each place in turn, always to the nearest neighbour, until none is nearer.

    Args:
        genomes: tells the neighbours.
        starts: where it begins.
        apart: how far a genome is from what is looked for.
        limit: genomes that are compared at most, over all starts.

    Returns:
        None where neighbours cannot be listed.
    """
    left = limit
    best: tuple[G, float] | None = None
    for start in starts:
        if left <= 0:
            break
        here, far = start, apart(start)
        left -= 1
        while left > 0 and far > 0:
            around = genomes.neighbours(here)
            if around is None:
                return None
            tried = around[:left]
            left -= len(tried)
            distances = [apart(one) for one in tried]
            nearest = min(distances, default=far)
            if nearest >= far:
                break
            here, far = tried[distances.index(nearest)], nearest
        if best is None or far < best[1]:
            best = here, far
    return best
