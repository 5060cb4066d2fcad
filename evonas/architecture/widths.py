"""The same network with fewer channels: its layers, edges and markings stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import lcm

from evonas.architecture.graph import Architecture
from evonas.architecture.layer import Value

#: parameters that say how many channels a layer gives
_WIDTHS = ("filters", "units", "dimension", "growth")
#: kinds whose channels also depend on how many they read
_DEPENDING = frozenset({"dense_block", "truncate"})


def scaled_width(architecture: Architecture, factor: float) -> Architecture:
    """An architecture whose layers give `factor` times as many channels.

    Layers from which the output comes without another layer of a width in between keep
    theirs: they decide how many values the network gives. Widths are rounded to what
    the groups of its convolutions divide, and never to none; layers of the user's own
    keep their parameters.

    Args:
        architecture: any.
        factor: above 0.
    """
    if factor == 1:
        return architecture
    fixed = _deciding(architecture)
    unit = lcm(*(int(layer.params.get("groups", 1)) for layer in architecture.layers))
    layers = []
    for position, layer in enumerate(architecture.layers):
        params = dict(layer.params)
        for name in () if position in fixed else _own_widths(layer.op, params):
            params[name] = max(1, round(int(params[name]) * factor / unit)) * unit
        layers.append(replace(layer, params=params))
    return Architecture(tuple(layers), architecture.edges)


def _own_widths(op: str, params: Mapping[str, Value]) -> list[str]:
    return [name for name in _WIDTHS if name in params and ":" not in op]


def _deciding(architecture: Architecture) -> set[int]:
    """Positions of the layers whose width is the output's."""
    waiting, seen = [architecture.order()[-1]], set()
    while waiting:
        position = waiting.pop()
        if position in seen:
            continue
        seen.add(position)
        layer = architecture.layers[position]
        if layer.op in _DEPENDING or not _own_widths(layer.op, layer.params):
            waiting.extend(architecture.inputs_of(position))
    return seen
