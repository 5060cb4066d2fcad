"""How the edges of an architecture join its layers: checks, inputs, order."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from evonas.architecture.layer import Edge, Layer
from evonas.architecture.resolved import ResolvedLayer
from evonas.errors import ArchitectureError

#: Limits of one architecture.
MAX_LAYERS = 10_000
MAX_EDGES = 100_000

_INPUTS_EXPECTED = {"none": "none", "one": "one", "many": "one or more"}


class Wiring(NamedTuple):
    """What follows from the edges."""

    #: for each layer the layers it reads, by slot
    inputs: tuple[tuple[int, ...], ...]
    #: a topological order: of the layers that could come next, the first in `layers`
    order: tuple[int, ...]


def name_of(layers: Sequence[Layer], position: int) -> str:
    """How messages name a layer.

    Args:
        layers: of the architecture.
        position: of the layer among them.
    """
    layer = layers[position]
    marking = f" {layer.marking!r}" if layer.marking else ""
    return f"layer {position} ({layer.op}{marking})"


def wire(
    layers: Sequence[Layer], resolved: Sequence[ResolvedLayer], edges: Sequence[Edge]
) -> Wiring:
    """Inputs and order of the layers; ArchitectureError if the graph is no network.

    Args:
        layers: of the architecture.
        resolved: the same layers, resolved.
        edges: sorted.
    """
    if len(edges) > MAX_EDGES:
        raise ArchitectureError(
            f"expected at most {MAX_EDGES:,} edges, got {len(edges):,}"
        )
    _check_ends(layers)
    count = len(layers)
    slots: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    read = bytearray(count)
    forward = True
    for edge in edges:
        source, target, slot = edge.source, edge.target, edge.slot
        if not (0 <= source < count and 0 <= target < count):
            raise ArchitectureError(
                f"edge {source} -> {target}: expected positions of layers, from 0 to "
                f"{count - 1}"
            )
        slots[target].append((slot, source))
        read[source] = 1
        forward = forward and source < target
    inputs = tuple(
        _ordered(layers, resolved, position, found)
        for position, found in enumerate(slots)
    )
    _check_readers(layers, resolved, inputs, read)
    order = tuple(range(count)) if forward else _topological(layers, inputs)
    return Wiring(inputs, order)


def _check_ends(layers: Sequence[Layer]) -> None:
    ops = [layer.op for layer in layers]
    for op in ("input", "output"):
        if ops.count(op) != 1:
            raise ArchitectureError(
                f"expected exactly one {op!r} layer, got {ops.count(op)} "
                f"in {len(layers)} layers"
            )


def _ordered(
    layers: Sequence[Layer],
    resolved: Sequence[ResolvedLayer],
    position: int,
    found: list[tuple[int, int]],
) -> tuple[int, ...]:
    """The sources of a layer by slot."""
    arity = resolved[position].kind.arity
    if arity == "one" and len(found) == 1 and found[0][0] == 0:  # nearly all
        return (found[0][1],)
    if (len(found) != 1) if arity == "one" else (bool(found) != (arity == "many")):
        raise ArchitectureError(
            f"{name_of(layers, position)}: expected {_INPUTS_EXPECTED[arity]} as its "
            f"number of inputs, got {len(found)}; merge several with sum or concat"
        )
    found.sort()
    for expected, (slot, _) in enumerate(found):
        if slot != expected:
            got = [slot for slot, _ in found][:20]
            raise ArchitectureError(
                f"{name_of(layers, position)}: expected input slots 0 to "
                f"{len(found) - 1}, each once, got {got}"
            )
    return tuple([source for _, source in found])


def _check_readers(
    layers: Sequence[Layer],
    resolved: Sequence[ResolvedLayer],
    inputs: Sequence[tuple[int, ...]],
    read: bytearray,
) -> None:
    """Everything is read but the output; tokens only by what understands them.

    In an acyclic graph in which all but the input read something and all but the output
    are read, every layer is on a path from input to output.
    """
    tokens = False
    for position, layer in enumerate(layers):
        if (layer.op == "output") == bool(read[position]):
            raise ArchitectureError(
                f"{name_of(layers, position)}: expected no layer to read the output"
                if read[position]
                else f"{name_of(layers, position)}: its result is never read; expected "
                "every layer to be on a path to the output"
            )
        if resolved[position].kind.arity == "none" and layer.op != "input":
            raise ArchitectureError(
                f"{name_of(layers, position)}: reads nothing; expected every layer to "
                "be on a path from the input"
            )
        tokens = tokens or resolved[position].kind.reads_tokens
    if tokens:
        _check_tokens(layers, resolved, inputs)


def _check_tokens(
    layers: Sequence[Layer],
    resolved: Sequence[ResolvedLayer],
    inputs: Sequence[tuple[int, ...]],
) -> None:
    for position, sources in enumerate(inputs):
        understands = resolved[position].kind.reads_tokens
        if any((layers[source].op == "input") != understands for source in sources):
            raise ArchitectureError(
                f"{name_of(layers, position)}: expected a layer that reads tokens (an "
                "embedding) to read the network's input, and where one does, all that "
                "read the input to be such"
            )


def _topological(
    layers: Sequence[Layer], inputs: Sequence[tuple[int, ...]]
) -> tuple[int, ...]:
    waiting = [len(sources) for sources in inputs]
    readers: list[list[int]] = [[] for _ in inputs]
    for position, sources in enumerate(inputs):
        for source in sources:
            readers[source].append(position)
    ready = [position for position, sources in enumerate(inputs) if not sources]
    order = []
    while ready:
        position = heapq.heappop(ready)
        order.append(position)
        for reader in readers[position]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, reader)
    if len(order) < len(inputs):
        names = [name_of(layers, at) for at, left in enumerate(waiting) if left]
        more = ", ..." if len(names) > 5 else ""
        raise ArchitectureError(
            "expected a graph without cycles; these layers are on a cycle or behind "
            f"one: {', '.join(names[:5])}{more}"
        )
    return tuple(order)
