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


def _parse_layer(position: int, item: Any) -> Layer:
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
    return _layer(item[0], item[1], item[2] if len(item) == 3 else "")


#: Layers that were read before, and how many are remembered. Whoever reads thousands
#: of architectures meets the same few hundred layers, which the catalogue then checks
#: once.
_known: dict[tuple[Any, ...], Layer] = {}
_KNOWN_LAYERS = 50_000


def _layer(op: str, params: Mapping[str, Any], marking: str) -> Layer:
    # 1, 1.0 and True are equal, so that the types belong to the key.
    values = tuple(params.values())
    key = (op, marking, tuple(params), values, tuple(map(type, values)))
    try:
        layer = _known.get(key)
    except TypeError:  # not hashable, so it is no parameter: the check says which
        return Layer(op, params, marking)
    if layer is None:
        layer = Layer(op, params, marking)
        try:
            layer = completed(layer)
        except ArchitectureError:  # the architecture says which layer it is
            return layer
        if len(_known) >= _KNOWN_LAYERS:
            _known.clear()
        _known[key] = layer
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
    return Edge(*item)
