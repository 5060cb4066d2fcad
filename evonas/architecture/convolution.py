"""Convolutions, plain and in parts, over one, two or three sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import ClassVar

from evonas.architecture.cost import FLOAT_BYTES, Cost
from evonas.architecture.kind import (
    LayerKind,
    Parameter,
    Params,
    expect_map,
    window_side,
)
from evonas.architecture.layer import Shape
from evonas.errors import ArchitectureError

FILTERS = Parameter(int, low=1, high=65_536, doc="channels of the output")
STRIDE = Parameter(int, 1, low=1, high=64, doc="step of the window")
DILATION = Parameter(int, 1, low=1, high=64, doc="distance of the elements read")
BIAS = Parameter(bool, True, doc="whether a learned constant is added to each channel")
INIT_SCALE = Parameter(
    float, 1.0, low=0.0, high=100.0, doc="factor on the initial weights"
)


def odd_kernel(default: int) -> Parameter:
    """Side of a window that keeps its centre.

    Args:
        default: the usual side.
    """
    return Parameter(int, default, low=1, high=255, odd=True, doc="side of the window")


class Convolution(LayerKind):
    """`conv`: out = floor((n + 2 padding - dilation (kernel - 1) - 1) / stride) + 1."""

    name = "conv"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "filters": FILTERS,
            "kernel": Parameter(int, 3, low=1, high=255, doc="side of the window"),
            "stride": STRIDE,
            "dilation": DILATION,
            "groups": Parameter(
                int, 1, low=1, high=65_536, doc="parts of the channels kept apart"
            ),
            "padding": Parameter(
                str,
                "same",
                choices=("same", "valid"),
                doc="same: dilation (kernel - 1) / 2 zeros at each end; valid: none",
            ),
            "bias": BIAS,
            "init_scale": INIT_SCALE,
        }
    )

    def check_together(self, params: Params) -> None:
        """Refuse an even kernel with padding `same`, and groups that do not divide."""
        if params["padding"] == "same" and int(params["kernel"]) % 2 == 0:
            raise ArchitectureError(
                f"conv: kernel: expected an odd number with padding 'same', "
                f"got {params['kernel']}; use padding 'valid' or an odd kernel"
            )
        if int(params["filters"]) % int(params["groups"]):
            raise ArchitectureError(
                f"conv: groups: expected a divisor of filters = {params['filters']}, "
                f"got {params['groups']}"
            )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(filters, sides...)."""
        (shape,) = inputs
        expect_map(shape)
        groups = int(params["groups"])
        if shape[0] % groups:
            raise ArchitectureError(
                f"expected a number of input channels divisible by groups = {groups}, "
                f"got {shape[0]}"
            )
        kernel, dilation = int(params["kernel"]), int(params["dilation"])
        padding = dilation * (kernel - 1) // 2 if params["padding"] == "same" else 0
        sides = (
            window_side(side, kernel, int(params["stride"]), padding, dilation)
            for side in shape[1:]
        )
        return (int(params["filters"]), *sides)

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Every output element reads (input channels / groups) kernel^rank elements."""
        (shape,) = inputs
        out = self.output_shape(params, inputs)
        reads = (
            shape[0]
            // int(params["groups"])
            * int(params["kernel"]) ** (len(shape) - 1)
        )
        return Cost(out[0] * (reads + bool(params["bias"])), prod(out) * reads)


class SeparableConvolution(LayerKind):
    """`separable_conv`: a window a channel without bias, then a 1x1 convolution."""

    name = "separable_conv"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "filters": FILTERS,
            "kernel": odd_kernel(3),
            "stride": STRIDE,
            "dilation": DILATION,
            "bias": BIAS,
            "init_scale": INIT_SCALE,
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(filters, ceil(side / stride)...)."""
        (shape,) = inputs
        expect_map(shape)
        return (int(params["filters"]), *strided(shape[1:], int(params["stride"])))

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Depthwise and pointwise parts; the tensor between them is kept."""
        (shape,) = inputs
        out = self.output_shape(params, inputs)
        channels, positions = shape[0], prod(out[1:])
        window = int(params["kernel"]) ** (len(shape) - 1)
        return Cost(
            channels * window + out[0] * (channels + bool(params["bias"])),
            positions * channels * (window + out[0]),
            positions * channels * FLOAT_BYTES,
        )


class FactorisedConvolution(LayerKind):
    """`factorised_conv`: 1 x kernel without bias, then kernel x 1.

    The stride is split: the first part steps along the width, the second along the
    height.
    """

    name = "factorised_conv"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "filters": FILTERS,
            "kernel": odd_kernel(7),
            "stride": STRIDE,
            "bias": BIAS,
            "init_scale": INIT_SCALE,
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(filters, ceil(height / stride), ceil(width / stride))."""
        (shape,) = inputs
        expect_map(shape, (2,))
        return (int(params["filters"]), *strided(shape[1:], int(params["stride"])))

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Both parts; the tensor between them is kept."""
        (shape,) = inputs
        filters, height, width = self.output_shape(params, inputs)
        kernel = int(params["kernel"])
        between = filters * shape[1] * width
        first, second = shape[0] * kernel, filters * kernel
        return Cost(
            filters * (first + second + bool(params["bias"])),
            between * first + filters * height * width * second,
            between * FLOAT_BYTES,
        )


class AsymmetricConvolution(LayerKind):
    """`asymmetric_conv`: one window, 1 x kernel along the width or kernel x 1.

    Two of them with what stands between make the factorised windows of Inception
    (Szegedy et al. 2016, arXiv 1512.00567). Published networks have it; spaces do not.
    """

    name = "asymmetric_conv"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "filters": FILTERS,
            "kernel": odd_kernel(7),
            "along": Parameter(
                str, "width", choices=("width", "height"), doc="side that it reads"
            ),
            "bias": BIAS,
            "init_scale": INIT_SCALE,
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(filters, height, width)."""
        (shape,) = inputs
        expect_map(shape, (2,))
        return (int(params["filters"]), *shape[1:])

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Every output element reads input channels kernel elements."""
        (shape,) = inputs
        out = self.output_shape(params, inputs)
        reads = shape[0] * int(params["kernel"])
        return Cost(out[0] * (reads + bool(params["bias"])), prod(out) * reads)


class TransposedConvolution(LayerKind):
    """`transposed_conv`: sides times stride, exactly.

    Padding is (kernel - 1) / 2 and output padding stride - 1. The kernel must be at
    least 2 stride - 1, so that no output element is out of every window's reach.
    """

    name = "transposed_conv"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "filters": FILTERS,
            "kernel": odd_kernel(3),
            "stride": Parameter(
                int, 2, low=1, high=64, doc="factor by which the sides grow"
            ),
            "bias": BIAS,
            "init_scale": INIT_SCALE,
        }
    )

    def check_together(self, params: Params) -> None:
        """Refuse a kernel that leaves output elements without input."""
        least = 2 * int(params["stride"]) - 1
        if int(params["kernel"]) < least:
            raise ArchitectureError(
                f"transposed_conv: kernel: expected at least 2 stride - 1 = {least}, "
                f"got {params['kernel']}"
            )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(filters, side * stride...)."""
        (shape,) = inputs
        expect_map(shape)
        stride = int(params["stride"])
        return (int(params["filters"]), *(side * stride for side in shape[1:]))

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Every input element is spread over filters kernel^rank elements."""
        (shape,) = inputs
        filters = int(params["filters"])
        window = int(params["kernel"]) ** (len(shape) - 1)
        return Cost(
            filters * (shape[0] * window + bool(params["bias"])),
            prod(shape) * filters * window,
        )


def strided(sides: Sequence[int], stride: int) -> tuple[int, ...]:
    """Sides after a window with an odd kernel, padding `same` and this stride.

    Args:
        sides: lengths before.
        stride: step of the window.
    """
    return tuple((side - 1) // stride + 1 for side in sides)
