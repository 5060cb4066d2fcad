"""Modules that stand for several pieces of a network which repairs have made different.

A block is repaired to the shape that comes in: a stride goes where the map has become
too small, a kernel is cut. So one module that a network names three times can read back
as three. Pieces that one module decodes to, each in its place, get that one again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from evonas.architecture import Layer, Shape, Value, kind_of
from evonas.errors import ArchitectureError
from evonas.genome.block_graph import START, BlockGraph
from evonas.genome.blocks import decode_block
from evonas.genome.genes import NodeGene
from evonas.genome.module import ModuleGenome

#: ways to put the values of two blocks together that are tried
_MOST = 64

#: for each node of a module the shapes that come in at its places
Incoming = list[list[Shape]]


def incoming_shapes(graph: BlockGraph, start: Shape) -> Mapping[int, Shape]:
    """The shape that comes into each block.

    Args:
        graph: of blocks that a space has.
        start: the shape that the stem gives.

    Raises:
        ArchitectureError: a block cannot be made for what comes in.
    """
    out, into = {START: start}, dict[int, Shape]()
    for at in graph.places:
        unit = graph.unit(at)
        if unit.joins:
            kind = kind_of(unit.op)
            shapes = [out[source] for source in unit.inputs]
            out[at] = kind.output_shape(kind.check({}), shapes)
        else:
            into[at] = out[unit.inputs[0]]
            _, out[at] = decode_block(unit.op, unit.fields, into[at])
    return into


def unrepaired(
    modules: Sequence[ModuleGenome],
    places: Sequence[Sequence[int]],
    shapes: Mapping[int, Shape],
) -> list[ModuleGenome]:
    """For each piece its module, the same one where one decodes to both.

    Args:
        modules: of the pieces, as they read back.
        places: for each piece the places of its blocks, in the order of the nodes.
        shapes: place of a block → shape that comes in.
    """
    kinds: list[tuple[ModuleGenome, Incoming]] = []
    chosen: list[int] = []
    for module, own in zip(modules, places, strict=True):
        incoming = [[shapes[at]] for at in own]
        for number, (kind, known) in enumerate(kinds):
            common = _common(kind, known, module, incoming)
            if common is not None:
                both = [a + b for a, b in zip(known, incoming, strict=True)]
                kinds[number] = common, both
                chosen.append(number)
                break
        else:
            chosen.append(len(kinds))
            kinds.append((module, incoming))
    return [kinds[number][0] for number in chosen]


def _common(
    first: ModuleGenome, known: Incoming, second: ModuleGenome, incoming: Incoming
) -> ModuleGenome | None:
    """One module that decodes to the first in its places and to the second in its."""
    if first == second:
        return first
    if first.connections != second.connections or first.merge != second.merge:
        return None
    nodes = []
    for one, here, other, there in zip(
        first.nodes, known, second.nodes, incoming, strict=True
    ):
        if (one.block, one.merge) != (other.block, other.merge):
            return None
        node = _common_node(one, here, other, there)
        if node is None:
            return None
        nodes.append(node)
    return replace(first, nodes=tuple(nodes))


def _common_node(
    first: NodeGene, here: list[Shape], second: NodeGene, there: list[Shape]
) -> NodeGene | None:
    wanted = [_layers(first, shape) for shape in here]
    wanted += [_layers(second, shape) for shape in there]
    differing = [n for n, value in first.fields.items() if value != second.fields[n]]
    if 2 ** len(differing) > _MOST:
        return None
    options = [(first.fields[name], second.fields[name]) for name in differing]
    for values in product(*options):
        fields: dict[str, Value] = {
            **first.fields,
            **dict(zip(differing, values, strict=True)),
        }
        node = replace(first, fields=fields)
        if [_layers(node, shape) for shape in (*here, *there)] == wanted:
            return node
    return None


def _layers(node: NodeGene, shape: Shape) -> tuple[Layer, ...]:
    try:
        return decode_block(node.block, node.fields, shape)[0]
    except ArchitectureError:
        return ()
