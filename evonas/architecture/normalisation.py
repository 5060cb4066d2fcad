"""Batch norm and layer norm, each with a learned scale and offset."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from evonas.architecture.cost import FLOAT_BYTES, Cost
from evonas.architecture.kind import LayerKind, Params
from evonas.architecture.layer import Shape


class BatchNorm(LayerKind):
    """`batch_norm`: each channel (feature of a vector) over batch and positions.

    epsilon is 1e-5. The running statistics are no parameters.
    """

    name = "batch_norm"

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """A scale and an offset a channel."""
        return Cost(2 * inputs[0][0])


class LayerNorm(LayerKind):
    """`layer_norm`: over the features of a vector, or the channels at each position."""

    name = "layer_norm"

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """A scale and an offset a channel; mean and deviation of each position kept."""
        kept = 2 * prod(inputs[0][1:]) * FLOAT_BYTES
        return Cost(2 * inputs[0][0], activation_bytes=kept)
