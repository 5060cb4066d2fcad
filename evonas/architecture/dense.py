"""Dense layers, flattening and embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import ClassVar

from evonas.architecture.convolution import BIAS, INIT_SCALE
from evonas.architecture.cost import Cost
from evonas.architecture.kind import LayerKind, Parameter, Params, expect_map
from evonas.architecture.layer import Shape


class Dense(LayerKind):
    """`dense`: every unit reads every feature, at each position of a sequence."""

    name = "dense"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "units": Parameter(
                int, low=1, high=1_048_576, doc="features of the output"
            ),
            "bias": BIAS,
            "init_scale": INIT_SCALE,
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(units,) or (units, length)."""
        expect_map(inputs[0], (0, 1))
        return (int(params["units"]), *inputs[0][1:])

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """A multiplication a unit, feature and position."""
        features, units = inputs[0][0], int(params["units"])
        return Cost(
            units * (features + bool(params["bias"])),
            units * features * prod(inputs[0][1:]),
        )


class Flatten(LayerKind):
    """`flatten`: any shape to a vector, the last side running fastest."""

    name = "flatten"
    aliases = True

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(product of all sides,)."""
        return (prod(inputs[0]),)

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """None."""
        return Cost()

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """None."""
        return ()


class Embedding(LayerKind):
    """`embedding`: tokens (whole numbers below `vocabulary`) to learned vectors.

    It reads the network's input and nothing else can read tokens.
    """

    name = "embedding"
    reads_tokens = True
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "vocabulary": Parameter(
                int, low=1, high=10_000_000, doc="number of different tokens"
            ),
            "dimension": Parameter(int, low=1, high=65_536, doc="elements a vector"),
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(dimension, length)."""
        expect_map(inputs[0], (0,))
        return (int(params["dimension"]), inputs[0][0])

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """A table. Tokens are int64: four bytes more than the graph counts."""
        return Cost(
            int(params["vocabulary"]) * int(params["dimension"]),
            activation_bytes=inputs[0][0] * 4,
        )
