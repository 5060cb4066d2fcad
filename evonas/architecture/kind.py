"""What a kind of layer is: its parameters, the shape it gives and what it costs."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal

import numpy as np

from evonas.architecture.cost import Cost
from evonas.architecture.layer import Shape, Value
from evonas.architecture.wording import shown
from evonas.errors import ArchitectureError

Params = Mapping[str, Value]


class _Required:
    """The type of `REQUIRED`."""

    def __repr__(self) -> str:
        return "REQUIRED"


#: Default of a parameter that has none: whoever makes the layer must give it.
REQUIRED: Final = _Required()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a layer kind, with everything needed to check a value.

    Attributes:
        type: `bool`, `int`, `float` or `str`. A float takes whole numbers as well.
        default: used where none is given, or `REQUIRED`.
        low: smallest number allowed.
        high: largest number allowed.
        choices: the strings allowed; empty for numbers.
        odd: whether an int must be odd.
        doc: what it does, in a line.
    """

    type: type[bool] | type[int] | type[float] | type[str]
    default: Value | _Required = REQUIRED
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    odd: bool = False
    doc: str = ""

    def check(self, value: object) -> Value:
        """The value as the plain Python type; ArchitectureError if it cannot be."""
        plain = value.item() if isinstance(value, np.generic) else value
        if self.type is float and type(plain) is int and abs(plain) < 2**53:
            plain = float(plain)
        if (
            isinstance(plain, bool | int | float | str)
            and type(plain) is self.type
            and self._allows(plain)
        ):
            return plain
        raise ArchitectureError(f"expected {self.expected()}, got {shown(value)}")

    def _allows(self, value: Value) -> bool:
        if isinstance(value, str):
            return not self.choices or value in self.choices
        return (
            (not isinstance(value, float) or math.isfinite(value))
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and not (self.odd and value % 2 == 0)
        )

    def expected(self) -> str:
        """The allowed values in words."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.type is bool:
            return "true or false"
        if self.type is str:
            return "text"
        noun = "a whole number" if self.type is int else "a number"
        if self.odd:
            noun = "an odd number"
        bounds = [
            f"{word} {bound:g}" if self.type is float else f"{word} {bound}"
            for word, bound in (("from", self.low), ("to", self.high))
            if bound is not None
        ]
        return " ".join([noun, *bounds])


class LayerKind(ABC):
    """A kind of layer: what the catalogue holds and what users may add to.

    A kind of one's own is a subclass that can be made without arguments, named in a
    layer as `package.module:Class`; it defines `parameters`, `output_shape`, `cost` and
    `build`. Kinds have no state, and their methods are pure: results are remembered.
    """

    #: name in the catalogue; a user's kind is named by its import path
    name: str = ""
    #: every parameter by name
    parameters: ClassVar[Mapping[str, Parameter]] = MappingProxyType({})
    #: how many inputs it reads: "none" (the network's input), "one", "many" (1 or more)
    arity: ClassVar[Literal["none", "one", "many"]] = "one"
    #: whether the order of the inputs means nothing (it is then not in the fingerprint)
    commutative: ClassVar[bool] = False
    #: whether the output is the input's own memory, seen in another shape at most
    aliases: ClassVar[bool] = False
    #: whether it reads the network's input as whole numbers (tokens)
    reads_tokens: ClassVar[bool] = False

    def check(self, params: Mapping[str, Any]) -> dict[str, Value]:
        """Every parameter of the kind with its checked value, sorted by name.

        Args:
            params: the values given; parameters left out take their defaults.
        """
        for name in params:
            if name not in self.parameters:
                self._refuse_unknown(name)
        complete = {}
        for name in sorted(self.parameters):
            parameter = self.parameters[name]
            value = params.get(name, parameter.default)
            if value is REQUIRED:
                raise ArchitectureError(
                    f"{self.name}: {name} is missing; expected {parameter.expected()}"
                )
            try:
                complete[name] = parameter.check(value)
            except ArchitectureError as error:
                raise ArchitectureError(f"{self.name}: {name}: {error}") from None
        self.check_together(complete)
        return complete

    def _refuse_unknown(self, name: str) -> None:
        near = get_close_matches(str(name), self.parameters, n=1, cutoff=0.5)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        known = ", ".join(sorted(self.parameters)) or "none"
        raise ArchitectureError(
            f"{self.name}: unknown parameter {shown(name)}{hint}; "
            f"its parameters are: {known}"
        )

    def check_together(self, params: Params) -> None:  # noqa: B027 (most check nothing)
        """Refuse values that do not go together; the complete parameters are given.

        Args:
            params: every parameter, each one allowed by itself.
        """

    @abstractmethod
    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """Shape of the output; ArchitectureError where the inputs do not fit.

        Args:
            params: complete parameters.
            inputs: shapes of the inputs by slot.
        """

    @abstractmethod
    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Cost of the layer alone, for inputs that `output_shape` accepts.

        Args:
            params: complete parameters.
            inputs: shapes of the inputs by slot.
        """

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """Slots whose tensors the backward pass needs; all of them unless overridden.

        Args:
            params: complete parameters.
            inputs: shapes of the inputs by slot.
        """
        return tuple(range(len(inputs)))

    def keeps_output(self, params: Params) -> bool:
        """Whether the backward pass needs the layer's output.

        Args:
            params: complete parameters.
        """
        return False

    def build(self, params: Params, inputs: Sequence[Shape]) -> object:
        """The torch module (or a `Call` that makes one); only for a user's own kinds.

        Args:
            params: complete parameters.
            inputs: shapes of the inputs by slot.
        """
        raise ArchitectureError(
            f"{self.name}: cannot be built; expected the class to define "
            "`build(params, inputs)` returning a torch module"
        )


def expect_map(shape: Shape, ranks: tuple[int, ...] = (1, 2, 3)) -> None:
    """Refuse a shape that is not (channels, sides...) with so many sides.

    Args:
        shape: of one sample.
        ranks: numbers of sides allowed.
    """
    if len(shape) - 1 not in ranks:
        forms = " or ".join(_FORMS[rank] for rank in ranks)
        raise ArchitectureError(f"expected an input of shape {forms}, got {shape}")


_FORMS = {
    0: "(features,)",
    1: "(channels, length)",
    2: "(channels, height, width)",
    3: "(channels, depth, height, width)",
}


def window_side(
    side: int, kernel: int, stride: int, padding: int, dilation: int
) -> int:
    """Length of a side after a sliding window (convolution or pooling).

    Args:
        side: length before.
        kernel: length of the window in elements read.
        stride: step of the window.
        padding: elements added at each end.
        dilation: distance of the elements read.
    """
    reach = dilation * (kernel - 1) + 1
    if side + 2 * padding < reach:
        raise ArchitectureError(
            f"expected sides of at least {reach - 2 * padding} for kernel {kernel}"
            f"{f' with dilation {dilation}' if dilation > 1 else ''}, got {side}; "
            "use a smaller kernel, padding 'same' or fewer strides and pools before"
        )
    return (side + 2 * padding - reach) // stride + 1
