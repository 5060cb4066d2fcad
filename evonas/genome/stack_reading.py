"""The cell of a network of NAS-Bench-101, read from the first of its nine copies.

What reads a cell's input is a projection to the width of the vertex behind it, so an
edge from the input; every other operation is a vertex. Sums, concatenations and
truncations only say who reads whom.
"""

from __future__ import annotations

from evonas.architecture import Architecture
from evonas.cells.nasbench101 import CELLS

#: edges between vertices, and the operation of each vertex between the ends
Found = tuple[set[tuple[int, int]], list[int]]

_BEHIND = ("batch_norm", "activation")
_JOINING = ("sum", "concat", "truncate")


def first_cell(architecture: Architecture) -> Found | None:
    """Edges and operations of the first cell; None: it does not look like one.

    Args:
        architecture: of any origin.
    """
    order = architecture.order()
    layers = architecture.layers
    readers: dict[int, list[int]] = {at: [] for at in order}
    for edge in architecture.edges:
        readers[edge.source].append(edge.target)
    entry = _stem(architecture, readers)
    if entry is None:
        return None
    halved = [
        at
        for at in order
        if layers[at].op == "max_pool" and layers[at].params["padding"] != "same"
    ]
    if not halved:
        return None
    (end,) = architecture.inputs_of(halved[0])
    inside = _leading(architecture, entry, end)
    # The copies of a stack are equal, so the first one is a third of its layers; where
    # that ends, everything goes through one value.
    count, rest = divmod(len(inside), CELLS)
    if rest or not count:
        return None
    own = _first_part(architecture, inside, entry, count)
    return None if own is None else _read(architecture, entry, own)


def _stem(architecture: Architecture, readers: dict[int, list[int]]) -> int | None:
    """The position of the stem's activation."""
    layers = architecture.layers
    at = next(at for at in architecture.order() if layers[at].op == "input")
    for op in ("conv", *_BEHIND):
        if len(readers[at]) != 1 or layers[readers[at][0]].op != op:
            return None
        at = readers[at][0]
    return at


def _leading(architecture: Architecture, entry: int, end: int) -> set[int]:
    """Positions on the ways from one position to another, without the first."""
    found, waiting = {end}, [end]
    while waiting:
        for source in architecture.inputs_of(waiting.pop()):
            if source != entry and source not in found:
                found.add(source)
                waiting.append(source)
    return found


def _first_part(
    architecture: Architecture, inside: set[int], entry: int, count: int
) -> set[int] | None:
    """So many positions of some, all of which lead to one of them, its last first."""
    for end in sorted(inside):
        own = _leading(architecture, entry, end)
        if len(own) == count and own <= inside:
            others = [e for e in architecture.edges if e.source in own - {end}]
            if all(edge.target in own for edge in others):
                return own
    return None


def _read(architecture: Architecture, entry: int, own: set[int]) -> Found | None:
    """The vertices of a cell and what they read."""
    layers = architecture.layers
    #: position → numbers of the vertices that its value is made of; 0: the input
    made: dict[int, frozenset[int]] = {}
    edges: set[tuple[int, int]] = set()
    ops: list[int] = []
    last = entry
    for at in [at for at in architecture.order() if at in own]:
        layer, sources = layers[at], architecture.inputs_of(at)
        last = at
        if layer.op in (*_JOINING, *_BEHIND):
            if any(source not in made for source in sources):
                return None
            made[at] = frozenset().union(*(made[source] for source in sources))
        elif layer.op == "conv" and sources == (entry,):
            made[at] = frozenset((0,))
        elif layer.op in ("conv", "max_pool"):
            if sources[0] not in made:
                return None
            kernel = layer.params["kernel"]
            ops.append(2 if layer.op == "max_pool" else 0 if kernel == 3 else 1)
            edges.update((source, len(ops)) for source in made[sources[0]])
            made[at] = frozenset((len(ops),))
        else:
            return None
    return edges | {(source, len(ops) + 1) for source in made[last]}, ops
