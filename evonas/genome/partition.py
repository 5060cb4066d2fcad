"""A graph of blocks cut into modules: pieces with one value in and one value out.

A module of a blueprint reads one value, and one value of it is read. So a cut of a
network into such pieces, each within the size of a module and not too many of them, is
a blueprint with its modules; what is between the pieces are the merges of its nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from evonas.genome.block_graph import START, BlockGraph

#: choices of a piece before no further cut is looked for
STEPS = 4_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a graph of blocks that can be a module.

    Attributes:
        entry: place of the one value that it reads.
        exit: place of the one value that is read of it.
        inside: places of its units.
        blocks: places of those that are blocks, ascending.
    """

    entry: int
    exit: int
    inside: frozenset[int]
    blocks: tuple[int, ...]


def cuts(graph: BlockGraph, largest: int, most: int) -> Iterator[tuple[Piece, ...]]:
    """The ways to cut a graph, large pieces first; not all of them where it is large.

    Every block is in one piece, every merge in one or between two, where only one piece
    reads it. Pieces come in the order of their exits.

    Args:
        graph: with a block or more.
        largest: most blocks of a piece.
        most: most pieces.
    """
    by_first: dict[int, list[Piece]] = {}
    for piece in _pieces(graph, largest):
        for block in piece.blocks:
            by_first.setdefault(block, []).append(piece)
    for options in by_first.values():
        options.sort(key=lambda one: (-len(one.blocks), -len(one.inside), one.exit))
    steps = 0

    def grown(
        chosen: tuple[Piece, ...], covered: frozenset[int]
    ) -> Iterator[tuple[Piece, ...]]:
        nonlocal steps
        missing = [block for block in graph.blocks if block not in covered]
        if not missing:
            found = tuple(sorted(chosen, key=lambda one: one.exit))
            if _joins(graph, found):
                yield found
            return
        if len(missing) > (most - len(chosen)) * largest:
            return
        for piece in by_first.get(missing[0], ()):
            steps += 1
            if steps > STEPS:
                return
            if covered.isdisjoint(piece.inside):
                yield from grown((*chosen, piece), covered | piece.inside)

    return grown((), frozenset())


def _joins(graph: BlockGraph, pieces: tuple[Piece, ...]) -> bool:
    """Whether what is between pieces are merges that each only one of them reads."""
    inside = frozenset[int]().union(*(one.inside for one in pieces))
    exits = {START, *(one.exit for one in pieces)}
    entries = [one.entry for one in pieces]
    for at in graph.places:
        if at in inside:
            continue
        # what is no block and in no piece is a merge
        if not exits.issuperset(graph.unit(at).inputs):
            return False
        if entries.count(at) != (at != graph.result):
            return False
        if any(
            graph.unit(one).joins and one not in inside for one in graph.readers[at]
        ):
            return False
    return graph.result not in inside or graph.result in exits


def _pieces(graph: BlockGraph, largest: int) -> Iterator[Piece]:
    """Everything that can be a module of at most so many blocks."""
    for exit_ in graph.places:
        before = _before(graph, exit_, largest)
        for entry in sorted(before | {START}, reverse=True):
            inside = _between(graph, entry, exit_, before)
            if inside is None:
                continue
            blocks = tuple(sorted(at for at in inside if not graph.unit(at).joins))
            if 0 < len(blocks) <= largest and _closed(graph, exit_, inside):
                yield Piece(entry, exit_, inside, blocks)


def _before(graph: BlockGraph, place: int, largest: int) -> set[int]:
    """Places that lead to one in so few steps that they may be in a piece with it."""
    found, edge = set[int](), {place}
    # between two blocks there is one merge at most
    for _ in range(2 * largest + 2):
        edge = {
            source
            for at in edge
            if at != START
            for source in graph.unit(at).inputs
            if source not in found
        }
        found |= edge
    return found


def _between(
    graph: BlockGraph, entry: int, exit_: int, near: set[int]
) -> frozenset[int] | None:
    """Units on the ways back from the exit to the entry; None: some way misses it."""
    inside, waiting = {exit_}, [exit_]
    while waiting:
        for source in graph.unit(waiting.pop()).inputs:
            if source == entry or source in inside:
                continue
            if source == START or source not in near:
                return None
            inside.add(source)
            waiting.append(source)
    return frozenset(inside)


def _closed(graph: BlockGraph, exit_: int, inside: frozenset[int]) -> bool:
    """Whether a module can have this inside: nothing else is read, merges by one."""
    for at in inside:
        if at == exit_:
            continue
        readers = graph.readers[at]
        if at == graph.result or not inside.issuperset(readers):
            return False
        # inside a module the inputs of a block are joined, and those of its output
        if graph.unit(at).joins and (len(readers) > 1 or graph.unit(readers[0]).joins):
            return False
    return True
