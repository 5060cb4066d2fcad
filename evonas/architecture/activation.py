"""Activation functions and dropout: shapes stay, nothing is learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from evonas.architecture.cost import FLOAT_BYTES, Cost
from evonas.architecture.kind import LayerKind, Parameter, Params
from evonas.architecture.layer import Shape

#: Every activation function by name; True: its slope follows from its output, so that
#: torch keeps the output, which the next layer mostly keeps anyway; False: it keeps its
#: input.
ACTIVATIONS: Mapping[str, bool] = MappingProxyType(
    {
        "relu": True,
        "leaky_relu": False,
        "elu": False,
        "selu": False,
        "gelu": False,
        "swish": False,
        "tanh": True,
        "sigmoid": True,
        "softplus": False,
        "hard_swish": False,
        "mish": False,
    }
)


def function_parameter(default: str) -> Parameter:
    """A choice among the activation functions.

    Args:
        default: the usual one.
    """
    return Parameter(
        str, default, choices=tuple(ACTIVATIONS), doc="applied to every element"
    )


class Activation(LayerKind):
    """`activation`: a function of every element."""

    name = "activation"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {"function": function_parameter("relu")}
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Nothing of its own."""
        return Cost()

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """The input, unless the slope follows from the output."""
        return () if ACTIVATIONS[str(params["function"])] else (0,)

    def keeps_output(self, params: Params) -> bool:
        """True where the slope follows from the output."""
        return ACTIVATIONS[str(params["function"])]


class Dropout(LayerKind):
    """`dropout`: elements of vectors, whole channels of maps."""

    name = "dropout"
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {
            "rate": Parameter(
                float, 0.5, low=0.0, high=0.95, doc="share set to zero in training"
            )
        }
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Keeps what it multiplied with: a value an element, or a channel of maps."""
        return Cost(activation_bytes=inputs[0][0] * FLOAT_BYTES)

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """None."""
        return ()
