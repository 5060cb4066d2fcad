"""A network while it is unrolled: layers by position, and who reads whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from evonas.architecture import Architecture, Edge, Layer
from evonas.architecture.layer import Value

_NOTHING: Mapping[str, Value] = MappingProxyType({})

#: Layers by what they are: a search unrolls thousands of networks of the same few
#: hundred.
_layers: dict[tuple[str, str, tuple[tuple[str, Value], ...]], Layer] = {}


class Draft:
    """Collects layers; every method gives the position of what it has added."""

    def __init__(self) -> None:
        self._layers = [Layer("input")]
        self._edges: list[Edge] = []

    def add(
        self,
        op: str,
        marking: str,
        sources: int | Sequence[int],
        params: Mapping[str, Value] = _NOTHING,
    ) -> int:
        """One layer that reads these positions, in this order.

        Args:
            op: kind of the layer.
            marking: of the layer.
            sources: what it reads, by slot.
            params: of the kind; those left out take their defaults.
        """
        position = len(self._layers)
        if isinstance(sources, int):
            self._edges.append(_edge(sources, position, 0))
        else:
            for slot, source in enumerate(sources):
                self._edges.append(_edge(source, position, slot))
        self._layers.append(_layer(op, marking, params))
        return position

    def sum(self, marking: str, sources: Sequence[int]) -> int:
        """The sum of several positions; one alone needs no layer."""
        if len(sources) == 1:
            return sources[0]
        return self.add("sum", marking, sources)

    def finish(self, source: int) -> Architecture:
        """The network whose result stands at this position."""
        self.add("output", "", source)
        return Architecture(tuple(self._layers), tuple(self._edges))


def _layer(op: str, marking: str, params: Mapping[str, Value]) -> Layer:
    key = op, marking, tuple(params.items())
    known = _layers.get(key)
    if known is None:
        known = _layers[key] = Layer(op, params, marking)
    return known


_edge = lru_cache(maxsize=200_000)(Edge)
