"""Where the layers of a drawing go: ranks from top to bottom, few crossings.

The method of Sugiyama et al. (1981): a layer's rank is the longest way to it from the
input; an edge that passes ranks gets a bend point in each, so that it has a lane of its
own beside the layers; the order inside the ranks follows the mean place of the
neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

#: Sweeps down and up that order the ranks and place their members.
SWEEPS = 8
#: Bend points above which long edges are drawn straight.
MAX_BENDS = 20_000
#: Width of an edge's lane, in inches.
LANE = 0.25

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """Places in inches to the right and ranks downwards.

    Attributes:
        places: (x, rank) of each layer.
        routes: for each (source, target) the points on the way, both ends included.
    """

    places: tuple[Point, ...]
    routes: dict[tuple[int, int], tuple[Point, ...]]


def lay_out(
    inputs: Sequence[tuple[int, ...]],
    order: Sequence[int],
    widths: Sequence[float],
    gap: float,
) -> Layout:
    """Places for layers of the given widths.

    Args:
        inputs: for each layer the layers it reads.
        order: topological.
        widths: of the layers' boxes.
        gap: left free between two boxes.
    """
    rank = [0] * len(inputs)
    for at in order:
        rank[at] = max((rank[source] + 1 for source in inputs[at]), default=0)
    edges = [(source, at) for at in order for source in dict.fromkeys(inputs[at])]
    bends = sum(rank[target] - rank[source] - 1 for source, target in edges)
    ranks: list[list[int]] = [[] for _ in range(max(rank) + 1)]
    for at in order:
        ranks[rank[at]].append(at)
    space = [width + gap for width in widths]
    ways: dict[tuple[int, int], list[int]] = {}
    for source, target in edges:
        way = [source]
        if bends <= MAX_BENDS:
            for level in range(rank[source] + 1, rank[target]):
                ranks[level].append(len(space))
                way.append(len(space))
                rank.append(level)
                space.append(LANE)
        ways[source, target] = [*way, target]
    x = _placed(ranks, list(ways.values()), space)
    return Layout(
        tuple((x[at], float(rank[at])) for at in range(len(inputs))),
        {
            edge: tuple((x[point], float(rank[point])) for point in way)
            for edge, way in ways.items()
        },
    )


def _placed(
    ranks: list[list[int]], ways: list[list[int]], space: Sequence[float]
) -> list[float]:
    """Horizontal centre of every layer and bend point."""
    above: list[list[int]] = [[] for _ in space]
    below: list[list[int]] = [[] for _ in space]
    for way in ways:
        for upper, lower in pairwise(way):
            above[lower].append(upper)
            below[upper].append(lower)
    x = [0.0] * len(space)
    for members in ranks:
        _spread(members, [float(place) for place in range(len(members))], space, x)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        near = above if down else below
        for members in ranks if down else reversed(ranks):
            wanted = {at: _mean_place(near[at], x, x[at]) for at in members}
            members.sort(key=wanted.__getitem__)
            _spread(members, [wanted[at] for at in members], space, x)
    return x


def _mean_place(neighbours: Sequence[int], x: Sequence[float], own: float) -> float:
    if not neighbours:
        return own
    return sum(x[at] for at in neighbours) / len(neighbours)


def _spread(
    members: Sequence[int],
    wanted: Sequence[float],
    space: Sequence[float],
    x: list[float],
) -> None:
    """Put the members as near as possible to where they want to be, without overlap.

    Least squares under fixed order: pooling of adjacent violators, after taking the
    space that the members before need off the wish.
    """
    offsets = [0.0]
    for left, right in pairwise(members):
        offsets.append(offsets[-1] + (space[left] + space[right]) / 2)
    pools: list[tuple[float, int]] = []
    for wish, offset in zip(wanted, offsets, strict=False):
        total, count = wish - offset, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            before, size = pools.pop()
            total, count = total + before, count + size
        pools.append((total, count))
    place = 0
    for total, count in pools:
        for _ in range(count):
            x[members[place]] = total / count + offsets[place]
            place += 1
