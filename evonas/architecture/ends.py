"""The network's input and output, and layers that hand on all, a part or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from evonas.architecture.cost import Cost
from evonas.architecture.kind import LayerKind, Parameter, Params
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


class Zero(_Unchanged):
    """`zero`: its input times 0, and so is the gradient.

    The operation `none` of published cells. It keeps what cannot matter part of the
    network, with its parameters.
    """

    name = "zero"
    aliases = False


class Truncation(LayerKind):
    """`truncate`: the first channels; all of them where there are fewer.

    For published cells in which maps of nearly as many channels are added.
    """

    name = "truncate"
    aliases = True
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType(
        {"filters": Parameter(int, low=1, high=65_536, doc="channels that are left")}
    )

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(at most filters, sides...)."""
        (shape,) = inputs
        return (min(int(params["filters"]), shape[0]), *shape[1:])

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """None."""
        return Cost()

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """None."""
        return ()


class Output(_Unchanged):
    """`output`: the network's result; every architecture has exactly one."""

    name = "output"
