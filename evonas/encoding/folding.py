"""Folding: chains of nodes become one, as often as they repeat.

::

    level 1   input  conv  pool  conv  pool  dense  output
    level 2   input  [conv pool] × 2         dense  output

Every maximal chain is cut from its beginning into groups of as many nodes as the level
says (the last one may have fewer), and equal groups that follow each other become one
with a count. The network's input and output are in no chain. At level 1 every node is a
group and nothing is counted. A group keeps its layers as they are, so that the
architecture can be had back; its label is made of tokens, which forget the exact
numbers. (Khamitov & Popova, RuSCDays 2021: "folding level of nodes".)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evonas.architecture import Architecture, Edge, Layer
from evonas.encoding.nodes import ENDS, EdgeKind, NodeGraph, node_graph
from evonas.encoding.tokens import Token
from evonas.errors import ArchitectureError, ConfigError

#: the highest level of folding
MAX_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Group:
    """A node of the folded graph: a piece of a chain, or several equal ones.

    Attributes:
        tokens: of the nodes of one piece, in order: the label.
        repeat: how many pieces with this label follow each other.
        layers: of all pieces, a chain; equal labels may have different layers.
    """

    tokens: tuple[Token, ...]
    repeat: int
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, order=True)
class FoldedEdge:
    """From the last layer of a group to the first layer of another one.

    Attributes:
        source: position of the group that is read.
        target: position of the group that reads.
        slot: place among the inputs of the target's first layer.
        kind: what is done with the value.
    """

    source: int
    target: int
    slot: int
    kind: EdgeKind


@dataclass(frozen=True)
class Folded:
    """The folded graph of an architecture, from which it can be had back.

    Attributes:
        level: of folding.
        groups: each after those that it reads.
        edges: between groups; those inside a group follow from its order.
        positions: of the layers, as the groups name them one after the other, in the
            architecture.
    """

    level: int
    groups: tuple[Group, ...]
    edges: tuple[FoldedEdge, ...]
    positions: tuple[int, ...]

    def unfold(self) -> Architecture:
        """The architecture that was folded, equal in every layer, edge and number.

        Raises:
            ArchitectureError: this is the folded graph of no architecture.
        """
        chained = [layer for group in self.groups for layer in group.layers]
        places = self.positions
        if sorted(places) != list(range(len(chained))):
            raise ArchitectureError(
                f"positions: expected each number from 0 to {len(chained) - 1} once, "
                f"got {len(places)} others"
            )
        layers = list(chained)
        for layer, place in zip(chained, places, strict=True):
            layers[place] = layer
        edges, first, last, at = [], [], [], 0
        for group in self.groups:
            end = at + len(group.layers)
            first.append(places[at])
            last.append(places[end - 1])
            edges += [Edge(places[one], places[one + 1]) for one in range(at, end - 1)]
            at = end
        edges += [Edge(last[e.source], first[e.target], e.slot) for e in self.edges]
        return Architecture(tuple(layers), tuple(edges))


def fold(architecture: Architecture, level: int) -> Folded:
    """The folded graph of an architecture.

    Args:
        architecture: any.
        level: most nodes of a piece, from 1 to `MAX_LEVEL`.
    """
    check_level(level)
    return fold_nodes(architecture, node_graph(architecture), level)


def check_level(level: int) -> None:
    """Refuse what is no level of folding.

    Args:
        level: from anywhere.
    """
    if type(level) is not int or not 1 <= level <= MAX_LEVEL:
        raise ConfigError(
            f"folding: expected a level from 1 to {MAX_LEVEL}, got {level!r}"
        )


def fold_nodes(architecture: Architecture, nodes: NodeGraph, level: int) -> Folded:
    """The folded graph, where the nodes are known already.

    Args:
        architecture: any.
        nodes: of it.
        level: from 1 to `MAX_LEVEL`.
    """
    layers, members = architecture.layers, nodes.members
    groups: list[Group] = []
    positions: list[int] = []
    heads: list[int] = []
    group_of = [0] * len(members)
    for chain in _chains(nodes):
        for piece, repeat in _pieces([nodes.tokens[at] for at in chain], level):
            count = len(piece) * repeat
            inside, chain = chain[:count], chain[count:]
            own = [at for node in inside for at in members[node]]
            group_of[inside[-1]] = len(groups)
            heads.append(inside[0])
            positions += own
            groups.append(Group(piece, repeat, tuple([layers[at] for at in own])))
    edges = []
    for target, head in enumerate(heads):
        sources = nodes.inputs[head]
        if sources:
            kind = EdgeKind.into(nodes.tokens[head].op)
            edges += [
                FoldedEdge(group_of[source], target, slot, kind)
                for slot, source in enumerate(sources)
            ]
    return Folded(level, tuple(groups), tuple(edges), tuple(positions))


def _chains(nodes: NodeGraph) -> list[list[int]]:
    """The nodes in maximal chains, ordered by their first ones."""
    chains: list[list[int]] = []
    chain_of = [0] * len(nodes.tokens)
    for at, sources in enumerate(nodes.inputs):
        if (
            len(sources) == 1
            and nodes.readers[sources[0]] == 1
            and nodes.tokens[at].op not in ENDS
            and nodes.tokens[sources[0]].op not in ENDS
        ):
            chain_of[at] = chain_of[sources[0]]
            chains[chain_of[at]].append(at)
        else:
            chain_of[at] = len(chains)
            chains.append([at])
    return chains


def _pieces(tokens: Sequence[Token], level: int) -> list[tuple[tuple[Token, ...], int]]:
    """A chain in pieces, each with how often it comes in a row."""
    found: list[tuple[tuple[Token, ...], int]] = []
    for start in range(0, len(tokens), level):
        piece = tuple(tokens[start : start + level])
        if level > 1 and found and found[-1][0] == piece:
            found[-1] = piece, found[-1][1] + 1
        else:
            found.append((piece, 1))
    return found
