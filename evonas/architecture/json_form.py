"""The JSON form of an architecture.

::

    {"format": 1,
     "layers": [["input", {}],
                ["conv", {"filters": 16}, "b5/m12/conv"],
                ["output", {}]],
     "edges": [[0, 1, 0], [1, 2, 0]]}

A layer holds only the parameters that differ from their defaults, and its marking if it
has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evonas.architecture.canonical import canonical
from evonas.architecture.layer import Edge, Layer
from evonas.architecture.resolved import ResolvedLayer, completed
from evonas.architecture.wording import shown
from evonas.errors import ArchitectureError

FORMAT = 1
_KEYS = {"format", "layers", "edges"}


def render(
    layers: Sequence[Layer], resolved: Sequence[ResolvedLayer], edges: Sequence[Edge]
) -> dict[str, Any]:
    """Plain JSON values.

    Args:
        layers: of the architecture.
        resolved: the same layers, resolved.
        edges: sorted.
    """
    return {
        "format": FORMAT,
        "layers": [
            [layer.op, dict(found.unusual)] + ([layer.marking] if layer.marking else [])
            for layer, found in zip(layers, resolved, strict=True)
        ],
        "edges": [[edge.source, edge.target, edge.slot] for edge in edges],
    }


def render_text(
    layers: Sequence[Layer], resolved: Sequence[ResolvedLayer], edges: Sequence[Edge]
) -> str:
    """`canonical` of what `render` gives, in a third of the time.

    Networks repeat their layers, each of which has its text already.

    Args:
        layers: of the architecture.
        resolved: the same layers, resolved.
        edges: sorted.
    """
    texts = [
        f"{found.text[:-1]},{canonical(layer.marking)}]"
        if layer.marking
        else found.text
        for layer, found in zip(layers, resolved, strict=True)
    ]
    joined = ",".join([f"[{edge.source},{edge.target},{edge.slot}]" for edge in edges])
    return f'{{"edges":[{joined}],"format":{FORMAT},"layers":[{",".join(texts)}]}}'


def parse(data: object) -> tuple[tuple[Layer, ...], tuple[Edge, ...]]:
    """Layers and edges, whose values are not checked yet.

    Args:
        data: JSON values from anywhere.
    """
    if not isinstance(data, Mapping) or set(data) != _KEYS:
        got = (
            sorted(map(str, data)) if isinstance(data, Mapping) else type(data).__name__
        )
        raise ArchitectureError(
            f"expected an object with format, layers and edges, got {shown(got)}"
        )
    if type(data["format"]) is not int or data["format"] != FORMAT:
        raise ArchitectureError(
            f"format: expected {FORMAT}, got {shown(data['format'])}; the text is "
            "from another version of evonas or no architecture"
        )
    for key in ("layers", "edges"):
        if not isinstance(data[key], list | tuple):
            raise ArchitectureError(
                f"{key}: expected a list, got {type(data[key]).__name__}"
            )
    return (
        tuple([_parse_layer(at, item) for at, item in enumerate(data["layers"])]),
        tuple([_parse_edge(at, item) for at, item in enumerate(data["edges"])]),
    )


#: Layers and edges that were read before, and how many of each are remembered. Whoever
#: reads thousands of architectures meets the same few hundred, which are checked once.
_known_layers: dict[tuple[Any, ...], Layer] = {}
_known_edges: dict[tuple[Any, ...], Edge] = {}
_KNOWN = 50_000


def _parse_layer(position: int, item: Any) -> Layer:
    try:
        op, params, *marking = item
        # 1, 1.0 and True are equal, so that the types belong to the key.
        key = (op, *marking, *params.items(), *map(type, params.values()))
        return _known_layers[key]
    except (AttributeError, KeyError, TypeError, ValueError):
        pass  # it is new, or none: nothing that is none was ever remembered
    if not (
        isinstance(item, list | tuple)
        and len(item) in (2, 3)
        and isinstance(item[0], str)
        and isinstance(item[1], Mapping)
        and all(isinstance(name, str) for name in item[1])
        and isinstance(item[-1], str if len(item) == 3 else Mapping)
    ):
        raise ArchitectureError(
            f"layers[{position}]: expected [kind, parameters] or "
            f"[kind, parameters, marking], got {shown(item)}"
        )
    layer = Layer(*item)
    try:
        layer = completed(layer)
    except ArchitectureError:  # the architecture says which layer it is
        return layer
    if len(_known_layers) >= _KNOWN:
        _known_layers.clear()
    _known_layers[key] = layer
    return layer


def _parse_edge(position: int, item: Any) -> Edge:
    if not (
        isinstance(item, list | tuple)
        and len(item) == 3
        and type(item[0]) is type(item[1]) is type(item[2]) is int
    ):
        raise ArchitectureError(
            f"edges[{position}]: expected [source, target, slot] as whole numbers, "
            f"got {shown(item)}"
        )
    key = tuple(item)
    edge = _known_edges.get(key)
    if edge is None:
        if len(_known_edges) >= _KNOWN:
            _known_edges.clear()
        edge = _known_edges[key] = Edge(*key)
    return edge
