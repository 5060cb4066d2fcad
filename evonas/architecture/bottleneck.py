"""Inverted bottleneck (MBConv) and squeeze-excitation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import ClassVar

from evonas.architecture.activation import ACTIVATIONS, function_parameter
from evonas.architecture.convolution import FILTERS, STRIDE, odd_kernel, strided
from evonas.architecture.cost import FLOAT_BYTES, Cost
from evonas.architecture.kind import LayerKind, Parameter, Params, expect_map
from evonas.architecture.layer import Shape


def squeezed(channels: int, ratio: float) -> int:
    """Channels between the two parts of squeeze-excitation.

    Args:
        channels: that the ratio is of.
        ratio: share that is left.
    """
    return max(1, int(channels * ratio))


def _excitation_cost(channels: int, between: int, tensors: int) -> Cost:
    """Two dense parts with bias on the channels' means.

    Args:
        channels: that are gated.
        between: features in the middle.
        tensors: kept around the activation in the middle; means and gates are, too.
    """
    return Cost(
        2 * channels * between + between + channels,
        2 * channels * between,
        (2 * channels + tensors * between) * FLOAT_BYTES,
    )


class SqueezeExcitation(LayerKind):
    """`squeeze_excitation`: each channel times a gate learned from all channels' means.

    Mean over the sides, dense to max(1, int(channels * ratio)), ReLU, dense back,
    sigmoid (Hu et al. 2018, arXiv 1709.01507).
    """

    name = "squeeze_excitation"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "ratio": Parameter(
                float, 0.25, low=0.001, high=1.0, doc="share of channels in the middle"
            )
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        expect_map(inputs[0])
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Two small dense layers."""
        channels = inputs[0][0]
        between = squeezed(channels, float(params["ratio"]))
        return _excitation_cost(channels, between, tensors=1)


class MBConvolution(LayerKind):
    """`mbconv`: expand 1x1, depthwise, squeeze-excitation, project 1x1.

    Tan and Le 2019 (arXiv 1905.11946). Convolutions have no bias, each is followed by
    batch norm, all but the last by the activation too. `expansion` 1 leaves the first
    part out, `squeeze_ratio` 0 the third; the middle of the third has
    max(1, int(input channels * squeeze_ratio)) channels. The input is added where its
    shape is the output's and the stride is 1.
    """

    name = "mbconv"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "filters": FILTERS,
            "kernel": odd_kernel(3),
            "stride": STRIDE,
            "expansion": Parameter(
                int, 4, low=1, high=64, doc="channels inside, as a multiple"
            ),
            "squeeze_ratio": Parameter(
                float, 0.25, low=0.0, high=1.0, doc="share of input channels; 0: none"
            ),
            "activation": function_parameter("swish"),
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(filters, ceil(height / stride), ceil(width / stride))."""
        (shape,) = inputs
        expect_map(shape, (2,))
        return (int(params["filters"]), *strided(shape[1:], int(params["stride"])))

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """The sum over its parts and the tensors between them."""
        (shape,) = inputs
        out = self.output_shape(params, inputs)
        expansion = int(params["expansion"])
        inner = shape[0] * expansion
        before, after = prod(shape[1:]), prod(out[1:])
        window = int(params["kernel"]) ** 2
        # Between a convolution and the next: the batch norm's input, the next one's
        # input and, where the activation keeps it, the activation's input.
        tensors = 2 if ACTIVATIONS[str(params["activation"])] else 3
        total = Cost(
            inner * window + 2 * inner + inner * out[0] + 2 * out[0],
            after * inner * (window + out[0]),
            (after * inner * tensors + after * out[0]) * FLOAT_BYTES,
        )
        if expansion > 1:
            total += Cost(
                shape[0] * inner + 2 * inner,
                before * shape[0] * inner,
                before * inner * tensors * FLOAT_BYTES,
            )
        ratio = float(params["squeeze_ratio"])
        if ratio > 0:
            total += _excitation_cost(inner, squeezed(shape[0], ratio), tensors - 1)
            # the product with the gates is a tensor more
            total += Cost(activation_bytes=after * inner * FLOAT_BYTES)
        return total
