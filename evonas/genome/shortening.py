"""Blocks taken out of a network that is larger than a space allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from evonas.genome.block_graph import BlockGraph

#: blocks without weights, and with few: what goes first
_LIGHT = ("pool", "squeeze_excitation")

#: a stretch between two values that everything goes through: its units
Stretch = tuple[int, ...]


def shortened(graph: BlockGraph, most: int) -> BlockGraph:
    """The graph with at most so many blocks.

    Repetitions go first: of stretches that look the same, and of the kind that there is
    most of, the last one. Where all that are left differ, single blocks go.

    Args:
        graph: with a block or more.
        most: 1 or more.
    """
    while len(graph.blocks) > most:
        stretches = _stretches(graph)
        looks = [_look(graph, one) for one in stretches]
        counts = Counter(looks)
        often, times = max(counts.items(), key=lambda one: one[1], default=((), 0))
        if times > 1:
            last = len(looks) - 1 - looks[::-1].index(often)
            gone = [at for at in stretches[last] if not graph.unit(at).joins]
            if len(graph.blocks) > len(gone):
                graph = _without_stretch(graph, stretches[last])
                continue
        graph = without_one(graph, most)
    return graph


def without_one(graph: BlockGraph, largest: int) -> BlockGraph:
    """The graph without the block that is missed least.

    Where stretches have too many blocks for a module it is one of theirs. One without
    weights goes first, else that of the smallest window; of equals the last.

    Args:
        graph: with two blocks or more.
        largest: most blocks of a module.
    """
    large = [
        place
        for stretch in _stretches(graph)
        for blocks in [[at for at in stretch if not graph.unit(at).joins]]
        if len(blocks) > largest
        for place in blocks
    ]

    def worth(place: int) -> tuple[bool, int, int]:
        unit = graph.unit(place)
        return unit.op not in _LIGHT, int(unit.fields.get("kernel", 0)), -place

    return graph.without([min(large or graph.blocks, key=worth)])


def _without_stretch(graph: BlockGraph, stretch: Stretch) -> BlockGraph:
    """The graph without all blocks of a stretch: its merges join one value then."""
    return graph.without([at for at in stretch if not graph.unit(at).joins])


def _stretches(graph: BlockGraph) -> list[Stretch]:
    """The parts between values that every way goes through, those with blocks."""
    found: list[Stretch] = []
    begun: list[int] = []
    ends = set(graph.narrows)
    for at in graph.places:
        begun.append(at)
        if at in ends:
            if any(not graph.unit(one).joins for one in begun):
                found.append(tuple(begun))
            begun = []
    return found


def _look(graph: BlockGraph, stretch: Stretch) -> Hashable:
    """What a stretch has in common with those that look the same: all but widths."""
    first = stretch[0]
    return tuple(
        (
            graph.unit(at).op,
            graph.unit(at).fields.get("kernel"),
            _offsets(graph.unit(at).inputs, first),
        )
        for at in stretch
    )


def _offsets(inputs: Sequence[int], first: int) -> tuple[int, ...]:
    """Inputs as places inside the stretch; what comes from before it is 0."""
    return tuple(max(0, source - first + 1) for source in inputs)
