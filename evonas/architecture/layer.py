"""Layers and edges: the two parts an architecture is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

#: A parameter of a layer: plain JSON scalars, so that text forms are exact.
Value = bool | int | float | str

#: The size of one sample without the batch axis, channels first:
#: (features,), (tokens,), (channels, length), (channels, height, width) or
#: (channels, depth, height, width).
Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an architecture.

    Attributes:
        op: name of a kind in the catalogue, or `package.module:Class` of a kind of the
            user's own.
        params: the kind's parameters; every one that the kind knows, after checking.
        marking: historical identity, used to hand weights on and to read learned values
            by name. It is not part of the fingerprint. Empty: none.
    """

    op: str
    params: Mapping[str, Value] = field(default_factory=dict)
    marking: str = ""
    #: what the catalogue makes of it, once it has been looked up there
    _resolved: Any = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "params", MappingProxyType(dict(sorted(self.params.items())))
        )

    def __hash__(self) -> int:
        return hash((self.op, tuple(self.params.items()), self.marking))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Layer, (self.op, dict(self.params), self.marking))


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A connection from layer `source` to layer `target` (positions in `layers`).

    Attributes:
        source: position of the layer whose output is read.
        target: position of the layer that reads it.
        slot: place among the target's inputs, from 0 without gaps; concatenation and
            weights rely on this order.
    """

    source: int
    target: int
    slot: int = 0
