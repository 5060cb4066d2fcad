"""Pareto ranks: several objectives made into one scalar that selection can use.

Non-dominated sorting and crowding distance are DEAP's (Deb et al. 2002, NSGA-II).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from deap import base, tools


class Gains(base.Fitness):  # type: ignore[misc]  # deap has no types
    """DEAP's fitness with as many maximised values as it is given."""

    weights: tuple[float, ...] = ()

    def __init__(self, values: Sequence[float]) -> None:
        self.weights = (1.0,) * len(values)
        super().__init__(tuple(values))


class _Point:
    """What DEAP sorts: something with a `fitness`."""

    def __init__(self, index: int, values: Sequence[float]) -> None:
        self.index = index
        self.fitness: Any = Gains(values)


def fronts(points: Sequence[Sequence[float]]) -> list[list[int]]:
    """Positions of the points, front by front; every value is maximised.

    Within a front the least crowded come first, ties by position.
    """
    if not points:
        return []
    sorted_fronts = tools.sortNondominated(
        [_Point(index, values) for index, values in enumerate(points)], len(points)
    )
    result = []
    for front in sorted_fronts:
        tools.emo.assignCrowdingDist(front)
        front.sort(key=lambda point: (-point.fitness.crowding_dist, point.index))
        result.append([point.index for point in front])
    return result


def pareto_fitness(points: Sequence[Sequence[float]]) -> list[float]:
    """One scalar a point in (0, 1], higher is better.

    Points are ordered by front, then by crowding distance; the scalar falls linearly
    with the place in that order. Equal points share the mean of their places, so that
    copies are not told apart by their position.
    """
    order = [index for front in fronts(points) for index in front]
    total = len(order)
    places: dict[tuple[float, ...], list[float]] = {}
    for place, index in enumerate(order):
        places.setdefault(tuple(points[index]), []).append(1.0 - place / total)
    return [sum(places[tuple(p)]) / len(places[tuple(p)]) for p in points]


def scalar_fitness(
    gains: Sequence[Sequence[float] | None], worst: float
) -> list[float]:
    """One scalar a result: its one objective, or its Pareto rank among them all.

    Args:
        gains: objectives of each result, higher is better; None: it failed.
        worst: what a failed result gets when there is one objective: the lowest value
            seen in the run, so that failing never pays, whatever the sign of the metric
            (a fixed 0 would be the best of a negated error).
    """
    alive = [values for values in gains if values is not None]
    if alive and len(alive[0]) > 1:
        ranks = iter(pareto_fitness(alive))
        return [0.0 if values is None else next(ranks) for values in gains]
    return [worst if values is None else values[0] for values in gains]
