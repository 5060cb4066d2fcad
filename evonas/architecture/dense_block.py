"""The dense block: layers that read the outputs of all layers before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import ClassVar

from evonas.architecture.activation import ACTIVATIONS, function_parameter
from evonas.architecture.convolution import odd_kernel
from evonas.architecture.cost import FLOAT_BYTES, Cost
from evonas.architecture.kind import LayerKind, Parameter, Params, expect_map
from evonas.architecture.layer import Shape
from evonas.errors import ArchitectureError


class DenseBlock(LayerKind):
    """`dense_block`: each layer adds channels to all that came before (DenseNet).

    Huang et al. 2017 (arXiv 1608.06993), without the bottleneck. A layer is batch norm,
    activation and a convolution without bias with padding `same` to `growth` channels;
    it reads the block's input and what every layer before it gave, side by side. The
    block gives all of them. On vectors the convolution is a dense layer, for which the
    kernel must be 1.
    """

    name = "dense_block"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "layers": Parameter(int, low=1, high=64, doc="convolutions in the block"),
            "growth": Parameter(
                int, low=1, high=4096, doc="channels that each of them adds"
            ),
            "kernel": odd_kernel(3),
            "activation": function_parameter("relu"),
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(channels + layers x growth, sides...)."""
        (shape,) = inputs
        expect_map(shape, (0, 1, 2, 3))
        if len(shape) == 1 and params["kernel"] != 1:
            raise ArchitectureError(
                f"kernel: expected 1 for a vector, got {params['kernel']}"
            )
        return (
            shape[0] + int(params["layers"]) * int(params["growth"]),
            *shape[1:],
        )

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """The sum over its layers and the tensors between them."""
        (shape,) = inputs
        layers, growth = int(params["layers"]), int(params["growth"])
        positions = prod(shape[1:])
        read = sum(shape[0] + before * growth for before in range(layers))
        weights = growth * int(params["kernel"]) ** (len(shape) - 1)
        # A layer keeps its input (the first one's is the block's), what its convolution
        # reads and, where the activation keeps it, what batch norm gave.
        tensors = 2 if ACTIVATIONS[str(params["activation"])] else 3
        return Cost(
            read * (2 + weights),
            read * weights * positions,
            (read * tensors - shape[0]) * positions * FLOAT_BYTES,
        )
