"""Hypervolume: how much of what could be reached a Pareto front reaches.

The volume itself is moocore's, which DEAP uses too (Fonseca et al. 2006).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: how far behind the known front's worst values the reference point lies, as a share of
#: each objective's range on that front: its ends count too (Ishibuchi et al. 2018)
MARGIN = 0.1


def nondominated(points: Array) -> NDArray[np.bool_]:
    """Which points no other one dominates; of equal ones, all.

    Args:
        points: (points, objectives), every value is maximised.
    """
    # Loading it takes longer than most of what the command line does.
    import moocore

    if not len(points):
        return np.zeros(0, np.bool_)
    found: NDArray[np.bool_] = moocore.is_nondominated(
        points, maximise=True, keep_weakly=True
    )
    return found


class KnownFront:
    """The best that there is, as the measure of other fronts.

    Every objective is scaled to 0 at the front's worst value and 1 at its best; the
    reference point of all volumes lies `MARGIN` below 0.

    Args:
        points: everything that could be found, (points, objectives), one or more;
            every value is maximised. The front is taken from them.
    """

    def __init__(self, points: Array) -> None:
        front = points[nondominated(points)]
        #: those that nothing dominates, (front, objectives)
        self.points: Array = np.unique(front, axis=0)
        low, high = front.min(axis=0), front.max(axis=0)
        self._low = low
        # An objective in which all of the front is equal has no scale of its own.
        self._range = np.where(high > low, high - low, 1.0)
        self._volume = self._of(self.points)

    def share(self, points: Sequence[Sequence[float]] | Array) -> float:
        """The hypervolume of some points as a share of the front's own, 0 to 1.

        Args:
            points: (points, objectives), in the front's units.
        """
        given = np.asarray(points, np.float64)
        return self._of(given) / self._volume if len(given) else 0.0

    def _of(self, points: Array) -> float:
        import moocore

        scaled = (points - self._low) / self._range
        return float(moocore.hypervolume(scaled, ref=-MARGIN, maximise=True))
