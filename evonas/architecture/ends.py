"""The network's input and output, and the layers that hand on all or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from evonas.architecture.cost import Cost
from evonas.architecture.kind import LayerKind, Params
from evonas.architecture.layer import Shape


class Input(LayerKind):
    """`input`: one sample as the task gives it; every architecture has exactly one."""

    name = "input"
    arity = "none"

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The sample's shape, which stands in for an input."""
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """None."""
        return Cost()

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """None."""
        return ()


class _Unchanged(LayerKind):
    """A layer that hands its input on."""

    aliases = True

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """None."""
        return Cost()

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """None."""
        return ()


class Identity(_Unchanged):
    """`identity`: hands its input on, for example as a skip connection."""

    name = "identity"


class Zero(LayerKind):
    """`zero`: its input times nothing: zeros of its shape, and no gradient back.

    The operation `none` of published cells. It keeps what cannot matter part of the
    network, with its parameters.
    """

    name = "zero"

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """The input's shape."""
        return inputs[0]

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """None."""
        return Cost()

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """None."""
        return ()


class Output(_Unchanged):
    """`output`: the network's result; every architecture has exactly one."""

    name = "output"
