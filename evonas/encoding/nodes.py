"""The graph of an architecture in nodes, as DeepNEAT has them.

A layer's normalisation, activation and dropout belong to its node where they follow it
in a chain. What is left are the layers that make a network what it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from evonas.architecture import Architecture
from evonas.encoding.tokens import FITTINGS, Token, parts_of, token_of, width_of

_ADDING = ("sum", "gated_sum")
_RECURRENT = ("lstm", "gru")
#: layers that stand for no node's work, so that nothing is folded with them
ENDS = ("input", "output")


class EdgeKind(StrEnum):
    """What is done with a value where an edge leads it; the reading node says."""

    CHAIN = "chain"
    ADD = "add"
    CONCAT = "concat"
    RECURRENT = "recurrent"

    @classmethod
    def into(cls, op: str) -> EdgeKind:
        """The kind of an edge to a layer.

        Args:
            op: of the reading layer.
        """
        if op in _ADDING:
            return cls.ADD
        if op in _RECURRENT:
            return cls.RECURRENT
        return cls.CONCAT if op == "concat" else cls.CHAIN


@dataclass(frozen=True, slots=True)
class NodeGraph:
    """An architecture in nodes, each after those that it reads.

    Attributes:
        tokens: of the nodes.
        members: for each node the positions of its layers, first to last.
        inputs: for each node the nodes that it reads, by slot.
        readers: for each node how many inputs of others it is.
        head: position of the layer that gives the network's result, as wide as the task
            has outputs; None: the width comes from nowhere in particular.
    """

    tokens: tuple[Token, ...]
    members: tuple[tuple[int, ...], ...]
    inputs: tuple[tuple[int, ...], ...]
    readers: tuple[int, ...]
    head: int | None


def node_graph(architecture: Architecture) -> NodeGraph:
    """The nodes of an architecture.

    Args:
        architecture: any.
    """
    layers, order = architecture.layers, architecture.order()
    inputs = [architecture.inputs_of(at) for at in range(len(layers))]
    readers = [0] * len(layers)
    for sources in inputs:
        for source in sources:
            readers[source] += 1
    head = _head(architecture)
    node_of = [0] * len(layers)
    members: list[list[int]] = []
    free: list[set[str]] = []  # parts of each node's token that nothing fills yet
    for at in order:
        layer = layers[at]
        part = FITTINGS.get(layer.op)
        if part is not None:
            (source,) = inputs[at]
            node = node_of[source]
            if readers[source] == 1 and part in free[node]:
                node_of[at] = node
                members[node].append(at)
                free[node].remove(part)
                continue
        node_of[at] = len(members)
        members.append([at])
        open_parts = set() if layer.op in ENDS else set(FITTINGS.values())
        free.append(open_parts.difference(parts_of(layer)))
    return NodeGraph(
        tuple(token_of([layers[at] for at in one], one[0] == head) for one in members),
        tuple(map(tuple, members)),
        tuple(tuple([node_of[at] for at in inputs[one[0]]]) for one in members),
        tuple([readers[one[-1]] for one in members]),
        head,
    )


def _head(architecture: Architecture) -> int | None:
    """The last layer with a width, if nothing but a chain is behind it."""
    layers = architecture.layers
    at = next(at for at, layer in enumerate(layers) if layer.op == "output")
    while len(sources := architecture.inputs_of(at)) == 1:
        at = sources[0]
        if width_of(layers[at]) is not None:
            return at
    return None
