"""Curves of many runs on one axis, as far as all of them have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evonas.compare.curve import Point
from evonas.compare.folder import Played
from evonas.compare.statistics import Floats

AxisName = Literal["evaluations", "seconds"]

#: places of a curve that is drawn
_PLACES = 300


@dataclass(frozen=True)
class Axis:
    """What runs are compared along.

    It begins where every run has an incumbent, and ends where the first run ended: what
    lies beyond would compare runs that used more with runs that could not.

    Attributes:
        name: of what is used up.
        start: first place.
        end: last place.
    """

    name: AxisName
    start: float
    end: float

    @classmethod
    def of(cls, name: AxisName, runs: Sequence[Played]) -> Axis:
        """The axis that all of these runs share."""
        start = max(_place(run.points[0], name) for run in runs)
        end = min(_place(run.end, name) for run in runs)
        return cls(name, start, max(start, end))

    def places(self) -> Floats:
        """Where curves are drawn: evenly on a logarithmic scale."""
        if self.end <= self.start:
            return np.array([self.start])
        low = max(self.start, self.end * 1e-6)
        found: Floats = np.geomspace(low, self.end, _PLACES)
        if self.name == "evaluations":
            found = np.unique(found.round())
        clipped: Floats = np.clip(found, self.start, self.end)
        return clipped

    def values(self, runs: Sequence[Played], at: Floats) -> Floats:
        """What the runs' incumbents count at some places, (runs, places)."""
        return np.array([_steps(run.points, self.name, at) for run in runs])

    def areas(self, runs: Sequence[Played]) -> Floats:
        """Mean of each run's step curve over the axis, (runs,)."""
        if self.end <= self.start:
            found: Floats = self.values(runs, np.array([self.end]))[:, 0]
            return found
        if self.name == "evaluations":
            counts = np.arange(self.start, self.end + 1)
            mean: Floats = self.values(runs, counts).mean(axis=1)
            return mean
        return np.array([self._integral(run.points) for run in runs])

    def _integral(self, points: Sequence[Point]) -> float:
        """Of a step curve over time, as a mean."""
        inside = {_place(one, self.name) for one in points}
        edges = np.array(
            [self.start, *sorted(e for e in inside if self.start < e < self.end)]
        )
        lengths = np.diff([*edges, self.end])
        heights = _steps(points, self.name, edges)
        return float(heights @ lengths / (self.end - self.start))


def _place(point: Point, name: AxisName) -> float:
    return float(point.evaluations if name == "evaluations" else point.seconds)


def _steps(points: Sequence[Point], name: AxisName, at: Floats) -> Floats:
    """The step function through the points: each holds until the next."""
    places = np.array([_place(one, name) for one in points])
    judged = np.array([one.judged for one in points])
    found: Floats = judged[np.searchsorted(places, at, side="right") - 1]
    return found


def at_common_axes(
    played: Mapping[str, Sequence[Played]], *, seconds: bool
) -> tuple[Axis, ...]:
    """The axes of a comparison: evaluations, and seconds where they are known.

    Args:
        played: name of the config → its runs.
        seconds: whether the task has times.
    """
    runs = [run for each in played.values() for run in each]
    names: tuple[AxisName, ...] = ("evaluations", "seconds")
    return tuple(Axis.of(name, runs) for name in names[: 2 if seconds else 1])
