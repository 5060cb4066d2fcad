"""Recurrent layers over (channels, length)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from evonas.architecture.cost import FLOAT_BYTES, Cost
from evonas.architecture.kind import LayerKind, Parameter, Params, expect_map
from evonas.architecture.layer import Shape

_PARAMETERS: Mapping[str, Parameter] = MappingProxyType(
    {
        "units": Parameter(int, low=1, high=65_536, doc="size of the state"),
        "bidirectional": Parameter(
            bool, False, doc="whether a second one reads from the end"
        ),
        "sequence": Parameter(
            bool, True, doc="every step's state, or only the last one's"
        ),
    }
)

# What torch keeps on a CPU, measured; cuDNN keeps fewer. GRU: seven tensors of the
# state's size at every step, and a copy of the input for each direction. LSTM (oneDNN):
# at every step the gates before and after their functions, six rows as wide as the
# wider of input and state, and two of the state; and before the first step as many of
# the wide rows and eight of the state. All but the gates before and one state are
# padded.
_GRU_STATES = 7
_LSTM_WIDE, _LSTM_FIRST = 6, 8
#: elements of a cache line, and after how many of them rows would share lines
_LINE, _ALIAS = 16, 256


def _padded(elements: int) -> int:
    """Elements of a row that oneDNN pads to cache lines of its own."""
    padded = -(-elements // _LINE) * _LINE
    return padded + _LINE if padded % _ALIAS == 0 else padded


def _states_shape(params: Params, shape: Shape) -> Shape:
    expect_map(shape, (1,))
    states = int(params["units"]) * (2 if params["bidirectional"] else 1)
    return (states, shape[1]) if params["sequence"] else (states,)


def _gated_cost(params: Params, shape: Shape, gates: int, kept: int) -> Cost:
    """Cost of a recurrent layer.

    Args:
        params: complete parameters.
        shape: (channels, length).
        gates: matrices a state (4 for LSTM, 3 for GRU), each with torch's two biases.
        kept: elements that each direction keeps.
    """
    channels, steps = shape
    units = int(params["units"])
    directions = 2 if params["bidirectional"] else 1
    weights = directions * gates * units * (channels + units)
    return Cost(
        weights + directions * gates * units * 2,
        weights * steps,
        directions * kept * FLOAT_BYTES,
    )


class LSTM(LayerKind):
    """`lstm`: long short-term memory."""

    name = "lstm"
    parameters: ClassVar[Mapping[str, Parameter]] = _PARAMETERS

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(units x directions, length), or (units x directions,) without `sequence`."""
        return _states_shape(params, inputs[0])

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Four gates a unit."""
        units, (channels, steps) = int(params["units"]), inputs[0]
        wide = _LSTM_WIDE * _padded(max(units, channels))
        step = 4 * units + _padded(4 * units) + wide + _padded(units) + units
        kept = steps * step + wide + _LSTM_FIRST * units
        return _gated_cost(params, inputs[0], gates=4, kept=kept)


class GRU(LayerKind):
    """`gru`: gated recurrent unit."""

    name = "gru"
    parameters: ClassVar[Mapping[str, Parameter]] = _PARAMETERS

    def output_shape(self, params: Params, inputs: Sequence[Shape]) -> Shape:
        """(units x directions, length), or (units x directions,) without `sequence`."""
        return _states_shape(params, inputs[0])

    def cost(self, params: Params, inputs: Sequence[Shape]) -> Cost:
        """Three gates a unit."""
        channels, steps = inputs[0]
        kept = steps * (_GRU_STATES * int(params["units"]) + channels)
        return _gated_cost(params, inputs[0], gates=3, kept=kept)

    def keeps_inputs(self, params: Params, inputs: Sequence[Shape]) -> tuple[int, ...]:
        """None: each direction keeps a copy of its own, see `cost`."""
        return ()
