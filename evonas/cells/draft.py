"""A network while it is unrolled: layers by position, and who reads whom."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from evonas.architecture import Architecture, Edge, Layer, Value, kind_of


class Stock:
    """Layers of one kind with the same parameters, each marking's made once.

    A search unrolls thousands of networks of the same few thousand layers.

    Args:
        op: kind of the layers.
        params: of the kind; those left out take their defaults.
    """

    def __init__(self, op: str, **params: Value) -> None:
        self._op = op
        self._params = kind_of(op).check(params)
        self._layers: dict[str, Layer] = {}

    def layer(self, marking: str) -> Layer:
        """The layer of a marking."""
        known = self._layers.get(marking)
        if known is None:
            known = self._layers[marking] = Layer(self._op, self._params, marking)
        return known


#: the stock of a kind and its parameters, each made once
stock = lru_cache(maxsize=4096)(Stock)

_SUM = Stock("sum")
_edge = lru_cache(maxsize=200_000)(Edge)


class Draft:
    """Collects layers; every method gives the position of what it has added."""

    def __init__(self) -> None:
        self._layers = [Layer("input")]
        self._edges: list[Edge] = []

    def add(self, layers: Stock, marking: str, source: int) -> int:
        """A layer that reads one position.

        Args:
            layers: of which it is one.
            marking: of the layer.
            source: what it reads.
        """
        position = len(self._layers)
        self._edges.append(_edge(source, position, 0))
        self._layers.append(layers.layer(marking))
        return position

    def merge(self, layers: Stock, marking: str, sources: Sequence[int]) -> int:
        """A layer that reads several positions, in this order; see `add`."""
        position = len(self._layers)
        for slot, source in enumerate(sources):
            self._edges.append(_edge(source, position, slot))
        self._layers.append(layers.layer(marking))
        return position

    def sum(self, marking: str, sources: Sequence[int]) -> int:
        """The sum of several positions; one alone needs no layer."""
        if len(sources) == 1:
            return sources[0]
        return self.merge(_SUM, marking, sources)

    def finish(self, source: int) -> Architecture:
        """The network whose result stands at this position."""
        self._edges.append(Edge(source, len(self._layers)))
        self._layers.append(Layer("output"))
        return Architecture(tuple(self._layers), tuple(self._edges))
