"""Pooling: windows of the map, or all of it, by a fixed rule or by attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import ClassVar

from evonas.architecture.cost import FLOAT_BYTES, INDEX_BYTES, Cost
from evonas.architecture.kind import (
    LayerKind,
    Parameter,
    Params,
    expect_map,
    window_side,
)
from evonas.architecture.layer import Shape
from evonas.errors import ArchitectureError

_WINDOW: Mapping[str, Parameter] = MappingProxyType(
    {
        "kernel": Parameter(int, 2, low=1, high=255, doc="side of the window"),
        "stride": Parameter(
            int, 0, low=0, high=255, doc="step of the window; 0: its side"
        ),
        "padding": Parameter(
            str,
            "valid",
            choices=("same", "valid"),
            doc="same: (kernel - 1) / 2 at each end, never read; valid: none",
        ),
    }
)


def _check_window(name: str, params: Params) -> None:
    if params["padding"] == "same" and int(params["kernel"]) % 2 == 0:
        raise ArchitectureError(
            f"{name}: kernel: expected an odd number with padding 'same', "
            f"got {params['kernel']}; use padding 'valid' or an odd kernel"
        )


def _windowed(params: Params, shape: Shape) -> Shape:
    expect_map(shape)
    kernel = int(params["kernel"])
    stride = int(params["stride"]) or kernel
    padding = kernel // 2 if params["padding"] == "same" else 0
    sides = (window_side(side, kernel, stride, padding, 1) for side in shape[1:])
    return (shape[0], *sides)


class MaxPooling(LayerKind):
    """`max_pool`: the largest element of each window."""

    name = "max_pool"
    parameters: ClassVar[Mapping[str, Parameter]] = _WINDOW

    def check_together(self, params: Params) -> None:
        """Refuse an even kernel with padding `same`."""
        _check_window(self.name, params)

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(channels, floor((side + 2 padding - kernel) / stride) + 1...)."""
        return _windowed(params, inputs[0])

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Keeps the place of every maximum."""
        out = self.output_shape(params, inputs)
        return Cost(activation_bytes=prod(out) * INDEX_BYTES)


class AveragePooling(LayerKind):
    """`average_pool`: the mean of each window, over what is not padding."""

    name = "average_pool"
    parameters: ClassVar[Mapping[str, Parameter]] = _WINDOW

    def check_together(self, params: Params) -> None:
        """Refuse an even kernel with padding `same`."""
        _check_window(self.name, params)

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(channels, floor((side + 2 padding - kernel) / stride) + 1...)."""
        return _windowed(params, inputs[0])

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Nothing of its own."""
        return Cost()


class GlobalPooling(LayerKind):
    """`global_pool`: a map to a vector with an element a channel."""

    name = "global_pool"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "function": Parameter(
                str, "average", choices=("average", "max"), doc="over all positions"
            )
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(channels,)."""
        expect_map(inputs[0])
        return inputs[0][:1]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Nothing of its own."""
        return Cost()

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """None for a mean, whose slope is the same everywhere."""
        return (0,) if params["function"] == "max" else ()

    def keeps_output(self, params: Params) -> bool:
        """True for a maximum, which is looked for again."""
        return params["function"] == "max"


class AttentionPooling(LayerKind):
    """`attention_pool`: a map to the mean of its positions, weighted by what is there.

    A position's score is a learned linear function of its channels, its weight the
    softmax of the scores over all positions (Yang et al. 2016, "Hierarchical Attention
    Networks", without their hidden layer). The scores begin at 0, so it begins as the
    average of `global_pool`.

    There is no mask. A text's padding is a token with a vector of its own, to which the
    scores can learn to give no weight; the layers before it have mixed it with its
    neighbours anyway.
    """

    name = "attention_pool"

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(channels,)."""
        expect_map(inputs[0])
        return inputs[0][:1]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """A product a channel for the scores and one for the mean; the weights kept."""
        (shape,) = inputs
        positions = prod(shape[1:])
        return Cost(shape[0], 2 * prod(shape), positions * FLOAT_BYTES)
