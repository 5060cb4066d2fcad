"""The architecture: a network as data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any

from evonas.architecture import json_form
from evonas.architecture.cost import Cost
from evonas.architecture.fingerprint import fingerprint
from evonas.architecture.layer import Edge, Layer, Shape
from evonas.architecture.resolved import Applied, ResolvedLayer, check_shape, completed
from evonas.architecture.wiring import MAX_LAYERS, Wiring, name_of, wire
from evonas.errors import ArchitectureError

_edge_key = attrgetter("source", "target", "slot")


@dataclass(frozen=True)
class Architecture:
    """A network as data: an acyclic graph of layers from one input to one output.

    Checked when made: parameters are completed with defaults, edges are sorted, every
    layer is on a path from the `input` layer to the `output` layer, and the inputs of
    each layer have the slots 0, 1, 2... Shapes are checked when a sample's shape is
    given (`shapes`, `cost`).

    Attributes:
        layers: in any order; edges name them by position.
        edges: sorted by source, target and slot.
    """

    layers: tuple[Layer, ...]
    edges: tuple[Edge, ...]
    _resolved: tuple[ResolvedLayer, ...] = field(init=False, repr=False, compare=False)
    _wiring: Wiring = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        layers, edges = tuple(self.layers), tuple(self.edges)
        if len(layers) > MAX_LAYERS:
            raise ArchitectureError(
                f"expected at most {MAX_LAYERS:,} layers, got {len(layers):,}"
            )
        layers, resolved = _complete(layers)
        _check_edges(edges)
        edges = tuple(sorted(edges, key=_edge_key))
        object.__setattr__(self, "layers", layers)
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "_resolved", resolved)
        object.__setattr__(self, "_wiring", wire(layers, resolved, edges))

    def __reduce__(self) -> tuple[Any, ...]:
        return (Architecture, (self.layers, self.edges))

    @classmethod
    def chain(cls, layers: Sequence[Layer]) -> Architecture:
        """An input, these layers one after the other, and an output.

        Args:
            layers: without input and output.
        """
        edges = [Edge(position, position + 1) for position in range(len(layers) + 1)]
        return cls((Layer("input"), *layers, Layer("output")), tuple(edges))

    def order(self) -> tuple[int, ...]:
        """Positions of the layers, each after those it reads; the same every time."""
        return self._wiring.order

    def inputs_of(self, position: int) -> tuple[int, ...]:
        """Positions of the layers that a layer reads, by slot.

        Args:
            position: of the reading layer.
        """
        return self._wiring.inputs[position]

    def shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Shape of every layer's output, by position.

        Args:
            shape: of one sample.

        Raises:
            ArchitectureError: naming the layer whose inputs do not fit.
        """
        return tuple([applied.shape for applied in self._applied(shape)])

    def cost(self, shape: Shape) -> Cost:
        """Parameters, multiply-adds and activation memory for samples of a shape.

        Args:
            shape: of one sample.

        Raises:
            ArchitectureError: naming the layer whose inputs do not fit.
        """
        applied = self._applied(shape)
        parameters = multiply_adds = activation_bytes = 0
        for result in applied:
            cost = result.cost
            parameters += cost.parameters
            multiply_adds += cost.multiply_adds
            activation_bytes += cost.activation_bytes
        for position in self._kept(applied):
            activation_bytes += applied[position].output_bytes
        return Cost(parameters, multiply_adds, activation_bytes)

    def layer_costs(self, shape: Shape) -> tuple[Cost, ...]:
        """Every layer's own cost by position, without the tensors between layers.

        Args:
            shape: of one sample.
        """
        return tuple([applied.cost for applied in self._applied(shape)])

    def fingerprint(self) -> str:
        """32 hex digits, the same for any numbering of the layers and any markings."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        resolved = self._resolved
        return fingerprint(
            [layer.label for layer in resolved],
            self._wiring.inputs,
            self._wiring.order,
            [layer.kind.commutative for layer in resolved],
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as `evonas.architecture.json_form` describes them."""
        return json_form.render(self.layers, self._resolved, self.edges)

    def canonical_text(self) -> str:
        """`to_json` as canonical JSON text, which ids are made of."""
        return json_form.render_text(self.layers, self._resolved, self.edges)

    @classmethod
    def from_json(cls, data: object) -> Architecture:
        """The inverse of `to_json`; ArchitectureError for anything else.

        Args:
            data: JSON values from anywhere.
        """
        return cls(*json_form.parse(data))

    def _applied(self, shape: Shape) -> list[Applied]:
        """What every layer does, by position."""
        check_shape(shape, "input shape")
        inputs, order = self._wiring.inputs, self._wiring.order
        applied: list[Applied] = [_PENDING] * len(order)
        for position in order:
            sources = inputs[position]
            seen = tuple([applied[at].shape for at in sources]) if sources else (shape,)
            try:
                applied[position] = self._resolved[position].applied_to(seen)
            except ArchitectureError as error:
                where = name_of(self.layers, position)
                raise ArchitectureError(f"{where}: {error}") from None
        return applied

    def _kept(self, applied: Sequence[Applied]) -> Iterable[int]:
        """Positions of the layers whose output the backward pass needs."""
        memory = list(range(len(applied)))
        kept = set()
        for position in self._wiring.order:
            sources = self._wiring.inputs[position]
            layer = self._resolved[position]
            if layer.kind.aliases:
                memory[position] = memory[sources[0]]
            for slot in applied[position].kept_inputs:
                kept.add(memory[sources[slot]])
            if layer.keeps_output:
                kept.add(memory[position])
        return kept


_PENDING = Applied((), Cost(), (), 0)


def _check_edges(edges: Sequence[Edge]) -> None:
    for edge in edges:
        if not (type(edge.source) is type(edge.target) is type(edge.slot) is int):
            raise ArchitectureError(
                f"expected source, target and slot as whole numbers, got {edge}"
            )


def _complete(
    layers: Sequence[Layer],
) -> tuple[tuple[Layer, ...], tuple[ResolvedLayer, ...]]:
    """The layers with all their parameters, and resolved."""
    complete = []
    for position, layer in enumerate(layers):
        try:
            complete.append(completed(layer))
        except ArchitectureError as error:
            raise ArchitectureError(f"layer {position}: {error}") from None
    return tuple(complete), tuple([layer._resolved for layer in complete])
