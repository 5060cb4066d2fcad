"""Layers looked up in the catalogue, each different one once a process.

A search proposes thousands of architectures made of the same few hundred layers, so
what follows from a layer alone (checked parameters, label) and from a layer and the
shapes it reads (output shape, cost) is worked out once and remembered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from math import prod
from types import MappingProxyType
from typing import Any, NamedTuple

from evonas.architecture.canonical import canonical
from evonas.architecture.catalogue import kind_of
from evonas.architecture.cost import FLOAT_BYTES, Cost
from evonas.architecture.kind import LayerKind
from evonas.architecture.layer import Layer, Shape, Value
from evonas.architecture.wording import shown
from evonas.errors import ArchitectureError

#: Entries after which a memory is emptied; a search uses a few hundred.
MEMORY_ENTRIES = 50_000


class Applied(NamedTuple):
    """What a layer does to inputs of known shapes."""

    #: of the output
    shape: Shape
    #: of the layer alone
    cost: Cost
    #: slots of the inputs that the backward pass needs
    kept_inputs: tuple[int, ...]
    #: bytes of the output as float32
    output_bytes: int


class ResolvedLayer:
    """A kind with complete parameters.

    Attributes:
        kind: the layer's kind.
        params: every parameter, checked.
        text: name and unusual parameters, canonical JSON.
        label: digest of name and parameters, for fingerprints.
        unusual: those that differ from their defaults.
        keeps_output: whether the backward pass needs the layer's output.
    """

    __slots__ = (
        "_applied",
        "keeps_output",
        "kind",
        "label",
        "params",
        "text",
        "unusual",
    )

    def __init__(self, op: str, kind: LayerKind, params: dict[str, Value]) -> None:
        self.kind = kind
        self.params: Mapping[str, Value] = MappingProxyType(params)
        self.unusual = unusual(kind, params)
        self.text = canonical([op, self.unusual])
        text = json.dumps([op, self.unusual], sort_keys=True)
        self.label = hashlib.blake2b(text.encode(), digest_size=16).digest()
        self.keeps_output = kind.keeps_output(self.params)
        self._applied: dict[tuple[Shape, ...], Applied] = {}

    def applied_to(self, inputs: tuple[Shape, ...]) -> Applied:
        """Output shape and cost for these inputs; ArchitectureError if they do not fit.

        Args:
            inputs: shapes by slot.
        """
        known = self._applied.get(inputs)
        if known is None:
            shape = self.kind.output_shape(self.params, inputs)
            check_shape(shape, f"{self.kind.name}: shape of the output")
            known = Applied(
                shape,
                self.kind.cost(self.params, inputs),
                self.kind.keeps_inputs(self.params, inputs),
                prod(shape) * FLOAT_BYTES,
            )
            if len(self._applied) >= MEMORY_ENTRIES:
                self._applied.clear()
            self._applied[inputs] = known
        return known


_memory: dict[tuple[Any, ...], tuple[ResolvedLayer, bool]] = {}


def resolve(layer: Layer) -> tuple[ResolvedLayer, bool]:
    """The resolved form of a layer, and whether the layer's parameters are complete.

    Args:
        layer: as it was written, perhaps without defaults.
    """
    values = tuple(layer.params.values())
    # 1, 1.0 and True are equal, so that the types belong to the key.
    key = (layer.op, tuple(layer.params), values, tuple(map(type, values)))
    try:
        known = _memory.get(key)
    except TypeError:  # not hashable, so it is no parameter: the check says which
        known = None
    if known is None:
        known = _resolve(layer, key)
    return known


def completed(layer: Layer) -> Layer:
    """The layer with all its parameters, which remembers what was looked up.

    Searches share layers between architectures: the next one asks no more.

    Args:
        layer: as it was written, perhaps without defaults.
    """
    if layer._resolved is None:
        found, is_complete = resolve(layer)
        if not is_complete:
            layer = Layer(layer.op, found.params, layer.marking)
        object.__setattr__(layer, "_resolved", found)
    return layer


def _resolve(layer: Layer, key: tuple[Any, ...]) -> tuple[ResolvedLayer, bool]:
    if not isinstance(layer.op, str):
        raise ArchitectureError(
            f"expected the name of a layer kind, got {shown(layer.op)}"
        )
    kind = kind_of(layer.op)
    params = kind.check(layer.params)
    complete = tuple(params.values())
    full_key = (layer.op, tuple(params), complete, tuple(map(type, complete)))
    if len(_memory) >= MEMORY_ENTRIES:
        _memory.clear()
    if full_key not in _memory:
        _memory[full_key] = (ResolvedLayer(layer.op, kind, params), True)
    if key != full_key or key[3] != full_key[3]:
        _memory[key] = (_memory[full_key][0], False)
    return _memory[key]


def unusual(kind: LayerKind, params: Mapping[str, Value]) -> dict[str, Value]:
    """The parameters that differ from their defaults.

    Text forms and fingerprints hold only these, so that a parameter that a kind gains
    later leaves them as they are.

    Args:
        kind: the layer's kind.
        params: complete parameters.
    """
    return {
        name: value
        for name, value in params.items()
        if value != kind.parameters[name].default
    }


def check_shape(shape: object, what: str) -> None:
    """Refuse what is no shape of one sample.

    Args:
        shape: what may be a shape.
        what: how the message names it.
    """
    if not (
        isinstance(shape, tuple)
        and 1 <= len(shape) <= 4
        and all(type(side) is int and 0 < side < 2**40 for side in shape)
    ):
        raise ArchitectureError(
            f"{what}: expected a tuple of one to four positive whole numbers, channels "
            f"first and without the batch, got {shown(shape)}"
        )
